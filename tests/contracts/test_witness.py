"""`Witness`: the cases of C2SP tlog-witness, by the object in this process and over HTTP.

Over HTTP the witness is a process of its own, in which no package of the server can be loaded.
"""

import threading

import pytest

from adyton.adapters.clock import SystemClock
from adyton.adapters.memory_ledger import ManualClock, MemoryWitnessMemory
from adyton.adapters.witness_client import HttpWitness
from adyton.crypto import merkle
from adyton.crypto.checkpoints import Checkpoint, open_checkpoint, parse_checkpoint
from adyton.crypto.notes import (
    COSIGNATURE,
    MLDSA44,
    Note,
    Signer,
    open_note,
    parse_note,
    parse_vkey,
)
from adyton.ledger.witness import LocalWitness, WitnessRequest, ask_witness
from adyton.terms import Tampered, Unavailable
from tests import witness_process

NAME = "log.invalid/contract"
LOG = (
    Signer(name=NAME, seed=b"l" * 32),
    Signer(name=NAME, seed=b"m" * 32, algorithm=MLDSA44),
)
STRANGER = Signer(name=NAME, seed=b"s" * 32)
LEAVES = [merkle.leaf_hash(bytes([at])) for at in range(40)]
OTHER = [merkle.leaf_hash(bytes([at + 100])) for at in range(40)]


def note(size, leaves=LEAVES, signers=LOG, origin=NAME):
    root = merkle.root_of(leaves[:size]) if size else merkle.EMPTY_ROOT
    text = Checkpoint(origin=origin, size=size, root=root).to_text()
    lines = [
        one.cosign(text, time_s=9) if one.key.algorithm == MLDSA44 else one.sign(text)
        for one in signers
    ]
    return Note(text=text, signatures=tuple(lines)).to_bytes()


def proof(old, new, leaves=LEAVES):
    return merkle.make_consistency_proof(
        old, new, lambda level, at: merkle.root_of(leaves[at << level : (at + 1) << level])
    )


def request(old, checkpoint, hashes=()):
    return WitnessRequest(old=old, proof=tuple(hashes), checkpoint=checkpoint).to_bytes()


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """The witness process: its keys, and the way to reach it for a log of one's own."""
    folder = tmp_path_factory.mktemp("machine")
    vkeys = witness_process.run("witness", "init", "w.invalid", "--dir", folder / "w").split()
    trusted = folder / "vkeys"
    for origin in ("", *"abcdefgh"):
        keys = [Signer(name=f"{NAME}{origin}", seed=b"l" * 32).key]
        keys += [Signer(name=f"{NAME}{origin}", seed=b"m" * 32, algorithm=MLDSA44).key]
        trusted.write_text("".join(f"{key}\n" for key in keys))
        witness_process.run("witness", "trust", trusted, "--dir", folder / "w")
    assert witness_process.run("witness", "vkey", "--dir", folder / "w").split() == vkeys
    with witness_process.serving(folder / "w") as url:
        yield HttpWitness(url, clock=SystemClock()), tuple(parse_vkey(one) for one in vkeys)


class Kept:
    """A witness, its keys, and one of the logs that it trusts, which it has not seen yet."""

    def __init__(self, witness, keys, origin):
        self.witness, self.keys, self.origin = witness, keys, origin
        self.signers = tuple(
            Signer(name=origin, seed=one, algorithm=kind)
            for one, kind in ((b"l" * 32, 1), (b"m" * 32, MLDSA44))
        )

    def note(self, size, leaves=LEAVES, signers=None):
        return note(size, leaves, signers or self.signers, self.origin)

    def status(self, data):
        return self.witness.add_checkpoint(data).status

    def ask(self, size, leaves=LEAVES, old=0):
        def prove(start):
            return proof(start, size, leaves)

        checkpoint = self.note(size, leaves)
        return ask_witness(self.witness, self.keys, checkpoint, size, prove, old=old)


LETTERS = iter("abcdefgh")


