"""The disk reserve, with a disk that is as full as the test says."""

import pytest

from adyton.adapters.memory_ledger import MemoryWorld
from adyton.ledger.reserve import LOOK_S, RESERVE_CHANGED, Reserve, Room, marks_of, room_at
from adyton.terms import Fact, Unavailable

MIB = 1 << 20
USE, REFUSAL, LOCK = Fact(type="a.used"), Fact(type="a.refused"), Fact(type="lock.set")


@pytest.fixture
def world():
    made = MemoryWorld()
    made.reserve = Reserve(low_bytes=100 * MIB, floor_bytes=10 * MIB, last=frozenset({"lock.set"}))
    return made


def free(world, mib):
    world.space.free_bytes = mib * MIB
    world.clock.advance(LOOK_S)


def told(ledger):
    return [
        (one.public["room"], one.public["dropped"])
        for one in ledger.entries(limit=10_000)
        if one.type == RESERVE_CHANGED
    ]


def test_below_the_first_mark_refusals_are_not_recorded_and_uses_are(world):
    ledger = world.open()
    assert ledger.offer(REFUSAL) is not None
    free(world, 99)
    ledger.append(USE)
    for _ in range(7):
        assert ledger.offer(REFUSAL) is None
    ledger.append(USE)
    free(world, 200)
    ledger.append(USE)
    assert ledger.offer(REFUSAL) is not None
    assert told(ledger) == [("low", 0), ("ample", 0)]  # whoever offered them counts them
    kinds = [one.type for one in ledger.entries(limit=100)]
    assert (kinds.count("a.refused"), kinds.count("a.used")) == (2, 3)


def test_below_the_last_mark_only_what_closes_and_contains_is_recorded(world):
    ledger = world.open()
    free(world, 9)
    with pytest.raises(Unavailable, match="disk is nearly full") as caught:
        ledger.append(USE)
    assert caught.value.mend
    ledger.append(LOCK)
    with pytest.raises(Unavailable):
        ledger.append(USE)
    assert [one.type for one in ledger.entries()] == [RESERVE_CHANGED, "lock.set"]
    free(world, 500)
    ledger.append(USE)  # and nothing else is needed to go on
    assert [room for room, _ in told(ledger)] == ["floor", "ample"]
    assert ledger.verify() == ()


def test_a_disk_at_the_mark_does_not_fill_the_record(world):
    ledger = world.open()
    for mib in [99, 101] * 50:
        free(world, mib)
        ledger.append(USE)
    assert told(ledger) == [("low", 0)]
    free(world, 113)  # an eighth above it
    ledger.append(USE)
    assert [room for room, _ in told(ledger)] == ["low", "ample"]


def test_an_erasure_is_done_though_the_disk_is_nearly_full(world):
    ledger = world.open()
    ledger.append(Fact(type="a.done", body={"x": "y"}, body_subject="per_a"))
    free(world, 9)
    ledger.erase("per_a", "2027-01")
    assert ledger.entries()[0].body is None


def test_on_a_small_disk_the_marks_are_shares_of_it():
    low, floor = marks_of(Reserve(), 2 * MIB)
    assert (low, floor) == (256 << 10, 32 << 10)
    assert room_at(300 << 10, (low, floor), before=Room.AMPLE) is Room.AMPLE


def test_a_disk_that_cannot_be_looked_at_stops_nothing_by_itself(world, monkeypatch):
    def blind():
        raise Unavailable("gone")

    monkeypatch.setattr(world.space, "measure", blind)
    world.open().append(USE)
