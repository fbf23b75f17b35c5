"""Signed promises: what they say, what they never say, and what the log's key signs."""

import pytest

from adyton.adapters.memory_ledger import MemoryWorld
from adyton.crypto.checkpoints import parse_checkpoint
from adyton.crypto.merkle import leaf_hash
from adyton.ledger.promise import (
    MAX_BYTES,
    from_header,
    open_promise,
    open_receipt,
    sign_promise,
    to_header,
)
from adyton.terms import Fact, Malformed, Tampered


@pytest.fixture
def world():
    made = MemoryWorld()
    made.ledger = made.open()
    return made


def asked(n=0):
    return Fact(type="thing.asked", subjects=("prs_a",), public={}, body={"text": f"a {n}"})


def test_a_promise_says_what_was_recorded_and_by_when_it_will_be_covered(world):
    recorded = world.ledger.append(asked())
    said = open_promise(world.ledger.promise(recorded), world.signer.key)
    assert said.origin == world.signer.key.name
    assert said.receipt == recorded.receipt
    assert said.leaf == leaf_hash(world.facts.read(recorded.index, 1)[0].data)
    assert said.recorded_at_s == int(world.clock.now_s())
    assert said.due_at_s == said.recorded_at_s + 60


def test_a_promise_is_the_same_whatever_others_did(world):
    """Everything but what is random or a clock's is equal: no index, no size, no counter."""

    def shape(promise):
        said = open_promise(world.ledger.promise(promise), world.signer.key)
        lines = said.to_text().splitlines()
        assert len(said.leaf) == 32
        return [lines[0], lines[1], lines[2][:12], lines[3][:5], *lines[4:]]

    first = shape(world.ledger.append(asked()))
    for n in range(300):
        world.ledger.append(Fact(type="other.done", public={"n": n}))
    world.ledger.publish()
    assert shape(world.ledger.append(asked())) == first


def test_a_fact_whose_leaf_could_be_guessed_is_not_promised(world):
    """Without a body nothing in the entry is secret but the leaf before it: who got that one
    promised too could try counters until the leaf fits, and would know how much is recorded."""
    before = world.ledger.append(asked())
    bare = world.ledger.append(Fact(type="thing.asked", subjects=("prs_a",)))
    guessed = world.facts.read(bare.index, 1)[0].data
    assert before.leaf.hex().encode() in guessed
    assert leaf_hash(guessed) == bare.leaf
    with pytest.raises(Malformed, match="guessed"):
        world.ledger.promise(bare)


def test_a_header_holds_the_note_and_has_one_form(world):
    note = world.ledger.promise(world.ledger.append(asked()))
    value = to_header(note)
    assert value.isascii()
    assert not set(value) & set("=+/ \r\n,;")
    assert from_header(value.encode()) == note
    assert open_promise(value.encode(), world.signer.key) == open_promise(note, world.signer.key)
    for bad in (value + "=", value + " ", f" {value}", value[:-1] + "~", value + "\n\n"):
        with pytest.raises(Malformed):
            open_promise(bad.encode(), world.signer.key)


def test_i7_every_changed_byte_is_malformed_or_tampered(world):
    note = world.ledger.promise(world.ledger.append(asked()))
    for at in range(len(note)):
        for bit in (1, 32, 128):
            changed = note[:at] + bytes([note[at] ^ bit]) + note[at + 1 :]
            with pytest.raises((Malformed, Tampered)):
                open_promise(changed, world.signer.key)
    for end in range(len(note)):
        with pytest.raises((Malformed, Tampered)):
            open_promise(note[:end], world.signer.key)
    with pytest.raises(Malformed):
        open_promise(note + b"x" * MAX_BYTES, world.signer.key)


def test_neither_text_passes_for_the_other_or_for_a_checkpoint(world):
    recorded = world.ledger.append(asked())
    promise = world.ledger.promise(recorded)
    status = world.ledger.receipt_status(recorded.receipt, now_s=int(world.clock.now_s()))
    with pytest.raises(Malformed):
        open_receipt(promise, world.signer.key)
    with pytest.raises(Malformed):
        open_promise(status.note, world.signer.key)
    for note in (promise, status.note):
        with pytest.raises(Malformed):
            parse_checkpoint(note.decode().rpartition("\n\n")[0] + "\n")
    with pytest.raises(Malformed):
        world.ledger.sign_bundle(promise.decode().rpartition("\n\n")[0] + "\n")


def test_how_late_may_be_is_the_logs_own_setting(world):
    recorded = world.ledger.append(asked())
    said = open_promise(sign_promise(recorded, world.signer, due_s=300), world.signer.key)
    assert said.due_at_s - said.recorded_at_s == 300
