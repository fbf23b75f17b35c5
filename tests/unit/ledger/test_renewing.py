"""Going on from an older copy, or under another key: never as the old log, and all of it said."""

import copy

import pytest

from adyton.adapters.memory_ledger import (
    InlineThreads,
    MemoryFacts,
    MemoryHead,
    MemoryWitnessMemory,
    MemoryWorld,
)
from adyton.crypto.epochlink import Disputed, Lost, Reason
from adyton.crypto.notes import COSIGNATURE, Signer
from adyton.ledger.bundle import write_bundle
from adyton.ledger.proof import examine_bundle, examine_receipt
from adyton.ledger.renewing import renew, survey
from adyton.ledger.witness import LocalWitness
from adyton.terms import Fact, Missing, Tampered, Unavailable


def append(ledger, total, kind="a.done"):
    return [ledger.append(Fact(type=kind, public={"n": at})) for at in range(total)]


def look(world, reason=Reason.RESTORED):
    memories = world.witnesses().memories()
    return survey(store=world.facts, places=world.places, memories=memories, reason=reason)


def go_on(world, link):
    return renew(
        link,
        by=("per_a", "per_b"),
        store=world.facts,
        places=world.places,
        body_keys=world.body_keys,
        witnesses=world.witnesses(),
        clock=world.clock,
        entropy=world.entropy,
        threads=InlineThreads(),
        projections=(),
    )


class PutBack:
    """A backup at 300 facts; 20 more were recorded and witnessed; then the backup came back."""

    def __init__(self, *, unpublished=0, after=20, turns=0):
        self.world = world = MemoryWorld()
        ledger = world.open()
        self.promises = append(ledger, 300)
        ledger.publish()
        files = copy.copy(world.files.files)
        append(ledger, unpublished)
        facts = copy.copy(world.facts.facts)
        append(ledger, after)
        ledger.publish()
        for _ in range(turns):
            ledger.trees.turn(Reason.YEAR)
            ledger.publish()
        world.facts = MemoryFacts()
        world.facts.commit(facts, [])
        world.files.files = files
        for epoch in range(2, 2 + turns):
            world.places.files(epoch).files.clear()


def test_an_older_copy_is_refused_and_goes_on_only_as_a_new_epoch_that_says_what_is_lost():
    world = PutBack().world
    with pytest.raises(Tampered, match="fewer facts than the head") as caught:
        world.open()
    assert "new-epoch.md" in caught.value.mend
    link = look(world)
    assert link.lost == Lost(start=300, end=320)
    promise = go_on(world, link)
    assert (promise.epoch, promise.index) == (2, 0)
    ledger = world.open()
    append(ledger, 5)
    ledger.publish()
    assert ledger.verify() == ()
    (started,) = [one for one in ledger.entries() if one.type == "epoch.started"]
    assert started.public["lost"] == {"from": 300, "to": 320, "epochs": 0}
    assert started.subjects == ("per_a", "per_b")


def test_i4_a_receipt_from_before_still_verifies_and_one_of_a_lost_fact_is_evidence():
    made = PutBack()
    go_on(made.world, look(made.world))
    ledger = made.world.open()
    (past,) = ledger.past.epochs
    receipt = ledger.proof(made.promises[7].receipt)
    assert examine_receipt(receipt, entry=None, log=past.keys[0]).failures == []
    files = write_bundle({}, case="cas_a", ledger=ledger, indexes=[7])
    assert examine_bundle(files, anchor=ledger.vkey()).failures == []
    # whoever kept the newest checkpoint of the old epoch sees that it is within what is stated
    kept = made.world.witness_memory.notes["adyton.invalid/memory"]
    assert ledger.verify(kept={"mail": kept}) == ()


def test_what_was_held_beyond_the_last_checkpoint_is_bound_but_cannot_be_proved_alone():
    made = PutBack(unpublished=4)
    link = look(made.world)
    assert (link.before.size, link.before.held, link.first) == (300, 304, 304)
    go_on(made.world, link)
    ledger = made.world.open()
    assert [one.public["n"] for one in ledger.entries(after=299, limit=4)] == [0, 1, 2, 3]
    with pytest.raises(Unavailable, match="after the last checkpoint of epoch 1"):
        ledger.proof(ledger.entries(after=301, limit=1)[0].receipt)
    assert ledger.verify() == ()


