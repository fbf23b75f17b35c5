"""Damaged or foreign files, a clock that jumps, a second owner: said, with the place.

Damage to a file may be refused when the home is opened, or named by `verify`; where neither happens
the bytes had no meaning, and every answer is what it was. Nothing is repaired silently. A body
whose key was lost reads as lost, never as erased.
"""

import random  # noqa: TID251 - which bytes to damage
import shutil
from contextlib import suppress
from dataclasses import replace

import pytest

from adyton.adapters.memory_ledger import ManualClock
from adyton.crypto.checkpoints import Checkpoint
from adyton.crypto.merkle import EMPTY_ROOT
from adyton.crypto.notes import Note
from adyton.terms import AdytonError, BodyState, Fact, Missing, Tampered, Unavailable
from tests.crash.ledger_home import LOG, open_home

TOTAL = 300
YEAR_S = 365 * 86_400


class Kept:
    """A closed home, and every answer that it gave."""

    def __init__(self, folder):
        self.folder = folder
        home = open_home(folder, publish_every_s=None)
        for at in range(TOTAL):
            home.ledger.append(
                Fact(type="a.done", public={"n": at}, body={"n": at}, body_subject=f"per_{at % 5}")
            )
        key = home.body_keys.get(home.facts.read(0, 1)[0].body.key_id)
        home.ledger.erase(key.subject, key.month)
        home.ledger.publish()
        shutil.copy(folder / "state" / "state.db-wal", folder / "wal")
        self.entries = home.ledger.entries(limit=TOTAL + 1)
        self.proofs = [home.ledger.proof(one.receipt) for one in self.entries]
        home.close()


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return Kept(tmp_path_factory.mktemp("kept"))


@pytest.fixture
def copied(kept, tmp_path):
    """Gives a fresh copy of the home."""

    def copy():
        shutil.rmtree(tmp_path / "home", ignore_errors=True)
        return shutil.copytree(kept.folder, tmp_path / "home")

    return copy


def damage(path, chance):
    """One bit, sixteen bytes, or everything from a place on; not where the file is empty."""
    data = bytearray(path.read_bytes())
    at = chance.choice([at for at, byte in enumerate(data) if byte])
    kind = chance.randrange(5)
    if kind == 0:
        data[at : at + 16] = chance.randbytes(len(data[at : at + 16]))
    elif kind == 1:
        del data[at:]
    else:
        data[at] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def told(folder, kept):
    """Whether damage was told: refused at the start, or named by `verify`. Answers are checked."""
    try:
        home = open_home(folder, publish_every_s=None)
    except (Tampered, Unavailable):
        return True
    try:
        with suppress(Tampered, Unavailable):
            problems = home.ledger.verify()
            assert answers(home, kept) or problems
            return bool(problems)
        return True
    finally:
        with suppress(Tampered, Unavailable):
            home.close()


def answers(home, kept):
    """Whether every answer is what it was. One that is not may be a body without its key alone."""
    entries = kept.entries
    with suppress(Tampered, Unavailable):
        entries = home.ledger.entries(limit=TOTAL + 1)
    for now, was in zip(entries, kept.entries, strict=True):
        assert now.body in (None, was.body)
        assert now.body_state in (BodyState.LOST, was.body_state)
        assert replace(now, body=was.body, body_state=was.body_state) == was
    for was, proof in list(zip(kept.entries, kept.proofs, strict=True))[::13]:
        with suppress(Tampered, Unavailable, Missing):
            found = home.ledger.proof(was.receipt).partition(b"\n\n")[0]
            assert found == proof.partition(b"\n\n")[0]
    return entries == kept.entries


def damage_often(copied, kept, name, times):
    chance = random.Random(name)  # noqa: S311 - no secret
    heard = 0
    for _ in range(times):
        folder = copied()
        damage(folder / "state" / name, chance)
        heard += told(folder, kept)
    return heard


@pytest.mark.parametrize("name", ["state.db", "bodykeys.db"])
def test_i4_a_damaged_database_is_told_or_answers_as_before(copied, kept, name):
    assert damage_often(copied, kept, name, 12) > 0


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ["state.db", "bodykeys.db"])
def test_i4_a_database_damaged_hundreds_of_times_is_told_or_answers_as_before(copied, kept, name):
    assert damage_often(copied, kept, name, 400) > 100


