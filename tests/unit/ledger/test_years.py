"""When a shard ends by itself: by a clock that goes on evenly, and by no other."""

from datetime import UTC, datetime

import pytest

from adyton.adapters.memory_ledger import ManualClock, MemoryWorld
from adyton.crypto.epochlink import Reason
from adyton.ledger.years import year_end
from adyton.terms import Fact

DAY_S = 86_400


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def recorded(*times):
    world = MemoryWorld(clock=ManualClock(at(times[0])))
    ledger = world.open()
    for text in times:
        world.clock.time_s = at(text)
        ledger.append(Fact(type="a.done"))
    return ledger


DUE = ""
CASES = {
    "the same year": (["2026-03-01", "2026-12-31T23:59:59"], "2026-12-31T23:59:59", None),
    "just after midnight": (["2026-03-01", "2026-12-31T23:00"], "2027-01-01T00:00:01", DUE),
    "facts of the new year already": (
        ["2026-03-01", "2026-12-31T23:00", "2027-01-01T00:30", "2027-01-05"],
        "2027-01-05T00:01",
        DUE,
    ),
    "a long rest over the turn": (["2026-03-01", "2026-12-20"], "2027-01-02", "stepped over"),
    "the clock jumped years": (["2026-11-24T12:00"], "2031-01-01", "stepped over"),
    "a jump that was recorded over": (
        ["2026-11-24T12:00", "2031-01-01", "2031-01-01T00:01"],
        "2031-01-01T00:02",
        "stepped over",
    ),
    "the clock went back within the new year": (
        ["2026-12-31T23:59", "2027-01-01T00:30"],
        "2027-01-01T00:10",
        "behind the last fact",
    ),
    "the clock went back to the old year": (
        ["2026-12-31T23:59", "2027-01-01T00:30"],
        "2026-12-31T23:59:30",
        None,
    ),
}


@pytest.mark.parametrize(("times", "now", "expected"), CASES.values(), ids=CASES)
def test_a_year_ends_only_by_a_clock_that_went_on_evenly(times, now, expected):
    end = year_end(recorded(*times), int(at(now)))
    assert end.over is (expected is not None)
    if expected:
        assert expected in end.doubt
    else:
        assert end.doubt == ""


def test_after_the_turn_the_year_is_young_and_nothing_turns_back():
    ledger = recorded("2026-12-31T23:59")
    clock = ledger._writer._clock
    clock.time_s = at("2027-01-01T00:01")
    assert year_end(ledger, int(clock.time_s)).over
    ledger.trees.turn(Reason.YEAR)
    assert not year_end(ledger, int(clock.time_s)).over
    clock.time_s = at("2026-12-31T23:59")  # back again: the new shard goes on
    ledger.append(Fact(type="a.done"))
    assert not year_end(ledger, int(clock.time_s)).over
    assert ledger.trees.position.epoch == 2
    clock.time_s = at("2027-06-01")
    assert not year_end(ledger, int(clock.time_s)).over


def test_an_empty_record_has_no_year():
    assert not year_end(MemoryWorld().open(), 0).over
