"""Every way to put something back or change it, and who catches it at the next start."""

import copy
from dataclasses import replace

import pytest

from adyton.adapters.memory_ledger import MemoryFacts, MemoryWorld
from adyton.crypto.merkle import root_of
from adyton.ledger.ports import Head
from adyton.terms import Fact, Tampered, Unavailable


def grown(total=300):
    world = MemoryWorld()
    ledger = world.open()
    for at in range(total):
        ledger.append(Fact(type="a.done", public={"n": at}))
    ledger.close()
    return world


def more(world, total=10):
    ledger = world.open()
    for at in range(total):
        ledger.append(Fact(type="b.done", public={"n": at}))
    ledger.close()


def refill(world, facts):
    world.facts = MemoryFacts()
    world.facts.commit(facts, [])


def snapshot(world):
    return copy.copy(world.facts.facts), dict(world.files.files), world.head.head


def test_an_untouched_log_opens_and_goes_on():
    world = grown()
    more(world)
    assert len(world.facts.facts) == 310


def edited(world):
    one = world.facts.facts[42]
    world.facts.facts[42] = replace(one, data=one.data.replace(b'"n":42}', b'"n":43}'))


def dropped_tail(world):
    refill(world, world.facts.facts[:-1])


def emptied(world):
    world.facts = MemoryFacts()


def removed_inside(world):
    kept = world.facts.facts[:10] + world.facts.facts[11:]
    refill(world, [replace(one, index=at) for at, one in enumerate(kept)])


def tile_changed(world):
    tile = world.files.files["tile/0/001.p/44"]
    world.files.files["tile/0/001.p/44"] = bytes([tile[0] ^ 1]) + tile[1:]


def tile_lost(world):
    del world.files.files["tile/1/000.p/1"]


def checkpoint_lost(world):
    more(world)
    del world.files.files["checkpoint"]


def checkpoint_damaged(world):
    note = world.files.files["checkpoint"]
    world.files.files["checkpoint"] = note.replace(b"300", b"299")


def checkpoint_old(world):
    old = world.files.files["checkpoint"]
    more(world)
    more(world)
    world.files.files["checkpoint"] = old


def head_lost(world):
    world.head.head = None


def head_old(world):
    old = world.head.head
    more(world)
    world.head.head = old


def head_wrong(world):
    world.head.head = Head(size=300, root=root_of([]), before=0)


def store_old(world):
    facts, _, _ = snapshot(world)
    more(world)
    refill(world, facts)


def store_files_old(world):
    facts, files, _ = snapshot(world)
    more(world)
    refill(world, facts)
    world.files.files = files


def store_files_head_old(world):
    facts, files, head = snapshot(world)
    more(world)
    refill(world, facts)
    world.files.files = files
    world.head.head = head


ATTACKS = {
    edited: "entry 43",
    dropped_tail: "fewer facts",
    emptied: "fewer facts",
    removed_inside: "entry 10",
    tile_changed: "tiles disagree with the head",
    tile_lost: "tile/1/000.p/1",
    checkpoint_lost: "checkpoint is missing",
    checkpoint_damaged: "checkpoint is not",
    checkpoint_old: "checkpoint is older",
    head_lost: "head is missing",
    head_old: "head is older than the checkpoint",
    head_wrong: "disagrees with the head",
    store_old: "fewer facts than the head",
    store_files_old: "fewer facts than the head",
    store_files_head_old: "head is older than what the witness",
}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda one: one.__name__)
def test_i4_a_log_that_was_put_back_or_changed_is_not_opened(attack):
    world = grown()
    attack(world)
    with pytest.raises(Tampered, match=ATTACKS[attack]):
        world.open()


def rewritten(honest):
    """All facts but one, recorded and signed anew by somebody who has the log's key."""
    other = MemoryWorld()
    ledger = other.open()
    for at in range(300):
        ledger.append(Fact(type="a.done", public={"n": 0 if at == 42 else at}))
    ledger.publish()
    assert other.signer.key == honest.signer.key
    return other


