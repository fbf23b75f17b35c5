import hashlib
import json
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adyton.crypto import parts
from adyton.crypto.parts import CHUNK_BYTES, PartReader, PartWriter
from adyton.terms import AdytonError, Malformed, Tampered

KEY = bytes(range(32))
CONTEXT = b"file 1, part 0"
SIZES = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 100_000]


def plain(size: int) -> bytes:
    return hashlib.shake_128(b"plain").digest(size)


def seal(data: bytes, *, key: bytes = KEY, context: bytes = CONTEXT) -> bytes:
    writer = PartWriter(key=key, context=context)
    return writer.update(data) + writer.finish()


def reader(sealed: bytes, *, key: bytes = KEY, context: bytes = CONTEXT) -> PartReader:
    return PartReader(
        key=key,
        context=context,
        sealed_bytes=len(sealed),
        read_at=lambda offset, length: sealed[offset : offset + length],
    )


@pytest.mark.parametrize("size", SIZES)
def test_the_range_reader_opens_what_the_native_class_wrote(size: int):
    sealed = seal(plain(size))
    assert len(sealed) == parts.sealed_size(size)
    opened = reader(sealed)
    assert opened.size_bytes == size
    assert opened.read(0, size) == plain(size)


@given(st.integers(0, 100_000), st.integers(0, 100_000))
def test_any_range_equals_the_same_slice_of_the_whole(one: int, other: int):
    start, end = sorted((one, other))
    assert OPENED.read(start, end) == plain(100_000)[start:end]


SEALED = seal(plain(100_000))
OPENED = reader(SEALED)


def test_a_range_outside_the_part_is_malformed():
    for start, end in [(-1, 5), (5, 4), (0, 100_001)]:
        with pytest.raises(Malformed):
            OPENED.read(start, end)


@pytest.mark.parametrize(
    "length",
    [0, 10, 56, 71, len(SEALED) - 1, len(SEALED) - 20_000, 56 + 16_400, len(SEALED) + 1],
)
def test_v1_a_truncated_or_longer_part_is_refused_at_once(length: int):
    with pytest.raises(Tampered):
        reader((SEALED + b"x")[:length])


def test_v1_swapped_chunks_are_refused():
    chunk = parts.SEALED_CHUNK_BYTES
    head, first, second = SEALED[:56], SEALED[56 : 56 + chunk], SEALED[56 + chunk : 56 + 2 * chunk]
    swapped = reader(head + second + first + SEALED[56 + 2 * chunk :])
    with pytest.raises(Tampered):
        swapped.read(0, 10)


def test_a_changed_chunk_spoils_no_other():
    broken = bytearray(SEALED)
    broken[60] ^= 1
    opened = reader(bytes(broken))
    with pytest.raises(Tampered):
        opened.read(0, 1)
    assert (
        opened.read(CHUNK_BYTES, 2 * CHUNK_BYTES) == plain(100_000)[CHUNK_BYTES : 2 * CHUNK_BYTES]
    )


@pytest.mark.parametrize(
    ("key", "context"), [(bytes(32), CONTEXT), (KEY, b"file 1, part 1")], ids=["key", "context"]
)
def test_v1_another_key_or_place_is_refused(key: bytes, context: bytes):
    with pytest.raises(Tampered):
        reader(SEALED, key=key, context=context)


def test_a_shelf_that_gives_less_than_it_said_is_tampered():
    with pytest.raises(Tampered):
        PartReader(key=KEY, context=CONTEXT, sealed_bytes=len(SEALED), read_at=lambda *_: b"")


def test_a_key_of_another_length_is_refused():
    with pytest.raises(Malformed):
        PartWriter(key=bytes(16), context=b"")
    with pytest.raises(Malformed):
        reader(SEALED, key=bytes(16))


def test_all_wycheproof_vectors_open_or_fail_as_published(published: Callable[[str], Path]):
    path = published("wycheproof/c2sp_chunked_encryption_aes_256_gcm_test.json")
    vectors = json.loads(path.read_text())
    wrong = [
        vector["tcId"]
        for group in vectors["testGroups"]
        for vector in group["tests"]
        if not as_published(vector)
    ]
    assert wrong == []
    assert vectors["numberOfTests"] == 35


def as_published(vector: dict) -> bool:
    sealed = zlib.decompress(bytes.fromhex(vector["ct"]))
    key, context = bytes.fromhex(vector["key"]), bytes.fromhex(vector["ctx"])
    valid = vector["result"] == "valid"
    try:
        opened = reader(sealed, key=key, context=context)
    except AdytonError:
        return not valid and "ValidFinalChunk" not in vector["flags"]
    try:
        found = opened.read(0, opened.size_bytes)
    except AdytonError:
        return not valid and "ValidFinalChunk" in vector["flags"]
    same = hashlib.sha512(found).hexdigest() == vector["msgSha512"]
    return valid and same and len(found) == vector["msgLength"]
