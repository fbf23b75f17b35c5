import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adyton.adapters.memory_ledger import SeededEntropy
from adyton.crypto import keyfile
from adyton.terms import Malformed, Refused, Secret, TooLarge

LIGHT = keyfile.Work(memory_kib=64, passes=1, lanes=1)
PASSPHRASE = Secret("correct horse")
BLOB = keyfile.seal_keyfile(
    Secret(b"private key"),
    kind="approver",
    public={"sign_public": "ab12"},
    passphrase=PASSPHRASE,
    entropy=SeededEntropy(),
    work=LIGHT,
)


def test_the_right_passphrase_opens_and_the_public_part_needs_none():
    opened = keyfile.open_keyfile(BLOB, kind="approver", passphrase=PASSPHRASE)
    assert opened.secret.reveal() == b"private key"
    assert opened.public == keyfile.read_public(BLOB, kind="approver") == {"sign_public": "ab12"}


def test_a_wrong_passphrase_is_refused():
    with pytest.raises(Refused):
        keyfile.open_keyfile(BLOB, kind="approver", passphrase=Secret("wrong horse"))


@pytest.mark.parametrize("field", ["public", "passes", "nonce", "sealed"])
def test_a_changed_field_is_refused(field: str):
    found = json.loads(BLOB)
    found[field] = {
        "public": {"sign_public": "ff"},
        "passes": 2,
        "nonce": "00" * 12,
        "sealed": "00" * 40,
    }[field]
    with pytest.raises(Refused):
        keyfile.open_keyfile(json.dumps(found).encode(), kind="approver", passphrase=PASSPHRASE)


def test_a_file_that_asks_for_all_memory_is_malformed_before_any_work():
    found = {**json.loads(BLOB), "memory_kib": 2**31}
    with pytest.raises(Malformed):
        keyfile.open_keyfile(json.dumps(found).encode(), kind="approver", passphrase=PASSPHRASE)


def test_a_key_file_of_another_kind_is_malformed():
    with pytest.raises(Malformed):
        keyfile.open_keyfile(BLOB, kind="operator", passphrase=PASSPHRASE)
    with pytest.raises(Malformed):
        keyfile.read_public(BLOB, kind="operator")


def test_a_salt_of_another_length_is_malformed():
    found = {**json.loads(BLOB), "salt": "00"}
    with pytest.raises(Malformed):
        keyfile.open_keyfile(json.dumps(found).encode(), kind="approver", passphrase=PASSPHRASE)


def test_a_short_passphrase_is_refused_when_the_file_is_made():
    with pytest.raises(Malformed):
        keyfile.seal_keyfile(
            Secret(b"x"), kind="k", public={}, passphrase=Secret("short"), entropy=SeededEntropy()
        )


def test_a_file_over_the_limit_is_not_even_parsed():
    with pytest.raises(TooLarge):
        keyfile.read_public(b" " * 100_000, kind="approver")


@given(st.binary(max_size=200))
def test_i7_hostile_bytes_are_only_ever_malformed(data: bytes):
    with pytest.raises(Malformed):
        keyfile.open_keyfile(data, kind="approver", passphrase=PASSPHRASE)


def test_the_secret_is_not_in_the_file():
    assert b"private key".hex().encode() not in BLOB
    assert b"private key" not in BLOB


def test_i8_a_passphrase_that_is_no_text_is_malformed_and_travels_in_no_error():
    strange = Secret("correct\udcff horse")
    with pytest.raises(Malformed) as caught:
        keyfile.open_keyfile(BLOB, kind="approver", passphrase=strange)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
