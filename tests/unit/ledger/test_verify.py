"""`verify` names what is wrong, entry by entry and file by file."""

from dataclasses import replace

import pytest

from adyton.adapters.memory_ledger import MemoryFiles, MemoryWorld
from adyton.crypto import merkle, tiles
from adyton.crypto.checkpoints import Checkpoint
from adyton.crypto.notes import Note, Signer
from adyton.ledger.envelope import Envelope
from adyton.ledger.verify import check_log
from adyton.terms import Fact, Row, Tampered

TOTAL = 600


@pytest.fixture(scope="module")
def world():
    world = MemoryWorld()
    ledger = world.open()
    for at in range(TOTAL):
        ledger.append(Fact(type="a.done", public={"n": at}, body={"x": "y"}))
    ledger.publish()
    return world


def check(world, files, **more):
    copied = MemoryFiles()
    copied.files = files
    return [
        str(one)
        for one in check_log(
            copied,
            log_key=world.signer.key,
            witness_keys=world.witness.keys(),
            head=more.pop("head", world.head.head),
            **more,
        )
    ]


def test_an_honest_log_has_no_problem(world):
    assert check(world, world.files.files) == []


def needed(world):
    wanted = {"checkpoint"}
    for tile in tiles.tiles_of(TOTAL):
        wanted.add(tile.path())
        if tile.level == 0:
            wanted.add(tile.entries_path())
    return wanted & world.files.files.keys()


def test_each_file_of_the_log_is_missed(world):
    for path in needed(world):
        files = dict(world.files.files)
        del files[path]
        assert any(problem.startswith(path) for problem in check(world, files)), path


