"""What is on the disk while the ledger runs may be changed by others: then nothing is signed."""

import pytest

from adyton.adapters.memory_ledger import MemoryWorld
from adyton.ledger.ports import Head
from adyton.terms import Conflict, Fact, Tampered


def grown(total=300):
    world = MemoryWorld()
    ledger = world.open()
    for at in range(total):
        ledger.append(Fact(type="a.done", public={"n": at}))
    ledger.publish()
    return world, ledger


def spoiled(data):
    return bytes([data[0] ^ 1]) + data[1:]


def refused(world, ledger):
    """Nothing was signed, and nothing is until somebody has looked."""
    kept = world.files.files["checkpoint"], world.head.head
    for _ in range(2):
        with pytest.raises(Tampered):
            ledger.publish()
    assert (world.files.files["checkpoint"], world.head.head) == kept


def test_a_tile_changed_under_the_running_ledger_is_never_signed_over():
    world, ledger = grown()
    world.files.files["tile/1/000.p/1"] = spoiled(world.files.files["tile/1/000.p/1"])
    ledger.append(Fact(type="b.done"))
    refused(world, ledger)


def test_after_that_alarm_nothing_is_signed_even_if_the_tile_is_put_back():
    world, ledger = grown()
    good = world.files.files["tile/1/000.p/1"]
    world.files.files["tile/1/000.p/1"] = spoiled(good)
    ledger.append(Fact(type="b.done"))
    refused(world, ledger)
    world.files.files["tile/1/000.p/1"] = good
    refused(world, ledger)
    again = world.open()
    again.publish()
    assert again.verify() == ()


def test_an_entry_changed_in_the_store_before_it_was_published_is_never_signed():
    world, ledger = grown(10)
    ledger.append(Fact(type="b.done"))
    del world.facts.facts[10]
    refused(world, ledger)


def test_who_lost_the_head_to_somebody_else_signs_nothing():
    world, ledger = grown(10)
    kept = world.files.files["checkpoint"]
    world.head.head = Head(size=11, root=b"x" * 32, before=10)
    ledger.append(Fact(type="b.done"))
    with pytest.raises(Conflict):
        ledger.publish()
    assert world.files.files["checkpoint"] == kept


def test_partial_tiles_go_when_the_full_one_is_published():
    world, ledger = grown(255)
    assert "tile/0/000.p/255" in world.files.files
    ledger.append(Fact(type="b.done"))
    ledger.publish()
    assert not any(path.startswith("tile/0/000.p/") for path in world.files.files)
    assert not any(path.startswith("tile/entries/000.p/") for path in world.files.files)
    assert {"tile/0/000", "tile/entries/000", "tile/1/000.p/1"} <= world.files.files.keys()


def test_publishing_again_without_new_facts_writes_nothing():
    world, ledger = grown(10)
    files = dict(world.files.files)
    world.files.fail_next = Tampered("written")
    ledger.publish()
    assert world.files.files == files
