"""Logs that we wrote, judged by a verifier in Go that shares no code with us."""

import shutil

import pytest

from adyton.adapters.memory_ledger import MemoryWorld
from adyton.crypto import tiles
from adyton.crypto.merkle import leaf_hash
from adyton.crypto.notes import Note
from adyton.ledger.verify import check_log
from adyton.terms import Fact
from tests.crash.ledger_home import LOG, open_home

TOTAL = 600


@pytest.fixture(scope="module")
def vkeys(tmp_path_factory):
    """The log's key, and a witness's of a type that the other verifier does not know."""
    path = tmp_path_factory.mktemp("keys") / "vkeys"
    world = MemoryWorld()
    path.write_text(f"{world.signer.key}\n{world.witness.keys()[0]}\n")
    return path


def written(world, folder):
    """The published files of a log in memory, on the disk."""
    for path, data in world.files.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def grown(total, *, note="n"):
    world = MemoryWorld()
    ledger = world.open()
    for at in range(total):
        ledger.append(Fact(type="a.done", public={note: at}, body={"at": at}))
    ledger.publish()
    return world, ledger


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 513])
def test_i4_a_log_that_we_wrote_holds(checklog, vkeys, tmp_path, size):
    world, ledger = grown(size)
    folder = written(world, tmp_path / "log")
    code, said = checklog("-sample", size, "log", vkeys, folder)
    assert (code, said) == (0, [f"{size} entries: all hold"])
    receipt = tmp_path / "receipt"
    for entry in ledger.entries(limit=size)[:: max(1, size // 7)]:
        receipt.write_bytes(ledger.proof(entry.receipt))
        said = checklog("proof", vkeys, receipt)[1]
        assert said == [f"entry {entry.index} of {size}: all hold"]


def test_i4_every_earlier_checkpoint_is_continued_as_the_log_grows(checklog, vkeys, tmp_path):
    world = MemoryWorld()
    ledger = world.open()
    kept = []
    for size in range(1, 301):
        ledger.append(Fact(type="a.done", public={"n": size}))
        if size in {1, 2, 7, 200, 255, 256, 257, 300}:
            ledger.publish()
            kept += ["-kept", tmp_path / str(size)]
            (tmp_path / str(size)).write_bytes(ledger.checkpoint())
    folder = written(world, tmp_path / "log")
    assert checklog(*kept, "log", vkeys, folder) == (0, ["300 entries: all hold"])


def test_a_log_on_a_real_disk_with_its_one_owner_holds(checklog, tmp_path):
    home = open_home(tmp_path, publish_every_s=None)
    for at in range(300):
        home.ledger.submit(Fact(type="a.done", public={"n": at}))
    home.close()
    (tmp_path / "vkeys").write_text(f"{LOG.key}\n")
    said = checklog("log", tmp_path / "vkeys", tmp_path / "ledger" / "main" / "1")
    assert said == (0, ["300 entries: all hold"])


@pytest.mark.long
@pytest.mark.timeout(300)
def test_i4_a_log_of_seventy_thousand_entries_holds_and_its_tampered_entry_is_named(
    checklog, vkeys, tmp_path
):
    world, _ = grown(70_000)
    folder = written(world, tmp_path)
    assert checklog("log", vkeys, folder) == (0, ["70000 entries: all hold"])
    path = folder / "tile/entries/200"
    path.write_bytes(path.read_bytes().replace(b'"n":51211}', b'"n":51212}'))
    assert checklog("log", vkeys, folder)[1][0].startswith("entry 51211: tampered")
    path = folder / "tile/2/000.p/1"
    path.write_bytes(b"\0" * 32)
    assert (
        "tile/2/000.p/1: is not what the tiles below it give" in checklog("log", vkeys, folder)[1]
    )


@pytest.fixture(scope="module")
def honest():
    return grown(TOTAL)[0]


@pytest.fixture
def log(honest, tmp_path):
    return written(honest, tmp_path / "log")


def flip(path, at):
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def place(log, index):
    """The bundle that holds an entry, and where the entry's own bytes begin and end."""
    path = log / tiles.tile_of(0, index // 256, TOTAL).entries_path()
    data, at = path.read_bytes(), 0
    for _ in range(index % 256):
        at += 2 + int.from_bytes(data[at : at + 2], "big")
    return path, at, at + 2 + int.from_bytes(data[at : at + 2], "big")


@pytest.mark.parametrize("index", [0, 1, 255, 256, 400, 511, 512, 599])
def test_i4_a_flipped_byte_of_an_entry_names_that_entry(checklog, vkeys, log, index):
    path, start, end = place(log, index)
    for at in (start + 2, (start + end) // 2, end - 1):
        flip(path, at)
        assert checklog("log", vkeys, log) == (
            1,
            [f"entry {index}: tampered: its bytes are not those that the checkpoint covers"],
        )
        flip(path, at)


@pytest.mark.parametrize("index", [0, 256, 599])
def test_i4_a_flipped_byte_of_a_tile_names_the_tile_and_clears_the_entry(
    checklog, vkeys, log, index
):
    tile = tiles.tile_of(0, index // 256, TOTAL)
    flip(log / tile.path(), index % 256 * 32 + 5)
    code, said = checklog("log", vkeys, log)
    assert code == 1
    assert said[0] == (
        f"{tile.path()}: tampered: the checkpoint covers entry {index} as it is, not this hash"
    )
    upper = [] if tile.width < 256 else ["tile/1/000.p/2: is not what the tiles below it give"]
    assert said[1:] == upper


def test_i4_two_entries_that_changed_places_are_both_named(checklog, vkeys, log):
    path, start, middle = place(log, 300)
    _, _, end = place(log, 301)
    data = path.read_bytes()
    path.write_bytes(data[:start] + data[middle:end] + data[start:middle] + data[end:])
    said = checklog("log", vkeys, log)[1]
    assert [one.partition(":")[0] for one in said] == ["entry 300", "entry 301"]


def test_i4_an_entry_changed_together_with_its_tile_is_seen_by_the_root(checklog, vkeys, log):
    path, start, end = place(log, 17)
    flip(path, end - 1)
    changed = leaf_hash(path.read_bytes()[start + 2 : end])
    tile = log / "tile/0/000"
    hashes = tile.read_bytes()
    tile.write_bytes(hashes[: 17 * 32] + changed + hashes[18 * 32 :])
    code, said = checklog("log", vkeys, log)
    assert code == 1
    assert said == [
        "checkpoint: its root is not that of the entries",
        "tile/1/000.p/2: is not what the tiles below it give",
    ]


def truncated_bundle(log):
    path = log / "tile/entries/001"
    path.write_bytes(path.read_bytes()[:-1])
    return "tile/entries/001: ends inside entry 511"


def dropped_tail(log):
    path, start, _ = place(log, 590)
    path.write_bytes(path.read_bytes()[:start])
    return "tile/entries/002.p/88: holds 78 entries instead of 88"


def missing_bundle(log):
    (log / "tile/entries/000").unlink()
    return "tile/entries/000: is missing"


def missing_tile(log):
    (log / "tile/0/001").unlink()
    return "tile/0/001: is missing"


def missing_upper_tile(log):
    (log / "tile/1/000.p/2").unlink()
    return "tile/1/000.p/2: is missing"


def cut_tile(log):
    path = log / "tile/0/001"
    path.write_bytes(path.read_bytes()[:-1])
    return "tile/0/001: does not hold 256 hashes"


def flipped_checkpoint(log):
    path = log / "checkpoint"
    path.write_bytes(path.read_bytes().replace(b"\n600\n", b"\n599\n"))
    return "checkpoint: invalid signature for key "


def unsigned_checkpoint(log):
    path = log / "checkpoint"
    kept = path.read_bytes().split("\u2014".encode())
    path.write_bytes("\u2014".encode().join([kept[0], kept[2]]))
    return "checkpoint: note has no verifiable signatures"


def checkpoint_of_another_log(log):
    world = MemoryWorld()
    text = (log / "checkpoint").read_text().partition("\n\n")[0] + "\n"
    text = text.replace(world.signer.key.name, "other.invalid/log")
    note = Note(text=text, signatures=(world.signer.sign(text),))
    (log / "checkpoint").write_bytes(note.to_bytes())
    return "checkpoint: is of another log: other.invalid/log"


DAMAGE = [
    truncated_bundle, dropped_tail, missing_bundle, missing_tile, missing_upper_tile, cut_tile,
    flipped_checkpoint, unsigned_checkpoint, checkpoint_of_another_log,
]  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda one: one.__name__)
def test_i4_damage_is_found_and_its_file_named(checklog, vkeys, log, damage):
    expected = damage(log)
    code, said = checklog("log", vkeys, log)
    assert code == 1
    assert said[0].startswith(expected)


def test_i4_every_byte_of_the_last_files_matters_to_both_verifiers(checklog, vkeys, tmp_path):
    """No byte of a small log can change without the one and the other noticing."""
    world, _ = grown(3)
    log = written(world, tmp_path / "log")
    for path in ("checkpoint", "tile/0/000.p/3", "tile/entries/000.p/3"):
        data = world.files.files[path]
        # the witness's line is of a type that the other verifier passes over
        end = data.rfind("\u2014".encode()) if path == "checkpoint" else len(data)
        for at in range(0, end, 3):
            world.files.files[path] = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
            (log / path).write_bytes(world.files.files[path])
            # of the letter before "=" Go's base64 reads the upper bits and passes over the rest
            loose = path == "checkpoint" and data[at + 1 : at + 2] == b"="
            assert loose or checklog("log", vkeys, log)[0] == 1, (path, at)
            assert check_log(world.files, log_key=world.signer.key) != (), (path, at)
        world.files.files[path] = data
        (log / path).write_bytes(data)
    assert checklog("log", vkeys, log)[0] == 0


def test_i4_a_log_rewritten_with_the_stolen_key_is_caught_by_a_kept_checkpoint_alone(
    checklog, vkeys, log, tmp_path
):
    other = written(grown(TOTAL, note="m")[0], tmp_path / "other")
    kept = log / "checkpoint"
    assert checklog("log", vkeys, other)[0] == 0
    assert checklog("-kept", kept, "log", vkeys, other) == (
        1,
        [f"{kept}: knows other entries: the log was rewritten"],
    )


def test_i4_a_log_put_back_is_caught_by_a_kept_checkpoint_alone(checklog, vkeys, log, tmp_path):
    older = written(grown(TOTAL - 1)[0], tmp_path / "older")
    kept = log / "checkpoint"
    assert checklog("log", vkeys, older)[0] == 0
    assert checklog("-kept", kept, "log", vkeys, older) == (
        1,
        [f"{kept}: knows more entries: the log was cut or rolled back"],
    )


def test_a_receipt_with_another_entry_is_refused(checklog, vkeys, tmp_path):
    _, ledger = grown(20)
    one, two = ledger.entries()[7:9]
    proof, other = ledger.proof(one.receipt), ledger.proof(two.receipt)
    line = other.split(b"\n")[1]
    path = tmp_path / "receipt"
    path.write_bytes(proof.replace(proof.split(b"\n")[1], line))
    assert checklog("proof", vkeys, path)[0] == 1
    path.write_bytes(proof.replace(b"index 7", b"index 20"))
    assert checklog("proof", vkeys, path) == (1, ["entry 20: lies beyond the tree"])


def test_a_real_log_of_somebody_else_holds_at_every_size(published, checklog, tmp_path):
    theirs = published("tessera-log")
    kept = []
    for size in range(1, 16):
        log = shutil.copytree(theirs / "log", tmp_path / str(size))
        shutil.copy(log / f"checkpoint.{size}", log / "checkpoint")
        kept += ["-kept", log / "checkpoint"]
        found = checklog(*kept, "log", theirs / "log.vkey", log)
        assert found == (0, [f"{size} entries: all hold"])
