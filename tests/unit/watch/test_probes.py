import pytest

from adyton.watch import Severity
from adyton.watch.probes import Probes
from adyton.watch.windows import History
from tests.unit.watch.log import NOW_S, Log


def alarms(log):
    return Probes().alarms(History.of(log.entries, NOW_S))


@pytest.fixture
def log():
    return Log()


def test_one_question_for_a_decoy_is_enough(log):
    log.refused("per_a", name="d1")
    log.refused("per_a", reason="decoy", name="d2")
    (alarm,) = alarms(log)
    assert (alarm.subjects, alarm.severity, alarm.evidence) == (("per_a",), Severity.HIGH, (1,))


def test_many_different_names_are_guessing(log):
    for name in ("d1", "d2", "d3", "d4"):
        log.refused("per_a", name=name)
    (alarm,) = alarms(log)
    assert (alarm.severity, alarm.evidence) == (Severity.MEDIUM, (0, 1, 2, 3))


def test_a_slip_of_the_pen_and_a_program_that_retries_are_not(log):
    log.refused("per_a", name="d1")
    log.refused("per_a", name="d2")
    for _ in range(40):
        log.refused("per_b", reason="denied", name="d1")
    assert alarms(log) == ()


def test_a_release_day_on_which_everybody_tries_the_new_name_is_not(log):
    for number in range(50):
        log.refused(f"per_{number}", name="the new one")
        log.refused(f"per_{number}", reason="denied", name="the new one")
    assert alarms(log) == ()


def test_a_door_that_is_hammered_at_is_a_low_signal(log):
    log.refused("per_a", reason="denied", name="d1", count=250)
    (alarm,) = alarms(log)
    assert alarm.severity is Severity.LOW
    assert "250" in alarm.summary


def test_names_tried_by_different_people_are_not_added_up(log):
    for number in range(4):
        log.refused(f"per_{number}", name=f"d{number}")
    assert alarms(log) == ()


def test_the_unidentified_are_one_subject_and_credentials_stand_in_for_people(log):
    log.refused(reason="decoy")
    log.refused(reason="decoy", credential="key_x")
    assert [alarm.subjects for alarm in alarms(log)] == [("unidentified",), ("key_x",)]


def test_other_refusals_and_other_days_do_not_count(log):
    for name in ("d1", "d2", "d3", "d4"):
        log.refused("per_a", name=name, day=1)
        log.refused("per_b", reason="malformed", name=name)
    log.refused("per_c", reason="decoy", day=1)
    assert alarms(log) == ()


def test_evidence_is_bounded(log):
    for number in range(500):
        log.refused("per_a", name=f"d{number}")
    assert len(alarms(log)[0].evidence) == 50
