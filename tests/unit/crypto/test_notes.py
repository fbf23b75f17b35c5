import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adyton.crypto.notes import (
    COSIGNATURE,
    ED25519,
    MAX_SIGNATURES,
    Note,
    Signature,
    Signer,
    VerifierKey,
    open_note,
    parse_note,
    parse_signature_lines,
    parse_skey,
    parse_vkey,
)
from adyton.terms.errors import Malformed, Tampered, TooLarge

TEXT = "If you think this is a log,\nyou are right.\n"
ALICE = Signer(name="log.invalid/alice", seed=b"a" * 32)
BOB = Signer(name="log.invalid/bob", seed=b"b" * 32)
WITNESS = Signer(name="witness.invalid", seed=b"w" * 32, algorithm=COSIGNATURE)


def signed(*signers, text=TEXT):
    return Note(text=text, signatures=tuple(one.sign(text) for one in signers)).to_bytes()


def test_a_note_opens_with_the_keys_that_signed_it():
    note = open_note(signed(ALICE, BOB), [BOB.key, ALICE.key])
    assert set(note.signers) == {ALICE.key, BOB.key}
    assert note.to_bytes() == signed(ALICE, BOB)


def test_lines_of_strangers_are_ignored():
    assert open_note(signed(BOB, ALICE), [ALICE.key]).signers == (ALICE.key,)


def test_a_note_that_no_known_key_signed_is_tampered():
    with pytest.raises(Tampered, match="no known key"):
        open_note(signed(BOB), [ALICE.key])


def test_a_bad_signature_of_a_known_key_spoils_the_note_though_another_is_good():
    forged = Signature(name=BOB.key.name, key_id=BOB.key.key_id, signature=b"\0" * 64)
    bad = Note(text=TEXT, signatures=(ALICE.sign(TEXT), forged)).to_bytes()
    with pytest.raises(Tampered, match="does not verify"):
        open_note(bad, [ALICE.key, BOB.key])


def test_every_changed_byte_is_noticed():
    data = signed(ALICE)
    for at in range(len(data)):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        with pytest.raises((Malformed, Tampered)):
            open_note(changed, [ALICE.key])


def test_sixteen_and_more_signatures_are_read():
    signers = [Signer(name=f"s{at}.invalid", seed=bytes([at]) * 32) for at in range(MAX_SIGNATURES)]
    note = open_note(signed(*signers), [one.key for one in signers])
    assert len(note.signers) == MAX_SIGNATURES
    with pytest.raises(TooLarge):
        parse_note(signed(*signers, ALICE))


def test_a_doubled_line_counts_once():
    assert open_note(signed(ALICE, ALICE), [ALICE.key]).signers == (ALICE.key,)


BROKEN = {
    "cut": lambda data: data[:-1],
    "no_gap": lambda data: data.replace(b"\n\n", b"\n"),
    "tab": lambda data: data.replace(b"right", b"ri\tht"),
    "zero": lambda data: data.replace(b"right", b"ri\x00ht"),
    "carriage_return": lambda data: data.replace(b"right", b"ri\r\nht"),
    "no_utf8": lambda data: data.replace(b"right", b"ri\xffht"),
    "hyphen": lambda data: data.replace("—".encode(), b"-"),
    "line_too_many": lambda data: data + b"\n",
    "plus_in_name": lambda data: data.replace(b"alice ", b"al+ce "),
    "space_in_name": lambda data: data.replace(b"alice ", b"al\xc2\xa0ce "),
    "no_name": lambda data: data.replace(b"log.invalid/alice ", b" "),
    "no_base64": lambda data: data[:-3] + b"*=\n",
    "empty": lambda _: b"",
    "short_signature": lambda _: "text\n\n— name AAAA\n".encode(),
}


@pytest.mark.parametrize("damage", BROKEN.values(), ids=BROKEN)
def test_what_is_not_a_note_is_malformed(damage):
    with pytest.raises(Malformed):
        parse_note(damage(signed(ALICE)))


def test_a_note_over_its_limit_is_too_large():
    with pytest.raises(TooLarge):
        parse_note(signed(ALICE, text="x" * 1_000_000 + "\n"))


