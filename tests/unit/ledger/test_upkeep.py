"""Rebuilt state is the live one; and a look at the whole log needs no memory for all of it."""

import tracemalloc

import pytest

from adyton.adapters.memory_ledger import MemoryWorld
from adyton.crypto.epochlink import Reason
from adyton.terms import Fact, Row


def project(entry, state):
    name = entry.body["name"] if entry.body else None
    if entry.type == "a.done":
        before = state.get("names", entry.subjects[0]) or {"all": []}
        data = {"all": [*before["all"], name]}
        yield Row(table="names", key=entry.subjects[0], data=data, index=str(name))


@pytest.fixture
def world():
    made = MemoryWorld()
    made.ledger = made.open([project])
    for at in range(8):
        made.ledger.append(fact(f"per_{at % 2}", f"Robin {at}"))
    made.ledger.erase("per_0", "2027-01")
    made.ledger.trees.turn(Reason.YEAR)
    made.ledger.append(fact("per_1", "Robin 9"))
    return made


def fact(subject, name):
    return Fact(type="a.done", subjects=(subject,), body={"name": name}, body_subject=subject)


def live(world):
    return world.facts.state().rows()


@pytest.mark.parametrize(
    "wrong",
    [
        Row(table="names", key="per_1", data={"all": ["Robin 1"]}, index="Robin 9"),
        Row(table="names", key="per_1", data=None),
        Row(table="names", key="per_7", data={"all": ["planted"]}),
        Row(table="unheard", key="of", data={}),
        Row(table="names", key="per_0", data={"all": ["Robin 0"]}, index="Robin 0"),
    ],
    ids=["changed", "removed", "planted", "another table", "brought back after an erasure"],
)
def test_rebuilt_state_is_what_the_facts_say_after_erasures_and_over_epochs(world, wrong):
    good = live(world)
    assert world.ledger.upkeep.check_state() == ()
    world.facts._state.write([wrong])
    assert len(world.ledger.upkeep.check_state()) == 1
    seen = []
    assert len(world.ledger.upkeep.rebuild_state(seen.append)) == 1
    assert live(world) == good
    assert world.ledger.upkeep.check_state() == ()
    assert seen[-1] == world.ledger.trees.position.size
    assert world.ledger.verify() == ()


def test_an_index_that_leads_elsewhere_is_found(world):
    (row,) = [one for one in live(world) if one.table == "names" and one.key == "per_1"]
    world.facts._state.write([Row(table="names", key="per_1", data=row.data, index="elsewhere")])
    assert len(world.ledger.upkeep.check_state()) == 1


def test_what_is_covered_is_told_by_subject_month_and_type(world):
    found = [(one.subject, one.month, one.bodies) for one in world.ledger.upkeep.covered()]
    assert found == [("per_1", "2027-01", 5)]  # per_0's are erased: nothing is covered there


def nothing(_entry, _state):
    return ()


@pytest.mark.parametrize("act", ["check", "erase", "covered"])
def test_memory_does_not_grow_with_the_log(act):
    """30 MB of facts in the store; a page of them at a time is looked at."""
    world = MemoryWorld()
    ledger = world.open([nothing])
    for at in range(1500):
        ledger.append(
            Fact(type="a.done", public={"n": at, "x": "y" * 10_000}, body={"name": "Robin"})
        )
    big = "z" * 10_000
    for at in range(500):
        ledger.append(Fact(type="a.done", public={"n": at, "x": big}, body={"name": "Robin"}))
    ledger.publish()
    tracemalloc.start()
    try:
        if act == "check":
            assert ledger.upkeep.check_state() == ()
        elif act == "erase":
            ledger.erase("log", "2027-01")
        else:
            assert sum(one.bodies for one in ledger.upkeep.covered()) == 2000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000, peak
