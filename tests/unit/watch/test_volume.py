import pytest

from adyton.watch import Severity
from adyton.watch.volume import Volume
from adyton.watch.windows import History
from tests.unit.watch.log import KB, NOW_S, Log, increasing

USUAL_KB = (90, 110, 100, 95, 105, 120, 80, 100, 100, 98)


@pytest.fixture
def log():
    return Log()


def habits(log, person, times=1, days=10):
    for day, kilobytes in enumerate(USUAL_KB[:days], 1):
        log.took(person, times * kilobytes * KB, day)


def history(log):
    return History.of(log.entries, NOW_S)


def alarms(log):
    return Volume().alarms(history(log))


def test_a_day_far_above_ones_own_days_is_called(log):
    habits(log, "per_a")
    log.took("per_a", 400 * KB)
    log.issued("per_a", 200 * KB)
    (alarm,) = alarms(log)
    assert (alarm.subjects, alarm.severity) == (("per_a",), Severity.MEDIUM)
    assert len(alarm.evidence) == 5
    assert increasing(alarm.evidence)
    assert str(600 * KB) in alarm.summary


def test_ten_times_the_usual_day_is_grave(log):
    habits(log, "per_a")
    log.took("per_a", 2000 * KB)
    assert alarms(log)[0].severity is Severity.HIGH


def test_a_heavy_user_is_measured_by_their_own_days(log):
    habits(log, "per_heavy", times=100)
    habits(log, "per_light")
    log.took("per_heavy", 110 * 100 * KB)
    log.took("per_light", 110 * KB)
    assert alarms(log) == ()


def test_a_somewhat_busy_day_is_not_called(log):
    habits(log, "per_a")
    log.took("per_a", 250 * KB)
    assert alarms(log) == ()


def test_on_a_release_day_nobody_stands_out_but_who_takes_far_more_than_all(log):
    for number in range(6):
        habits(log, f"per_{number}")
        log.took(f"per_{number}", (500 + 10 * number) * KB)
    habits(log, "per_taker")
    log.took("per_taker", 5000 * KB)
    assert [alarm.subjects for alarm in alarms(log)] == [("per_taker",)]


def test_two_who_act_together_are_no_crowd_to_hide_in(log):
    for person in ("per_a", "per_b"):
        habits(log, person)
        log.took(person, 900 * KB)
    assert len(alarms(log)) == 2


def test_a_small_day_is_nobodys_exfiltration(log):
    for day in range(1, 11):
        log.took("per_a", 400, day)
    log.took("per_a", 60 * KB)
    assert alarms(log) == ()


def test_one_wild_day_in_the_past_does_not_hide_the_next(log):
    habits(log, "per_a")
    log.took("per_a", 5000 * KB, day=12)
    log.took("per_a", 900 * KB)
    assert [alarm.subjects for alarm in alarms(log)] == [("per_a",)]


def test_i6_too_little_history_is_said_and_not_called_clean(log):
    habits(log, "per_new", days=6)
    log.took("per_new", 9000 * KB)
    habits(log, "per_known")
    log.took("per_known", 100 * KB)
    assert alarms(log) == ()
    (unjudged,) = Volume().unjudged(history(log))
    assert (unjudged.subject, unjudged.detector) == ("per_new", "volume")


def test_history_older_than_a_month_is_not_a_habit(log):
    for day in range(31, 50):
        log.took("per_a", 9000 * KB, day)
    log.took("per_a", 100 * KB)
    assert len(Volume().unjudged(history(log))) == 1


def test_evidence_is_the_largest_parts(log):
    habits(log, "per_a")
    log.took("per_a", 300 * KB, parts=300)
    log.issued("per_a", 900 * KB)
    (alarm,) = alarms(log)
    assert len(alarm.evidence) == 50
    assert log.entries[-1].index in alarm.evidence