@pytest.fixture(params=["object", "http"])
def kept(request):
    if request.param == "http":
        witness, keys = request.getfixturevalue("machine")
        return Kept(witness, keys, f"{NAME}{next(LETTERS)}")
    signers = (
        Signer(name="w.invalid", seed=b"w" * 32, algorithm=COSIGNATURE),
        Signer(name="w.invalid", seed=b"v" * 32, algorithm=MLDSA44),
    )
    witness = LocalWitness(
        signers=signers,
        logs={NAME: tuple(one.key for one in LOG)},
        memory=MemoryWitnessMemory(),
        clock=ManualClock(),
    )
    return Kept(witness, witness.keys(), NAME)


def test_every_status_of_the_protocol(kept):
    """200, 403, 404, 409 with the size, 422 and 400, in the order in which it checks."""
    assert kept.status(request(0, note(5, origin="stranger.invalid"))) == 404
    assert kept.status(request(0, kept.note(5, signers=(STRANGER,)))) == 403
    assert kept.status(request(0, kept.note(5, signers=kept.signers[:1]))) == 403
    assert kept.status(request(0, kept.note(5, signers=kept.signers[1:]))) == 403
    assert kept.status(request(6, kept.note(5))) == 400
    assert kept.status(b"nonsense") == 400
    assert kept.status(b"") == 400
    assert kept.status(request(0, kept.note(5), proof(3, 5))) == 422
    first = kept.witness.add_checkpoint(request(0, kept.note(5)))
    assert first.status == 200
    signed = open_note(kept.note(5) + first.body, [*kept.keys])
    assert set(signed.signers) == set(kept.keys)
    late = kept.witness.add_checkpoint(request(3, kept.note(9), proof(3, 9)))
    assert (late.status, late.body) == (409, b"5\n")
    assert kept.status(request(5, kept.note(9), proof(4, 9))) == 422
    assert kept.status(request(5, kept.note(9, OTHER), proof(5, 9, OTHER))) == 422
    assert kept.status(request(5, kept.note(5, OTHER))) == 422
    assert kept.status(request(9, kept.note(5))) == 400
    assert kept.status(request(5, kept.note(9), proof(5, 9))) == 200
    assert kept.status(request(9, kept.note(9))) == 200
    assert kept.status(request(5, kept.note(5))) == 409


def test_what_it_cosigned_last_is_shown(kept):
    kept.ask(7)
    shown = kept.witness.latest(kept.origin)
    own = [one.key for one in kept.signers]
    checkpoint, opened = open_checkpoint(shown, log=own[0], witnesses=(*own[1:], *kept.keys))
    assert checkpoint.size == 7
    assert set(opened.signers) == {*own, *kept.keys}


def test_a_client_finds_its_way_and_hears_the_alarm(kept):
    kept.ask(5)
    assert len(kept.ask(9, old=2)) == 2
    with pytest.raises(Tampered, match="another history"):
        kept.ask(12, OTHER)
    with pytest.raises(Tampered, match="forgot"):
        kept.ask(20, old=12)


def test_two_clients_at_once_never_roll_it_back(kept):
    sizes, failures = range(1, 25), []

    def client():
        for size in sizes:
            try:
                kept.ask(size)
            except (Unavailable, Tampered) as error:  # overtaken: the other one knows more
                failures.append(error)

    threads = [threading.Thread(target=client) for _ in range(2)]
    for thread in threads:
        thread.start()
    seen = []
    while any(thread.is_alive() for thread in threads):
        try:
            shown = kept.witness.latest(kept.origin)
        except Unavailable:
            continue
        if shown is not None:
            seen.append(parse_checkpoint(parse_note(shown).text).size)
    for thread in threads:
        thread.join()
    assert seen == sorted(seen)
    last = parse_checkpoint(parse_note(kept.witness.latest(kept.origin)).text)
    assert last.size == 24
    assert all("more entries" in one.message or "moved" in one.message for one in failures)