def test_i4_a_log_rewritten_with_the_stolen_key_is_caught_by_the_head():
    world = grown()
    other = rewritten(world)
    other.head, other.witness = world.head, world.witness
    with pytest.raises(Tampered, match="disagrees with the head"):
        other.open()


def test_i4_a_log_rewritten_with_key_and_head_is_caught_by_the_witness():
    world = grown()
    other = rewritten(world)
    other.witness = world.witness
    with pytest.raises(Tampered, match="witness's checkpoint disagrees"):
        other.open()


def test_i4_a_log_rewritten_with_key_head_and_witness_is_caught_by_a_kept_checkpoint():
    world = grown()
    other = rewritten(world)
    ledger = other.open()
    assert ledger.verify() == ()
    kept = world.files.files["checkpoint"]
    assert [str(one) for one in ledger.verify(kept={"the receipt": kept})] == [
        "the receipt: knows other entries: the log was rewritten"
    ]


def test_i4_a_rollback_of_everything_is_caught_by_a_kept_checkpoint():
    world = grown()
    facts, files, head = snapshot(world)
    notes = dict(world.witness_memory.notes)
    more(world)
    kept = world.files.files["checkpoint"]
    refill(world, facts)
    world.files.files, world.head.head = files, head
    world.witness_memory.notes = notes
    ledger = world.open()
    problems = ledger.verify(kept={"the receipt": kept})
    assert [str(one) for one in problems] == [
        "the receipt: knows more entries: the log was cut or rolled back"
    ]


@pytest.mark.parametrize("failing", ["entries", "tile", "head", "checkpoint"])
def test_a_kill_between_any_two_writes_of_publishing_is_made_good(failing):
    """Each durable write in turn is the first one that no longer happens."""
    world = grown()
    ledger = world.open()
    for at in range(10):
        ledger.append(Fact(type="b.done", public={"n": at}))
    write, swap = world.files.write, world.head.swap
    order = ["tile/entries/001.p/54", "tile/0/001.p/54", "head", "checkpoint"]
    last = {"entries": 0, "tile": 1, "head": 2, "checkpoint": 3}[failing]
    done = []

    def killed(what):
        if len(done) == last:
            message = "killed"
            raise Unavailable(message)
        done.append(what)

    world.files.write = lambda path, data: (killed(path), write(path, data))
    world.head.swap = lambda old, new: (killed("head"), swap(old, new))
    with pytest.raises(Unavailable):
        ledger.publish()
    assert done == order[:last]
    world.files.write, world.head.swap = write, swap
    again = world.open()
    again.append(Fact(type="c.done"))
    again.publish()
    assert again.checkpoint().decode().split("\n")[1] == "311"
    assert again.verify() == ()


def test_a_witness_with_another_key_or_note_is_not_believed():
    world = grown()
    world.witness_memory.notes = dict.fromkeys(world.witness_memory.notes, b"nonsense")
    with pytest.raises(Tampered, match="witness"):
        world.open()


@pytest.mark.parametrize("kept", ["nothing", "an older checkpoint"])
def test_i4_a_witness_that_forgot_what_it_cosigned_is_noticed_at_the_next_start(kept):
    world = grown()
    older = dict(world.witness_memory.notes)
    more(world)
    world.witness_memory.notes = {} if kept == "nothing" else older
    with pytest.raises(Tampered, match="the witness forgot"):
        world.open()


def test_i4_a_witness_that_forgets_while_we_run_gets_no_second_history():
    world = grown()
    ledger = world.open()
    ledger.append(Fact(type="b.done"))
    world.witness_memory.notes.clear()
    with pytest.raises(Tampered, match="the witness forgot"):
        ledger.publish()
    with pytest.raises(Tampered):
        ledger.publish()
