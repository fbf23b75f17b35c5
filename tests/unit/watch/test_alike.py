import pytest

from adyton.watch.alike import Alike
from adyton.watch.windows import History
from tests.unit.watch.log import NOW_S, Log

HUMAN = (5, 300, 40, 900, 12, 70, 2000, 30, 150)
TRIO = ("per_a", "per_b", "per_c")


@pytest.fixture
def log():
    return Log()


def alarms(log):
    return Alike().alarms(History.of(log.entries, NOW_S))


def subjects(log):
    return [alarm.subjects for alarm in alarms(log)]


def test_three_people_on_one_client_are_called(log):
    for person in TRIO:
        log.asked(person, "one box")
    log.asked("per_d", "own box")
    (alarm,) = alarms(log)
    assert (alarm.subjects, len(alarm.evidence)) == (TRIO, 3)


def test_two_on_one_client_are_not(log):
    for person in TRIO[:2]:
        log.asked(person, "one box")
    assert subjects(log) == []


def test_a_jump_host_that_was_shared_before_is_a_habit(log):
    for person in TRIO:
        log.asked(person, "jump host", day=3)
        log.asked(person, "jump host")
    assert subjects(log) == []
    log.asked("per_stranger", "jump host")
    assert subjects(log) == [(*TRIO, "per_stranger")]


def test_accounts_with_one_rhythm_and_one_size_are_called_whatever_their_clients(log):
    for number, person in enumerate(TRIO):
        log.program(person, start_s=7 * number, tokens_in=200 + number, size_bytes=900)
    assert subjects(log) == [TRIO]


def test_a_little_jitter_does_not_hide_them(log):
    for number, person in enumerate(TRIO):
        log.program(person, start_s=number, jitter=(0, 3, -2, 1, -3))
    assert subjects(log) == [TRIO]


def test_heavy_users_at_a_keyboard_are_irregular_and_match_nobody(log):
    for person in TRIO:
        log.program(person, every_s=20, times=60, jitter=HUMAN)
    assert subjects(log) == []


def test_a_release_day_with_everybody_busy_at_once_is_no_group(log):
    for number in range(8):
        shifted = HUMAN[number:] + HUMAN[:number]
        log.program(f"per_{number}", every_s=10, times=40, jitter=shifted, tokens_in=90)
    assert subjects(log) == []


@pytest.mark.parametrize(
    "other", [{"every_s": 90}, {"tokens_in": 400}, {"size_bytes": 5000}, {"times": 12}]
)
def test_programs_of_different_kinds_are_no_group(log, other):
    for person in TRIO[:2]:
        log.program(person)
    log.program(TRIO[2], **other)
    assert subjects(log) == []


def test_a_teams_nightly_job_is_a_habit_from_its_second_day(log):
    for day in (0, 1, 2):
        for person in TRIO:
            log.program(person, day=day)
    assert subjects(log) == []


def test_two_groups_are_two_signals(log):
    for person in TRIO:
        log.program(person)
    for person in ("per_x", "per_y", "per_z"):
        log.program(person, every_s=600, tokens_in=4000)
    assert sorted(subjects(log)) == [TRIO, ("per_x", "per_y", "per_z")]
