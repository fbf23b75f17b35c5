"""Was a promise kept? Alone, with its proof, against a later log; and what may not pass."""

from dataclasses import replace

import pytest

from adyton.adapters.memory_ledger import MemoryWorld
from adyton.crypto.notes import COSIGNATURE, MLDSA44, Signer, parse_note
from adyton.ledger.kept import Given, examine_file
from adyton.terms import Fact


class Log:
    """A log with a promise in it, and what a third person has of it: keys and files."""

    def __init__(self, seed_facts=3):
        self.world = MemoryWorld()
        self.ledger = self.world.open()
        self.fill(seed_facts)
        self.recorded = self.append("the one")
        self.promise = self.ledger.promise(self.recorded)
        self.fill(3)
        self.given = Given(log=self.world.signer.key, witnesses=(self.witness,))

    @property
    def witness(self):
        return self.world.witness.keys()[0]

    def append(self, text):
        return self.ledger.append(Fact(type="a.done", subjects=("prs_a",), body={"text": text}))

    def fill(self, count):
        for n in range(count):
            self.append(f"{n}")

    def files(self):
        self.ledger.publish()
        return dict(self.world.files.files)

    def check(self, **brought):
        return examine_file(self.promise, replace(self.given, **brought))


def lying(log, *, later_s):
    """The same promise, and a log of the same keys that never recorded it, `later_s` after."""
    other = MemoryWorld()
    other.places.seeds, other.witness = log.world.places.seeds, log.world.witness
    log.world.witness_memory.notes.clear()
    other.clock = log.world.clock
    log.world.clock.advance(later_s)
    ledger = other.open()
    for n in range(300):
        ledger.append(Fact(type="a.done", subjects=("prs_b",), body={"n": n}))
    ledger.publish()
    return dict(other.files.files)


@pytest.fixture
def log():
    return Log()


def test_alone_a_promise_shows_the_logs_word_and_says_so(log):
    seen = log.check()
    assert seen.failures == []
    assert "must cover it" in seen.says[0]
    assert "log's word" in seen.says[1]
    assert not any("kept:" in line for line in seen.says)


def test_with_its_proof_it_is_kept(log):
    seen = log.check(proof=log.ledger.proof(log.recorded.receipt))
    assert seen.failures == []
    assert seen.says[-1].startswith("kept:")


@pytest.mark.parametrize("size", [3, 252, 253, 300, 600])
def test_with_the_logs_tiles_it_is_kept(size):
    log = Log(size)
    seen = log.check(files=log.files())
    assert seen.failures == []
    assert seen.says[-1].startswith("kept:")
    assert seen.size == size + 4


def test_another_entrys_proof_does_not_pass(log):
    other = log.append("another")
    seen = log.check(proof=log.ledger.proof(other.receipt))
    assert seen.failures == ["proof: is of another entry than the one promised"]
    assert not any("kept:" in line for line in seen.says)


def test_a_proof_without_the_witness_does_not_pass(log):
    proof = log.ledger.proof(log.recorded.receipt)
    bare = b"\n".join(proof.rstrip(b"\n").split(b"\n")[:-1]) + b"\n"
    assert log.check(proof=bare).failures == ["proof: a witness has not cosigned the checkpoint"]


def test_a_promise_that_is_not_kept_is_said_and_shown(log):
    files = lying(log, later_s=60)
    seen = log.check(files=files)
    (failure,) = seen.failures
    assert failure.startswith("promise not kept: ")
    assert log.recorded.receipt in failure
    # what is named is enough for somebody who has nothing else
    assert seen.evidence == ("checkpoint", "tile/0/000", "tile/0/001.p/44")
    again = log.check(files={path: files[path] for path in seen.evidence})
    assert again.failures == seen.failures


def test_before_it_is_due_nothing_is_shown_and_that_is_no_pass(log):
    seen = log.check(files=lying(log, later_s=59))
    (failure,) = seen.failures
    assert "not known to be late enough" in failure
    assert "not kept" not in failure
    assert seen.evidence == ()


