"""ML-DSA-44: published vectors, the exact message of tlog-cosignature, and what it covers."""

import base64
import json

import pytest

from adyton.crypto import merkle
from adyton.crypto.mldsa import cosigned_message, mldsa_holds, mldsa_key
from adyton.crypto.notes import (
    MLDSA44,
    Note,
    Signature,
    Signer,
    VerifierKey,
    open_note,
    parse_skey,
    parse_vkey,
)
from adyton.terms.errors import Malformed, Tampered

ROOT = base64.b64encode(bytes(range(32))).decode()
TEXT = f"log.invalid/main\n20852163\n{ROOT}\n"
TIME_S = 1_679_315_147
PQ = Signer(name="witness.invalid/w", seed=b"q" * 32, algorithm=MLDSA44)


def note(line, text=TEXT):
    return Note(text=text, signatures=(line,)).to_bytes()


def test_the_published_vectors_hold(published):
    groups = json.loads(published("wycheproof/mldsa_44_verify_test.json").read_text())
    cases = [
        (group["publicKey"], one)
        for group in groups["testGroups"]
        for one in group["tests"]
        if "ctx" not in one  # notes have no context string
    ]
    wrong = [
        one["tcId"]
        for public, one in cases
        if mldsa_holds(bytes.fromhex(public), bytes.fromhex(one["sig"]), bytes.fromhex(one["msg"]))
        != (one["result"] == "valid")
    ]
    assert len(cases) == 172
    assert wrong == []


def test_the_message_is_that_of_the_specification():
    assert cosigned_message(TEXT, cosigner="witness.invalid/w", time_s=TIME_S) == (
        b"subtree/v1\n\x00"
        b"\x11witness.invalid/w" + TIME_S.to_bytes(8, "big") + b"\x10log.invalid/main"
        b"\x00\x00\x00\x00\x00\x00\x00\x00" + (20852163).to_bytes(8, "big") + bytes(range(32))
    )


def test_a_line_is_a_time_and_a_signature_over_that_message():
    line = PQ.cosign(TEXT, time_s=TIME_S)
    assert len(line.signature) == 8 + 2420
    assert line.signature[:8] == TIME_S.to_bytes(8, "big")
    message = cosigned_message(TEXT, cosigner=PQ.key.name, time_s=TIME_S)
    assert mldsa_holds(PQ.key.public, line.signature[8:], message)
    assert open_note(note(line), [PQ.key]).signers == (PQ.key,)


def test_keys_are_written_with_type_6_and_read_again():
    assert len(PQ.key.public) == 1312
    assert parse_vkey(str(PQ.key)) == PQ.key
    assert parse_skey(PQ.to_skey()).key == PQ.key
    short = VerifierKey(name="x", algorithm=MLDSA44, public=PQ.key.public[:-1])
    with pytest.raises(Malformed):
        parse_vkey(str(short))


def test_a_text_with_more_lines_is_not_taken_for_signed():
    """The signature covers three lines: an extension line would ride along unsigned."""
    line = PQ.cosign(TEXT, time_s=TIME_S)
    with pytest.raises(Tampered):
        open_note(note(line, f"{TEXT}extension\n"), [PQ.key])
    with pytest.raises(Malformed):
        PQ.cosign(f"{TEXT}extension\n", time_s=TIME_S)


OTHERS = {
    "origin": TEXT.replace("main", "mine"),
    "size": TEXT.replace("20852163", "20852164"),
    "root": TEXT.replace("AAEC", "AAED"),
    "no checkpoint": "hello\n",
}


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
def test_a_cosignature_holds_for_no_other_text(text):
    with pytest.raises(Tampered):
        open_note(note(PQ.cosign(TEXT, time_s=TIME_S), text), [PQ.key])


def test_a_cosignature_holds_for_no_other_name_time_or_bytes():
    good = PQ.cosign(TEXT, time_s=TIME_S).signature
    other = Signer(name="witness.invalid/x", seed=b"q" * 32, algorithm=MLDSA44)
    assert PQ.key.public == other.key.public
    changed = [good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :] for at in range(0, 2428, 97)]
    cut = [good[:-1], good + b"\0", good[:8], b"", good[8:]]
    assert [one for one in (*changed, *cut) if PQ.key.holds(TEXT, one)] == []
    assert not other.key.holds(TEXT, good)


def test_at_time_zero_nothing_is_said_of_the_largest_tree():
    assert not PQ.key.holds(TEXT, PQ.cosign(TEXT, time_s=0).signature)
    assert not PQ.key.holds(TEXT, PQ.cosign(TEXT, time_s=2**63).signature)


def test_names_that_do_not_fit_are_malformed():
    with pytest.raises(Malformed):
        cosigned_message(TEXT, cosigner="w" * 256, time_s=1)
    with pytest.raises(Malformed):
        cosigned_message(TEXT.replace("log", "l" * 256), cosigner="w", time_s=1)


def test_a_checkpoint_of_an_empty_tree_can_be_cosigned():
    text = f"log.invalid\n0\n{base64.b64encode(merkle.EMPTY_ROOT).decode()}\n"
    line = PQ.cosign(text, time_s=1)
    assert PQ.key.holds(text, line.signature)


def test_a_key_is_the_same_for_the_same_seed():
    raw = mldsa_key(b"q" * 32).public_key().public_bytes_raw()
    assert raw == PQ.key.public


def test_a_line_that_is_no_cosignature_spoils_the_note():
    line = Signature(name=PQ.key.name, key_id=PQ.key.key_id, signature=b"x")
    with pytest.raises(Tampered):
        open_note(note(line), [PQ.key])
