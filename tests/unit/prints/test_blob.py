import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adyton.prints import PrintIndex, PrintKey, answer_prints, background_prints, fingerprints
from adyton.prints.blob import BlobKind, pack, seal, unpack, unseal
from adyton.prints.places import print_text
from adyton.terms import AssetId, Malformed, Secret, Tampered, VersionId
from tests.unit.prints.prose import KEY, prose

ASSET, VERSION = AssetId("ast_a"), VersionId("ver_a")


def test_what_is_packed_comes_back():
    printed = print_text(prose("a", 120), KEY, shingles=True)
    again = unpack(pack(printed))
    assert again.length == printed.length
    for column in ("hashes", "starts", "ends"):
        assert getattr(again, column).tolist() == getattr(printed, column).tolist()


def test_the_same_text_gives_the_same_blob_and_another_key_another():
    text = prose("a", 50)
    other = PrintKey(Secret(b"another print key, 32 bytes long"))
    assert fingerprints(text, KEY) == fingerprints(text, KEY)
    assert fingerprints(text, KEY)[6:40] != fingerprints(text, other)[6:40]


def test_a_blob_without_its_key_opens_for_nobody():
    other = PrintKey(Secret(b"another print key, 32 bytes long"))
    with pytest.raises(Tampered):
        unseal(fingerprints(prose("a", 50), KEY), other)


def test_any_flipped_byte_is_seen():
    blob = fingerprints("just a few words that are here", KEY)
    for at in range(len(blob)):
        broken = bytearray(blob)
        broken[at] ^= 1
        with pytest.raises((Malformed, Tampered)):
            unseal(bytes(broken), KEY)


def test_kinds_are_not_taken_for_each_other():
    index = PrintIndex(KEY)
    with pytest.raises(Malformed):
        index.add(asset=ASSET, version=VERSION, blob=answer_prints("text", KEY))
    with pytest.raises(Malformed):
        index.exclude(fingerprints("text", KEY))
    with pytest.raises(Malformed):
        index.add_answer(asset=ASSET, copy="cpy_a", blob=background_prints(["text"], KEY))


@given(st.binary(max_size=300))
def test_i7_hostile_blobs_raise_only_malformed_or_tampered(raw):
    for blob in (raw, b"ADYP\x01\x01" + raw):
        with pytest.raises((Malformed, Tampered)):
            unseal(blob, KEY)
    with contextlib.suppress(Malformed):
        unpack(raw)


@given(st.binary(max_size=300))
def test_i7_hostile_insides_raise_only_malformed(plain):
    index = PrintIndex(KEY)
    for kind in (BlobKind.TEXT, BlobKind.FILE):
        with contextlib.suppress(Malformed):
            index.add(asset=ASSET, version=VERSION, blob=seal(kind, plain, KEY))