def test_a_changed_byte_anywhere_is_found_and_named(world):
    for path in needed(world):
        data = world.files.files[path]
        for at in {0, len(data) // 3, len(data) - 1}:
            files = dict(world.files.files)
            files[path] = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
            found = check(world, files)
            assert found, (path, at)
            assert path in found[0] or found[0].startswith("entry "), found[0]


def test_an_edited_entry_is_named_by_its_index(world):
    files = dict(world.files.files)
    path = "tile/entries/001"
    files[path] = files[path].replace(b'"n":300}', b'"n":301}')
    found = check(world, files)
    assert found[0].startswith("entry 300: its bytes are not those")
    assert any(problem.startswith("checkpoint: its root") for problem in found)


def test_without_a_witness_line_the_checkpoint_is_not_enough(world):
    files = dict(world.files.files)
    text = files["checkpoint"].decode().partition("\n\n")[0] + "\n"
    note = Note(text=text, signatures=(world.signer.sign(text),))
    files["checkpoint"] = note.to_bytes()
    assert check(world, files) == ["checkpoint: is not cosigned by a witness that it needs"]


def test_a_kept_checkpoint_that_is_none_is_a_problem_of_its_own(world):
    assert check(world, world.files.files, kept={"mail": b"nonsense"})[0].startswith("mail: ")


def forged(signer, entries):
    """A log with right tiles and a right signature over whatever entries."""
    leaves = [merkle.leaf_hash(entry) for entry in entries]
    text = Checkpoint(
        origin=signer.key.name, size=len(entries), root=merkle.root_of(leaves)
    ).to_text()
    files = MemoryFiles()
    files.files = {
        f"tile/entries/000.p/{len(entries)}": tiles.join_entries(entries),
        f"tile/0/000.p/{len(entries)}": tiles.join_hashes(leaves),
        "checkpoint": Note(text=text, signatures=(signer.sign(text),)).to_bytes(),
    }
    return [str(one) for one in check_log(files, log_key=signer.key)]


def envelope(counter, previous, **change):
    fields = {
        "type": "a.done", "log": "main", "epoch": 1, "writer": "owner", "counter": counter,
        "previous": previous, "time_s": 1, "receipt": f"rct_{counter}", "subjects": (),
        "public": {}, "commitment": "",
    }  # fmt: skip
    return Envelope(**(fields | change)).to_bytes()


FIRST = envelope(0, "")
SECOND = envelope(1, merkle.leaf_hash(FIRST).hex())
SIGNED_BUT_WRONG = {
    "gap": ([FIRST, envelope(2, merkle.leaf_hash(FIRST).hex())], "entry 1: breaks its writer's"),
    "chain": ([FIRST, envelope(1, "00" * 32)], "entry 1: does not continue"),
    "late_start": ([envelope(1, "")], "entry 0: breaks its writer's counter"),
    "other_log": ([envelope(0, "", log="other")], "entry 0: belongs to another log"),
    "other_epoch": ([envelope(0, "", epoch=2)], "entry 0: belongs to another log"),
    "spaces": ([FIRST.replace(b":", b": ", 1)], "entry 0: an entry is not in canonical"),
    "no_json": ([b"hello"], "entry 0: an entry is not plain JSON"),
    "no_envelope": ([b"{}"], "entry 0: an entry does not have the fields"),
    "wrong_type": ([FIRST.replace(b'"time":1', b'"time":"1"')], "entry 0: an entry has a field"),
    "version": ([FIRST.replace(b'"v":1', b'"v":2')], "entry 0: an entry is of another version"),
}


@pytest.mark.parametrize(("entries", "problem"), SIGNED_BUT_WRONG.values(), ids=SIGNED_BUT_WRONG)
def test_a_signed_log_with_wrong_entries_is_not_good(entries, problem):
    signer = Signer(name="log.invalid", seed=b"l" * 32)
    assert forged(signer, [FIRST, SECOND]) == []
    assert any(found.startswith(problem) for found in forged(signer, entries))


def row_of(entry, _state):
    if entry.type == "a.done":
        yield Row(table="done", key=str(entry.public["n"]), data={"n": entry.public["n"]})


@pytest.fixture
def small():
    """A log of 300 facts, each with a row, open and published."""
    world = MemoryWorld()
    world.ledger = world.open([row_of])
    for at in range(300):
        world.ledger.append(Fact(type="a.done", public={"n": at}))
    world.ledger.publish()
    assert world.ledger.verify() == ()
    return world


def problems(world):
    return [str(one) for one in world.ledger.verify()]


@pytest.mark.parametrize("at", [0, 255, 256, 299])
def test_i4_an_entry_edited_in_the_store_alone_is_found_and_named(small, at):
    one = small.facts.facts[at]
    changed = one.data.replace(f'"n":{at}}}'.encode(), b'"n":7777}')
    small.facts.facts[at] = replace(one, data=changed)
    assert problems(small) == [f"entry {at}: the fact store holds another one"]


def test_i4_two_facts_kept_under_each_others_receipt_are_found_and_prove_nothing(small):
    one, two = small.facts.facts[3:5]
    small.facts.facts[3] = replace(one, receipt=two.receipt)
    small.facts.facts[4] = replace(two, receipt=one.receipt)
    what = "is kept under a receipt that is not its own"
    assert problems(small) == [f"entry 3: {what}", f"entry 4: {what}"]
    small.facts._receipts = {fact.receipt: fact.index for fact in small.facts.facts}
    for ask in (small.ledger.proof, small.ledger.entry):
        with pytest.raises(Tampered, match="under another receipt"):
            ask(one.receipt)


@pytest.mark.parametrize("damaged", ["tile", "store"])
def test_no_receipt_leaves_that_its_holder_would_find_to_be_false(small, damaged):
    entries = small.ledger.entries()
    assert small.ledger.proof(entries[6].receipt)
    if damaged == "tile":
        tile = small.files.files["tile/0/000"]
        small.files.files["tile/0/000"] = tile[: 7 * 32] + bytes(32) + tile[8 * 32 :]
    else:
        one = small.facts.facts[6]
        small.facts.facts[6] = replace(one, data=one.data.replace(b'"n":6}', b'"n":7}'))
    with pytest.raises(Tampered, match="entry 6"):
        small.ledger.proof(entries[6].receipt)


@pytest.mark.parametrize(
    "row",
    [
        Row(table="done", key="5", data={"n": 6}),
        Row(table="done", key="5", data=None),
        Row(table="done", key="planted", data={"n": 1}),
    ],
    ids=["changed", "removed", "planted"],
)
def test_i4_a_row_that_does_not_follow_from_the_facts_is_found(small, row):
    small.facts._state.write([row])
    assert problems(small) == ["table done: 1 rows do not follow from the facts: rebuild the state"]
