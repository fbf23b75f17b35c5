"""Our own vectors of what others may read: each is judged as its folder says."""

from pathlib import Path

import pytest

from adyton.crypto import tiles
from adyton.crypto.checkpoints import open_checkpoint
from adyton.crypto.notes import open_note, parse_vkey
from adyton.crypto.tlogproof import check_proof, parse_proof
from adyton.terms.errors import Malformed, Tampered

HERE = Path(__file__).parent
REFUSED = {"malformed": Malformed, "tampered": Tampered}


def keys(kind):
    return [parse_vkey(line) for line in (HERE / kind / "vkeys").read_text().splitlines()]


def open_as_note(data, _name):
    open_note(data, keys("notes"))


def open_as_checkpoint(data, _name):
    log, *others = keys("checkpoints")
    open_checkpoint(data, log=log, witnesses=others)


def open_as_proof(data, _name):
    log, *others = keys("proofs")
    proof = parse_proof(data)
    check_proof(proof, entry=proof.extra or b"", log=log, witnesses=others)


def open_as_bundle(data, name):
    tiles.split_entries(data, width=int(name.split("_")[0]), what=name)


def open_as_tile(data, name):
    tiles.split_hashes(data, width=int(name.split("_")[0]), what=name)


KINDS = {
    "notes": open_as_note,
    "checkpoints": open_as_checkpoint,
    "proofs": open_as_proof,
    "bundles": open_as_bundle,
    "tiles": open_as_tile,
}
CASES = [
    path.relative_to(HERE).as_posix()
    for kind in KINDS
    for path in sorted((HERE / kind).rglob("*"))
    if path.is_file() and path.name != "vkeys"
]


@pytest.mark.parametrize("case", CASES)
def test_i7_a_vector_is_judged_as_its_folder_says(case):
    kind, verdict, name = case.split("/")
    data = (HERE / case).read_bytes()
    if verdict == "accepted":
        KINDS[kind](data, name)
        return
    with pytest.raises(REFUSED[verdict]) as caught:
        KINDS[kind](data, name)
    assert caught.type in {REFUSED[verdict], *REFUSED[verdict].__subclasses__()}
    if kind in {"bundles", "tiles"}:
        assert name in caught.value.message  # the place


def test_there_are_vectors_of_every_kind():
    counted = {kind: sum(case.startswith(kind) for case in CASES) for kind in KINDS}
    assert min(counted.values()) >= 9
