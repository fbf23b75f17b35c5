"""The cases of the witness protocol, and the client that asks."""

import pytest

from adyton.adapters.memory_ledger import ManualClock, MemoryWitnessMemory
from adyton.crypto import merkle
from adyton.crypto.checkpoints import Checkpoint
from adyton.crypto.notes import COSIGNATURE, Note, Signer, open_note, parse_note
from adyton.ledger.ports import WitnessReply
from adyton.ledger.witness import LocalWitness, WitnessRequest, ask_witness, parse_request
from adyton.terms import Conflict, Malformed, Misconfigured, Tampered, Unavailable

LOG = Signer(name="log.invalid", seed=b"l" * 32)
WITNESS = Signer(name="witness.invalid", seed=b"w" * 32, algorithm=COSIGNATURE)
STRANGER = Signer(name="log.invalid", seed=b"s" * 32)
LEAVES = [merkle.leaf_hash(bytes([at])) for at in range(20)]
OTHER = [merkle.leaf_hash(bytes([at + 100])) for at in range(20)]


def note(size, leaves=LEAVES, signer=LOG, origin="log.invalid"):
    root = merkle.root_of(leaves[:size])
    text = Checkpoint(origin=origin, size=size, root=root).to_text()
    return Note(text=text, signatures=(signer.sign(text),)).to_bytes()


def proof(old, new, leaves=LEAVES):
    return merkle.make_consistency_proof(
        old, new, lambda level, at: merkle.root_of(leaves[at << level : (at + 1) << level])
    )


def request(old, checkpoint, hashes=()):
    return WitnessRequest(old=old, proof=tuple(hashes), checkpoint=checkpoint).to_bytes()


@pytest.fixture
def memory():
    return MemoryWitnessMemory()


@pytest.fixture
def witness(memory):
    return LocalWitness(
        signers=(WITNESS,),
        logs={"log.invalid": (LOG.key,)},
        memory=memory,
        clock=ManualClock(),
    )


def test_a_first_and_a_later_checkpoint_are_cosigned(witness):
    first = witness.add_checkpoint(request(0, note(5)))
    assert first.status == 200
    signed = note(5) + first.body
    assert len(open_note(signed, [LOG.key, WITNESS.key]).signers) == 2
    assert witness.latest("log.invalid") == signed
    assert witness.add_checkpoint(request(5, note(9), proof(5, 9))).status == 200
    assert witness.add_checkpoint(request(9, note(9))).status == 200


def test_only_what_makes_the_log_grow_is_told_as_such(witness):
    """The door keeps places for whoever brings it; a checkpoint that is public says nothing."""
    asked = [
        *(request(0, note(5)), request(5, note(5)), request(0, note(5))),
        *(request(5, note(9), proof(5, 9)), request(9, note(9))),
    ]
    assert [witness.add_checkpoint(one).grew for one in asked] == [True, False, False, True, False]


def status(witness, data):
    before = witness.latest("log.invalid")
    reply = witness.add_checkpoint(data)
    assert witness.latest("log.invalid") == before
    return reply.status


def test_what_is_refused_and_how(witness):
    assert status(witness, request(0, note(5, origin="other.invalid"))) == 404
    assert status(witness, request(0, note(5, signer=STRANGER))) == 403
    assert status(witness, request(6, note(5))) == 400
    assert status(witness, b"nonsense") == 400
    assert status(witness, request(0, note(5), proof(3, 5))) == 422
    witness.add_checkpoint(request(0, note(5)))
    assert status(witness, request(5, note(9), proof(4, 9))) == 422
    assert status(witness, request(5, note(9))) == 422
    assert status(witness, request(5, note(9, OTHER), proof(5, 9, OTHER))) == 422
    assert status(witness, request(5, note(5, OTHER))) == 422
    assert status(witness, request(5, note(5), [b"x" * 32])) == 422
    assert status(witness, request(9, note(5))) == 400