def test_without_a_witnesss_key_nobody_knows_when(log):
    seen = log.check(files=lying(log, later_s=60), witnesses=())
    (failure,) = seen.failures
    assert "no witness's key was given" in failure
    assert seen.evidence == ()


def test_every_witness_given_must_have_cosigned(log):
    stranger = Signer(name="w2.invalid", seed=b"2" * 32, algorithm=COSIGNATURE).key
    witnesses = (log.witness, stranger)
    files = lying(log, later_s=60)
    assert log.check(files=files, witnesses=witnesses).failures == [
        "log: a witness has not cosigned the checkpoint"
    ]


def without(files, *paths):
    return {path: data for path, data in files.items() if path not in paths}


@pytest.mark.parametrize("kept", [True, False])
def test_i7_tiles_that_are_not_the_checkpoints_show_neither(log, kept):
    """Nobody makes a broken promise out of missing or changed tiles, and no kept one either."""
    files = log.files() if kept else lying(log, later_s=60)
    tile = next(path for path in files if path.startswith("tile/0/"))
    data = files[tile]
    for bad in (
        without(files, tile),
        without(files, "checkpoint"),
        files | {tile: data[:-1]},
        files | {tile: data + bytes(32)},
        files | {tile: bytes([data[0] ^ 1]) + data[1:]},
        files | {tile: data[32:64] + data[:32] + data[64:]},
        files | {"checkpoint": files["checkpoint"][:-1]},
        files | {"checkpoint": b""},
    ):
        seen = log.check(files=bad)
        assert [line[:5] for line in seen.failures] == ["log: "]
        assert seen.evidence == ()


def test_a_partial_tile_that_became_full_stands_for_itself(log):
    """A reader with an older checkpoint finds only the full tile: the format allows that."""
    files = log.files()
    log.fill(256)
    newer = log.files()
    assert not [path for path in newer if path.startswith("tile/0/000.p")]
    seen = log.check(files=newer | {"checkpoint": files["checkpoint"]})
    assert seen.failures == []
    assert seen.says[-1].startswith("kept:")


def test_a_note_about_a_receipt_is_told_and_is_no_proof(log):
    log.ledger.publish()
    now_s = int(log.world.clock.now_s()) + 30
    note = log.ledger.receipt_status(log.recorded.receipt, now_s=now_s).note
    seen = examine_file(note, log.given)
    assert seen.failures == []
    assert "is covered by a cosigned checkpoint" in seen.says[0]
    assert examine_file(note, replace(log.given, files=log.files())).failures


def test_a_proof_given_alone_is_told_apart_by_its_first_line(log):
    proof = log.ledger.proof(log.recorded.receipt)
    assert examine_file(proof, log.given).failures == []
    assert examine_file(proof, replace(log.given, proof=proof)).failures


@pytest.mark.parametrize("data", [b"", b"\0", b"adyton-promise/v1", b"c2sp.org/tlog-proof@v1\n"])
def test_i7_what_is_nothing_fails(log, data):
    assert len(examine_file(data, log.given).failures) == 1


def test_the_time_in_a_further_line_of_the_log_is_no_witness_time(log):
    """The log's own ML-DSA line holds a time too; no witness gave it."""
    further = Signer(name=log.world.signer.key.name, seed=b"m" * 32, algorithm=MLDSA44)
    files = lying(log, later_s=60)
    text = parse_note(files["checkpoint"]).text
    line = further.cosign(text, time_s=int(log.world.clock.now_s()))
    files["checkpoint"] += str(line).encode()
    seen = log.check(files=files, witnesses=(further.key,))
    assert "no witness's key was given" in seen.failures[0]
    assert seen.evidence == ()
    seen = log.check(files=files, witnesses=(further.key, log.witness))
    assert seen.failures[0].startswith("promise not kept")
