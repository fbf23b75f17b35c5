from datetime import UTC, datetime

from adyton.adapters.memory_ledger import ManualClock, MemoryWorld
from adyton.assembly.year_turning import YearTurning
from adyton.terms import Fact


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def world():
    made = MemoryWorld(clock=ManualClock(at("2026-12-31T23:50")))
    made.ledger = made.open()
    made.ledger.append(Fact(type="a.done"))
    made.turning = YearTurning(made.ledger, made.clock)
    made.turning.tend()
    return made


def test_at_the_turn_of_the_year_a_new_shard_begins_by_itself_and_once():
    made = world()
    assert made.ledger.trees.position.epoch == 1
    made.clock.time_s = at("2027-01-01T00:00:02")
    for _ in range(3):
        made.turning.tend()
    assert made.ledger.trees.position.epoch == 2
    assert made.ledger.state.get("epochs", "000002")["reason"] == "year"
    assert made.ledger.verify() == ()


def test_a_clock_that_jumped_is_said_once_an_hour_and_turns_nothing(caplog):
    made = world()
    made.clock.time_s = at("2031-06-01")
    for _ in range(3):
        made.turning.tend()
    assert made.ledger.trees.position.epoch == 1
    assert len(caplog.records) == 1
    assert "turn-year" in caplog.text


def test_a_witness_that_does_not_know_the_next_origin_is_asked_again_an_hour_later(caplog):
    made = world()
    keys = made.trusted.pop("adyton.invalid/memory/2")
    made.clock.time_s = at("2027-01-01T00:00:02")
    made.turning.tend()
    made.turning.tend()
    assert len(caplog.records) == 1
    assert "does not know" in caplog.text
    made.trusted["adyton.invalid/memory/2"] = keys
    made.clock.advance(3601)
    made.turning.tend()
    assert made.ledger.trees.position.epoch == 2