def test_a_copy_from_before_a_turn_takes_a_number_that_nobody_ever_signed():
    world = PutBack(turns=2).world
    link = look(world)
    assert (link.epoch, link.origin) == (4, "adyton.invalid/memory/4")
    assert link.lost == Lost(start=300, end=320, epochs=2)
    go_on(world, link)
    ledger = world.open()
    ledger.publish()
    assert ledger.verify() == ()
    files = write_bundle({}, case="cas_a", ledger=ledger, indexes=[7])
    assert examine_bundle(files, anchor=ledger.vkey()).failures == []


def test_restored_elsewhere_without_head_and_with_another_witness():
    made = PutBack()
    world = made.world
    world.places.put_head(1, MemoryHead())
    world.witness = LocalWitness(
        signers=[Signer(name="other.invalid/witness", seed=b"o" * 32, algorithm=COSIGNATURE)],
        logs=world.trusted,
        memory=MemoryWitnessMemory(),
        clock=world.clock,
    )
    link = look(world)
    assert link.lost is None  # nobody here knows of what came after: it cannot be stated
    go_on(world, link)
    ledger = world.open()
    ledger.publish()
    assert ledger.verify() == ()


def test_a_log_whose_key_is_gone_goes_on_under_another_one():
    world = MemoryWorld()
    ledger = world.open()
    append(ledger, 10)
    ledger.close()
    world.rekey(2, b"n" * 32)
    link = look(world, Reason.REKEYED)
    assert link.lost is None
    go_on(world, link)
    again = world.open()
    append(again, 3)
    again.publish()
    assert again.verify() == ()
    assert again.vkey() != ledger.vkey()
    assert str(again.past.epochs[0].keys[0]) == ledger.vkey()
    files = write_bundle({}, case="cas_a", ledger=again, indexes=[3, 12])
    assert examine_bundle(files, anchor=again.vkey()).failures == []


def thief_of(world):
    """Somebody with the log's key who reaches the same witness."""
    thief = MemoryWorld()
    thief.places = world.places.__class__("adyton.invalid/memory", world.places.seeds[1])
    thief.witness = world.witness
    return thief


def test_i4_a_thief_who_goes_on_under_the_old_key_after_the_new_epoch_is_seen():
    world = MemoryWorld()
    ledger = world.open()
    append(ledger, 10)
    ledger.close()
    old_facts, old_files = copy.copy(world.facts.facts), copy.copy(world.files.files)
    head = world.head.head
    world.rekey(2, b"n" * 32)
    go_on(world, look(world, Reason.REKEYED))
    thief = thief_of(world)
    thief.facts.commit(old_facts, [])
    thief.files.files = old_files
    thief.head.head = head
    thief.witness_memory, thief.trusted = world.witness_memory, world.trusted
    notes = {k: v for k, v in world.witness_memory.notes.items() if not k.endswith("/2")}
    full, world.witness_memory.notes = world.witness_memory.notes, notes
    stolen = thief.open()
    append(stolen, 2, "thief.done")
    stolen.publish()
    world.witness_memory.notes = full | notes
    with pytest.raises(Tampered, match="epoch 1: the witness knows more entries"):
        world.open()


def test_i4_another_history_at_the_witness_is_stated_as_disputed_and_stays_in_the_record():
    world = MemoryWorld()
    ledger = world.open()
    append(ledger, 10)
    ledger.close()
    other = MemoryWorld()
    theirs = other.open()
    append(theirs, 10, "thief.done")
    theirs.close()
    world.witness_memory.notes = other.witness_memory.notes
    with pytest.raises(Tampered, match="witness's checkpoint disagrees"):
        world.open()
    world.rekey(2, b"n" * 32)
    link = look(world, Reason.REKEYED)
    (disputed,) = link.disputed
    assert disputed == Disputed(size=10, root=other.head.head.root)
    go_on(world, link)
    again = world.open()
    assert again.entries(after=9)[0].public["disputed"] == [
        {"size": 10, "root": disputed.root.hex()}
    ]


def test_nothing_goes_on_from_a_store_that_is_not_whole_or_was_never_published():
    world = PutBack().world
    refilled = MemoryFacts()
    refilled.commit(world.facts.facts[:200], [])
    world.facts = refilled
    with pytest.raises(Tampered, match="holds other entries than its checkpoint"):
        look(world)
    with pytest.raises(Missing, match="no published checkpoint"):
        look(MemoryWorld())


def test_what_changed_since_it_was_proposed_is_not_decided_on():
    made = PutBack()
    link = look(made.world)
    made.world.head.head = made.world.head.head.__class__(size=330, root=b"x" * 32, before=320)
    with pytest.raises(Tampered, match="changed since the new epoch was proposed"):
        go_on(made.world, link)
