"""Where Go refuses, we refuse: what is believed here would be believed outside."""

import json
import random  # noqa: TID251 - which bytes to damage
from pathlib import Path

import pytest

from adyton.crypto.checkpoints import open_checkpoint
from adyton.crypto.notes import ED25519, VerifierKey, open_note, parse_vkey
from adyton.crypto.tlogproof import check_proof, parse_proof
from adyton.terms.errors import Malformed, Tampered

VECTORS = Path(__file__).parents[1] / "vectors"
DAMAGED = 3000


def verdicts(lines):
    """What it says of each file: True if it was accepted."""
    return {name: word == "accepted" for word, name in (line.split() for line in lines)}


def known(kind):
    return [parse_vkey(line) for line in (VECTORS / kind / "vkeys").read_text().splitlines()]


def as_note(data, keys):
    open_note(data, keys)


def as_checkpoint(data, keys):
    open_checkpoint(data, log=keys[0], witnesses=keys[1:])


def as_proof(data, keys):
    proof = parse_proof(data)
    check_proof(proof, entry=proof.extra or b"", log=keys[0], witnesses=keys[1:])


OURS = {"notes": as_note, "checkpoints": as_checkpoint, "proofs": as_proof}
# What Go lets pass and we do not, by kind. Nothing stands the other way round.
STRICTER = {
    "notes": {
        "malformed/delete_in_a_name",
        "malformed/surplus_bits_in_the_base64",
        "malformed/zero_width_space_in_a_name",
        # a witness's key, of a type that Go passes over
        "tampered/cosignature_at_another_time",
        "tampered/cosignature_shorter_than_its_time",
        "tampered/cosignature_without_its_time",
    },
    "checkpoints": set(),
    "proofs": set(),
}


def accepted(kind, data, keys):
    try:
        OURS[kind](data, keys)
    except (Malformed, Tampered):
        return False
    return True


@pytest.mark.parametrize("kind", OURS)
def test_i4_our_vectors_are_judged_by_go_as_by_us(checklog, kind):
    code, said = checklog(kind, VECTORS / kind / "vkeys", VECTORS / kind)
    theirs = verdicts(said)
    del theirs["vkeys"]
    ours = {name: name.startswith("accepted/") for name in theirs}
    assert code == 0
    assert len(theirs) > 30
    assert {name for name in theirs if theirs[name] and not ours[name]} == STRICTER[kind]
    assert {name for name in theirs if ours[name] and not theirs[name]} == set()


def damaged(data, chance):
    """A few bytes changed, doubled, lost or moved."""
    found = bytearray(data)
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        at, end = sorted(chance.randrange(len(found) + 1) for _ in range(2))
        kind = chance.randrange(6)
        if kind == 0 and at < len(found):
            found[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            found[at:at] = chance.choice([b"\n", b" ", b"=", b"+", b"\0", b"\xc2\xa0", b"\n\n"])
        elif kind == 2:
            del found[at : min(end, at + 3)]
        elif kind == 3:
            found[at:at] = found[at:end][:200]
        elif kind == 4:
            lines = bytes(found).split(b"\n")
            one, two = chance.randrange(len(lines)), chance.randrange(len(lines))
            lines[one], lines[two] = lines[two], lines[one]
            found[:] = b"\n".join(lines)
        else:
            del found[max(1, end) :]
    return bytes(found)


@pytest.mark.parametrize("kind", OURS)
def test_i4_nothing_damaged_is_accepted_by_us_and_refused_by_go(checklog, tmp_path, kind):
    chance = random.Random(kind)  # noqa: S311 - no secret
    # a known key of a type that Go does not know would make us the stricter one everywhere
    keys = [key for key in known(kind) if key.algorithm == ED25519]
    seeds = [path.read_bytes() for path in sorted((VECTORS / kind / "accepted").iterdir())]
    mine = {}
    for number in range(DAMAGED):
        data = damaged(chance.choice(seeds), chance)
        (tmp_path / str(number)).write_bytes(data)
        mine[str(number)] = accepted(kind, data, keys)
    theirs = verdicts(checklog(kind, VECTORS / kind / "vkeys", tmp_path)[1])
    assert {name for name in mine if mine[name] and not theirs[name]} == set()
    # damage that hits a stranger's line, or nothing at all, leaves the note good: both say so
    both = sum(mine[name] and theirs[name] for name in mine)
    assert 0 < both < DAMAGED / 2


def test_edge_cases_of_ed25519_are_judged_by_go_as_by_us(checklog, published):
    path = published("signed-note-vectors") / "ed25519vectors.json"
    theirs = verdicts(checklog("ed25519", path)[1])
    ours = {
        str(case["number"]): VerifierKey(
            name="x", algorithm=ED25519, public=bytes.fromhex(case["key"])
        ).holds(case["msg"], bytes.fromhex(case["sig"]))
        for case in json.loads(path.read_bytes())
    }
    assert len(ours) == 914
    assert ours == theirs
    assert sum(ours.values()) == 208