def test_i4_a_write_ahead_log_that_lost_its_end_is_an_older_store(copied):
    """The engine drops what does not check out there; the head knows of it."""
    folder = copied()
    size = (folder / "wal").stat().st_size
    (folder / "state" / "state.db").write_bytes(b"")
    shutil.copy(folder / "wal", folder / "state" / "state.db-wal")
    with (folder / "state" / "state.db-wal").open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * 64)
    with pytest.raises((Tampered, Unavailable)):
        open_home(folder, publish_every_s=None)


def trusted(folder):
    return {
        "head": folder / "head" / "main-1.head",
        "checkpoint": folder / "ledger" / "main" / "1" / "checkpoint",
        "witness": next((folder / "witness").glob("*/checkpoint")),
    }


@pytest.mark.parametrize("name", ["head", "checkpoint", "witness"])
def test_i4_a_damaged_head_checkpoint_or_witness_memory_stops_the_start(copied, name):
    folder = copied()
    path = trusted(folder)[name]
    data = path.read_bytes()
    # a witness's line is a stranger's once its name is damaged: then it is missing, not wrong
    end = data.rfind("\u2014".encode()) if name != "head" else len(data)
    for at in range(0, end, 5):
        path.write_bytes(data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :])
        with pytest.raises(Tampered, match=name):
            open_home(folder, publish_every_s=None)
    for at in range(0, len(data), 7):
        path.write_bytes(data[:at])
        with pytest.raises(Tampered, match=name):
            open_home(folder, publish_every_s=None)


@pytest.mark.parametrize("name", ["head", "checkpoint", "witness"])
def test_i4_a_head_checkpoint_or_witness_memory_of_another_log_stops_the_start(copied, name):
    folder = copied()
    if name == "head":
        trusted(folder)[name].write_bytes(b"7\n" + b"A" * 43 + b"=\n0\n")
    else:
        text = Checkpoint(origin="other.invalid/log", size=0, root=EMPTY_ROOT).to_text()
        note = Note(text=text, signatures=(LOG.sign(text),)).to_bytes()
        trusted(folder)[name].write_bytes(note)
    with pytest.raises(Tampered, match=name):
        open_home(folder, publish_every_s=None)


def test_i4_damaged_tiles_and_bundles_are_refused_or_named(copied, kept):
    chance = random.Random(3)  # noqa: S311 - no secret
    tree = kept.folder / "ledger" / "main" / "1" / "tile"
    used = ["0/000", f"0/001.p/{TOTAL + 1 - 256}", "1/000.p/1", "entries/000",
            f"entries/001.p/{TOTAL + 1 - 256}"]  # fmt: skip
    for path in used:
        assert (tree / path).is_file()
        for _ in range(2):
            folder = copied()
            damage(folder / "ledger" / "main" / "1" / "tile" / path, chance)
            assert told(folder, kept), path


def test_a_clock_that_jumps_stops_nothing_and_is_recorded_as_it_was(tmp_path):
    clock = ManualClock()
    home = open_home(tmp_path, publish_every_s=None, clock=clock)
    start = clock.now_s()
    times = []
    for jump in (0, -YEAR_S, 100 * YEAR_S, 1):
        clock.advance(start + jump - clock.now_s())
        promise = home.ledger.append(Fact(type="a.done", body={"x": 1}, body_subject="per_a"))
        home.ledger.publish()
        times.append(promise.recorded_at_s)
        assert home.ledger.entry(promise.receipt).recorded_at_s == int(start + jump)
    assert times == [int(start), int(start - YEAR_S), int(start + 100 * YEAR_S), int(start + 1)]
    assert home.ledger.verify() == ()
    home.close()
    home = open_home(tmp_path, publish_every_s=None, clock=clock)
    assert [entry.body for entry in home.ledger.entries()] == [{"x": 1}] * 4
    home.close()


def test_i4_a_second_owner_of_the_files_records_nothing(tmp_path):
    """Past the home's lock: the store itself keeps two writers apart, and so does the head."""
    first = open_home(tmp_path, publish_every_s=None)
    first.ledger.append(Fact(type="a.done"))
    first.ledger.publish()
    second = open_home(tmp_path, publish_every_s=None)
    first.ledger.append(Fact(type="b.done"))
    with pytest.raises(Unavailable, match="nothing was recorded"):
        second.ledger.append(Fact(type="c.done"))
    first.ledger.publish()
    with suppress(AdytonError):
        second.close()
    first.ledger.append(Fact(type="d.done"))
    assert first.ledger.verify() == ()
    assert [one.type for one in first.ledger.entries()] == ["a.done", "b.done", "d.done"]
    first.close()
