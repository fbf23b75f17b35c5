import pytest

from adyton.watch.clients import Clients
from adyton.watch.windows import History
from tests.unit.watch.log import NOW_S, Log


@pytest.fixture
def log():
    return Log()


def history(log):
    return History.of(log.entries, NOW_S)


def alarms(log):
    return Clients().alarms(history(log))


def habits(log, *clients, days=5):
    for day in range(1, days + 1):
        for client in clients:
            log.asked("per_a", client, day)


def test_a_key_that_is_passed_on_is_called(log):
    habits(log, "desk")
    for hour, client in enumerate(("desk", "stranger", "other stranger", "stranger")):
        log.asked("per_a", client, hour=hour + 9)
    (alarm,) = alarms(log)
    assert alarm.subjects == ("key_per_a", "per_a")
    named = [log.entries[index].public["client"] for index in alarm.evidence]
    assert named == ["stranger", "other stranger", "stranger"]


def test_somebody_with_many_usual_clients_is_not(log):
    habits(log, "desk", "build", "laptop", "notebook")
    for client in ("desk", "build", "laptop", "notebook"):
        log.asked("per_a", client)
    assert alarms(log) == ()


def test_a_release_day_brings_each_one_new_client_and_no_signal(log):
    habits(log, "desk 1.0", "build")
    for client in ("desk 1.0", "build", "desk 2.0"):
        log.asked("per_a", client)
    assert alarms(log) == ()


def test_in_its_first_days_only_a_crowd_of_clients_calls_and_that_is_said(log):
    for client in ("a", "b", "c"):
        log.asked("per_a", client)
    assert alarms(log) == ()
    assert [one.subject for one in Clients().unjudged(history(log))] == ["key_per_a"]
    log.asked("per_a", "d")
    assert len(alarms(log)) == 1


def test_two_keys_of_one_person_are_two_credentials(log):
    for number, client in enumerate("abcd"):
        log.asked("per_a", client, credential=f"key_{number % 2}")
    assert alarms(log) == ()


def test_facts_without_a_client_count_for_nothing(log):
    for _ in range(9):
        log.asked("per_a", "")
    assert alarms(log) == ()


def test_each_client_is_in_the_evidence_however_busy_one_is(log):
    for _ in range(300):
        log.asked("per_a", "busy")
    for client in ("x", "y", "z"):
        log.asked("per_a", client)
    (alarm,) = alarms(log)
    named = {log.entries[index].public["client"] for index in alarm.evidence}
    assert named == {"busy", "x", "y", "z"}
    assert len(alarm.evidence) == 50