def test_an_old_size_that_is_not_the_latest_is_told_the_latest(witness):
    witness.add_checkpoint(request(0, note(5)))
    reply = witness.add_checkpoint(request(3, note(9), proof(3, 9)))
    assert (reply.status, reply.body) == (409, b"5\n")


def test_a_rollback_is_never_cosigned(witness):
    witness.add_checkpoint(request(0, note(9)))
    assert status(witness, request(0, note(5))) == 409
    assert status(witness, request(5, note(5))) == 409


def test_who_is_overtaken_is_judged_again_from_what_stands_there(witness, memory):
    swap = memory.swap

    def overtaken(*_):
        memory.swap = swap
        witness.add_checkpoint(request(0, note(7)))
        message = "moved"
        raise Conflict(message)

    memory.swap = overtaken
    reply = witness.add_checkpoint(request(0, note(5)))
    assert (reply.status, reply.body) == (409, b"7\n")


def test_a_witness_needs_a_cosignature_key(memory):
    with pytest.raises(Misconfigured):
        LocalWitness(signers=(LOG,), logs={}, memory=memory, clock=ManualClock())
    with pytest.raises(Misconfigured):
        LocalWitness(signers=(), logs={}, memory=memory, clock=ManualClock())


def ask(witness, size, leaves=LEAVES, old=0):
    """The checkpoint with the witness's cosignature."""
    checkpoint = note(size, leaves)
    lines = ask_witness(
        witness,
        (WITNESS.key,),
        checkpoint,
        size,
        lambda start: proof(start, size, leaves),
        old=old,
    )
    return checkpoint + "".join(map(str, lines)).encode()


def test_the_client_finds_its_way_to_the_size_that_the_witness_has_seen(witness):
    ask(witness, 5)
    cosigned = ask(witness, 9, old=2)
    keys = [LOG.key, WITNESS.key]
    assert len(open_note(cosigned, keys).signers) == 2


def test_the_client_raises_the_alarm_when_the_witness_knows_another_history(witness):
    ask(witness, 9)
    with pytest.raises(Tampered, match="another history"):
        ask(witness, 12, OTHER)
    with pytest.raises(Tampered, match="more entries"):
        ask(witness, 5)


class Answering:
    """A witness that always answers the same."""

    def __init__(self, status, body):
        self.reply = WitnessReply(status=status, body=body)

    def add_checkpoint(self, _request):
        return self.reply


ODD = {
    "gone": (404, b"", Unavailable),
    "no_lines": (200, b"hello", Unavailable),
    "no_signature": (200, str(LOG.sign("x\n")).encode(), Unavailable),
    "conflict_without_size": (409, b"", Tampered),
    "conflict_with_nonsense": (409, b"\xff", Tampered),
    "always_another_size": (409, b"3\n", Unavailable),
}


@pytest.mark.parametrize(("status", "body", "family"), ODD.values(), ids=ODD)
def test_odd_answers_are_told_apart(status, body, family):
    with pytest.raises(family):
        ask(Answering(status, body), 5)


def test_a_cosignature_over_another_checkpoint_is_not_taken(witness):
    line = witness.add_checkpoint(request(0, note(4))).body
    with pytest.raises(Unavailable, match="does not verify"):
        ask(Answering(200, line), 5)


def test_the_kept_checkpoint_holds_the_logs_line_and_the_witness_line_only(witness):
    extra = note(5) + str(STRANGER.sign(parse_note(note(5)).text)).encode()
    assert witness.add_checkpoint(request(0, extra)).status == 200
    kept = parse_note(witness.latest("log.invalid"))
    assert [one.name for one in kept.signatures] == ["log.invalid", "witness.invalid"]


@pytest.mark.parametrize(
    "data",
    [b"", b"old 1\n", b"old x\n\nc", b"new 1\n\nc", b"old 01\n\nc", b"old 1\n*\n\nc", b"\xff\n\n"],
    ids=repr,
)
def test_i7_what_is_not_a_request_is_malformed(data):
    with pytest.raises(Malformed):
        parse_request(data)
