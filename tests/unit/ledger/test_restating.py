"""What an erasure writes is what a rebuild without those bodies gives, beside others who record."""

import threading

from adyton.adapters.memory_ledger import MemoryWorld
from adyton.ledger.restating import Restating
from adyton.terms import Fact, Row

MONTH = "2027-01"


def project(entry, state):
    """A list of names a person, a row a name, and the last name of all: rows that lean on rows."""
    if entry.type != "a.done":
        return
    name = entry.body["name"] if entry.body else ""
    before = state.get("names", entry.subjects[0]) or {"all": []}
    names = [*before["all"], name]
    yield Row(table="names", key=entry.subjects[0], data={"all": names}, index=name)
    yield Row(table="last", key="last", data={"name": name})
    if name:
        yield Row(table="by_name", key=name, data={})
    if len(names) == 3:
        yield Row(table="by_name", key=names[0], data=None)


def fact(subject, name):
    return Fact(type="a.done", subjects=(subject,), body={"name": name}, body_subject=subject)


def world_of(total):
    world = MemoryWorld()
    world.ledger = world.open([project])
    for at in range(total):
        world.ledger.append(fact(f"per_{at % 2}", f"n{at}"))
    return world


def test_after_an_erasure_every_row_follows_from_the_facts_and_no_name_is_left():
    for total in (1, 2, 5, 6, 7):
        world = world_of(total)
        world.ledger.erase("per_0", MONTH)
        assert world.ledger.upkeep.check_state() == ()
        left = repr(world.facts.state().rows())
        assert not any(f"'n{at}'" in left for at in range(0, total, 2)), total
        assert all(f"'n{at}'" in left for at in range(3, total, 2)), total


def test_what_is_recorded_during_the_walk_is_in_the_erasure_and_waits_for_nothing(monkeypatch):
    """The walk stands still in the middle; somebody else records meanwhile, under that very key."""
    world = world_of(4)
    halfway, go_on = threading.Event(), threading.Event()
    real = Restating.walk

    def walk(self, end):
        real(self, min(end, 2))
        halfway.set()
        assert go_on.wait(20)
        real(self, end)

    monkeypatch.setattr(Restating, "walk", walk)
    erasing = threading.Thread(target=world.ledger.erase, args=("per_0", MONTH))
    erasing.start()
    assert halfway.wait(20)
    promise = world.ledger.append(fact("per_0", "meanwhile"))  # answered though the walk goes on
    go_on.set()
    erasing.join()
    assert world.ledger.entry(promise.receipt).body_erased
    assert "meanwhile" not in repr(world.facts.state().rows())
    assert world.ledger.verify() == ()


def test_a_key_that_was_made_during_the_walk_is_erased_too(monkeypatch):
    world = world_of(2)
    real, added = Restating.walk, []

    def walk(self, end):
        if not added:
            added.append(world.ledger.append(fact("per_9", "meanwhile")))
        real(self, end)

    monkeypatch.setattr(Restating, "walk", walk)
    world.ledger.erase("per_9", MONTH)
    assert world.ledger.entry(added[0].receipt).body_erased
    assert "meanwhile" not in repr(world.facts.state().rows())
    assert world.ledger.verify() == ()


def test_two_erasures_at_once_bring_nothing_back(monkeypatch):
    """Each writes the difference that its own walk saw: so they walk one after the other."""
    world = world_of(6)
    inside, both = threading.Semaphore(1), []
    real = Restating.walk

    def walk(self, end):
        both.append(inside.acquire(blocking=False))
        threading.Event().wait(0.05)  # time for the other to come in as well
        real(self, end)
        if both[-1]:
            inside.release()

    monkeypatch.setattr(Restating, "walk", walk)
    threads = [
        threading.Thread(target=world.ledger.erase, args=(subject, MONTH))
        for subject in ("per_0", "per_1")
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert all(both)
    rows = {(one.table, one.key): one.data for one in world.facts.state().rows()}
    assert rows["last", "last"] == {"name": ""}
    assert not any(table == "by_name" for table, _ in rows)
    assert world.ledger.verify() == ()