def test_base64_has_one_form():
    """Two texts that decode to the same bytes would be two notes with one meaning."""
    line = str(ALICE.sign(TEXT)).rstrip("\n")
    assert line.endswith("=")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    pad = len(line) - len(line.rstrip("="))
    last = line[-pad - 1]
    other = line[: -pad - 1] + alphabet[alphabet.index(last) ^ 1] + "=" * pad
    with pytest.raises(Malformed):
        parse_note(f"{TEXT}\n{other}\n".encode())


def test_a_cosignature_covers_time_and_text():
    line = WITNESS.cosign(TEXT, time_s=1_800_000_000)
    assert WITNESS.key.holds(TEXT, line.signature)
    later = (1_800_000_001).to_bytes(8, "big") + line.signature[8:]
    assert not WITNESS.key.holds(TEXT, later)
    assert not WITNESS.key.holds(TEXT + "more\n", line.signature)
    assert not WITNESS.key.holds(TEXT, b"short")


def test_a_plain_signature_is_no_cosignature():
    same = Signer(name="x", seed=b"w" * 32, algorithm=ED25519)
    assert not WITNESS.key.holds(TEXT, b"\0" * 8 + same.sign(TEXT).signature)


def test_keys_are_written_and_read_back():
    for signer in (ALICE, WITNESS):
        assert parse_vkey(str(signer.key)) == signer.key
        again = parse_skey(signer.to_skey())
        assert again.key == signer.key
        assert again.sign(TEXT) == signer.sign(TEXT)


@pytest.mark.parametrize("at", range(len(str(ALICE.key))))
def test_every_changed_character_of_a_key_is_noticed(at):
    text = str(ALICE.key)
    changed = text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]
    with pytest.raises(Malformed):
        parse_vkey(changed)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u2003b", "a\nb"], ids=repr)
def test_names_with_spaces_or_plus_are_refused(name):
    with pytest.raises(Malformed):
        Signer(name=name, seed=b"a" * 32)


def test_a_key_of_an_unknown_type_is_malformed():
    other = VerifierKey(name="x", algorithm=0x7F, public=b"p" * 32)
    with pytest.raises(Malformed):
        parse_vkey(str(other))
    with pytest.raises(Malformed):
        parse_skey(str(ALICE.key))


def test_signature_lines_alone_are_read():
    lines = f"{WITNESS.cosign(TEXT, time_s=1)}{ALICE.sign(TEXT)}".encode()
    assert [one.name for one in parse_signature_lines(lines)] == [
        WITNESS.key.name,
        ALICE.key.name,
    ]
    for bad in (b"", b"\n", lines[:-1], b"\xff\n"):
        with pytest.raises(Malformed):
            parse_signature_lines(bad)


def test_edge_cases_of_ed25519_are_judged_as_by_go_and_openssl(published):
    cases = json.loads((published("signed-note-vectors") / "ed25519vectors.json").read_bytes())
    accepted = 0
    for case in cases:
        key = VerifierKey(name="x", algorithm=ED25519, public=bytes.fromhex(case["key"]))
        good = key.holds(case["msg"], bytes.fromhex(case["sig"]))
        flags = set(case["flags"] or [])
        assert good == (not flags & {"non_canonical_R", "low_order_residue"}), case["number"]
        accepted += good
    assert (len(cases), accepted) == (914, 208)


@given(st.binary(max_size=300))
def test_i7_any_bytes_give_a_note_or_malformed(data):
    try:
        note = parse_note(data)
    except Malformed:
        return
    assert note.to_bytes() == data


def test_a_second_line_of_a_known_key_is_dropped():
    """Nobody verified it: what it says of time must not be believed."""
    signer = Signer(name="w.invalid", seed=b"w" * 32, algorithm=COSIGNATURE)
    text = "log.invalid\n1\nAAAA\n"
    first = signer.cosign(text, time_s=1000)
    second = Signature(name=first.name, key_id=first.key_id, signature=b"\0" * 72)
    opened = open_note(Note(text=text, signatures=(first, second)).to_bytes(), (signer.key,))
    assert opened.signatures == (first,)
