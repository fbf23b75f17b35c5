"""Cobblestone-256 (c2sp.org/chunked-encryption): written by the native class, read by range.

salt[24] ‖ commitment[32] ‖ chunks of 16,384 plaintext bytes and a 16-byte tag each; the last
chunk is always shorter, perhaps empty. Keys come from HKDF-Expand-SHA-512 over the input key
with the salt and the context in `info`; nonce k is the base nonce XOR k; no associated data.

Nothing leaves before the tag of its chunk was checked. Opening a reader authenticates the
header and the last chunk, hence the length, before any other byte is read.
"""

import hmac
from collections.abc import Callable

from cryptography.cobblestone import Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from adyton.terms import Malformed, Tampered

KEY_BYTES = 32
SALT_BYTES = 24
COMMITMENT_BYTES = 32
HEADER_BYTES = SALT_BYTES + COMMITMENT_BYTES
CHUNK_BYTES = 16_384
TAG_BYTES = 16
SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES
MAX_CHUNKS = 2**38

_NONCE_BYTES = 12
_LABEL = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\x00"

ReadAt = Callable[[int, int], bytes]
"""(offset, length) → those bytes of the sealed message, fewer only where it ends."""


def sealed_size(plain_bytes: int) -> int:
    """How long the sealed form of `plain_bytes` bytes is."""
    chunks = plain_bytes // CHUNK_BYTES + 1
    return HEADER_BYTES + plain_bytes + chunks * TAG_BYTES


class PartWriter:
    """Seals one message, front to back. One writer is one message: the salt is its own."""

    __slots__ = ("_encryptor",)

    def __init__(self, *, key: bytes, context: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise Malformed("a part key is 32 bytes")
        self._encryptor = Cobblestone256Encryptor(key, context)

    def update(self, plaintext: bytes) -> bytes:
        """More plaintext in; whatever is complete comes out sealed."""
        return self._encryptor.update(plaintext)

    def finish(self) -> bytes:
        """The rest, with the short last chunk that ends the message."""
        return self._encryptor.finalize()


class PartReader:
    """Reads ranges of one sealed message.

    Raises Tampered for a wrong key, a wrong context, a truncated, extended or changed message.
    A damaged chunk does not spoil ranges that lie outside it. Safe from threads when `read_at` is.
    """

    __slots__ = ("_aead", "_base_nonce", "_chunks", "_read_at", "_sealed_bytes", "size_bytes")

    def __init__(
        self,
        *,
        key: bytes,
        context: bytes,
        sealed_bytes: int,
        read_at: ReadAt,
    ) -> None:
        if len(key) != KEY_BYTES:
            raise Malformed("a part key is 32 bytes")
        full, rest = divmod(sealed_bytes - HEADER_BYTES, SEALED_CHUNK_BYTES)
        if sealed_bytes < HEADER_BYTES + TAG_BYTES or rest < TAG_BYTES or full >= MAX_CHUNKS:
            raise Tampered("sealed part is truncated: its length ends no message")
        self._read_at = read_at
        self._sealed_bytes = sealed_bytes
        header = _exactly(read_at, 0, HEADER_BYTES)
        derived = _derive(key, header[:SALT_BYTES] + context)
        if not hmac.compare_digest(derived[-COMMITMENT_BYTES:], header[SALT_BYTES:]):
            raise Tampered("sealed part was not made with this key for this place")
        self._aead = AESGCM(derived[:KEY_BYTES])
        self._base_nonce = int.from_bytes(derived[KEY_BYTES : KEY_BYTES + _NONCE_BYTES], "big")
        self._chunks = full + 1
        self.size_bytes = full * CHUNK_BYTES + rest - TAG_BYTES
        self._open_chunks(full, full + 1)

    def read(self, start: int, end: int) -> bytes:
        """The plaintext bytes `start <= i < end`, which must lie inside the message."""
        if not 0 <= start <= end <= self.size_bytes:
            raise Malformed("range lies outside the part")
        if start == end:
            return b""
        first, last = start // CHUNK_BYTES, (end - 1) // CHUNK_BYTES
        plain = self._open_chunks(first, last + 1)
        offset = first * CHUNK_BYTES
        return bytes(memoryview(plain)[start - offset : end - offset])

    def _open_chunks(self, first: int, end: int) -> bytearray:
        """Plaintext of the chunks `first <= k < end`, each checked before the next is touched."""
        at = HEADER_BYTES + first * SEALED_CHUNK_BYTES
        stop = min(HEADER_BYTES + end * SEALED_CHUNK_BYTES, self._sealed_bytes)
        sealed = memoryview(_exactly(self._read_at, at, stop - at))
        plain = bytearray(len(sealed) - (end - first) * TAG_BYTES)
        target = memoryview(plain)
        for number in range(first, end):
            begin = (number - first) * SEALED_CHUNK_BYTES
            piece = sealed[begin : begin + SEALED_CHUNK_BYTES]
            into = (number - first) * CHUNK_BYTES
            nonce = (self._base_nonce ^ number).to_bytes(_NONCE_BYTES, "big")
            try:
                self._aead.decrypt_into(
                    nonce, piece, None, target[into : into + len(piece) - TAG_BYTES]
                )
            except InvalidTag as error:
                raise Tampered("a chunk of a sealed part was changed or moved") from error
        return plain


def _derive(key: bytes, tail: bytes) -> bytes:
    length = KEY_BYTES + _NONCE_BYTES + COMMITMENT_BYTES
    return HKDFExpand(algorithm=SHA512(), length=length, info=_LABEL + tail).derive(key)


def _exactly(read_at: ReadAt, offset: int, length: int) -> bytes:
    found = read_at(offset, length)
    if len(found) != length:
        raise Tampered("sealed part is shorter than its record says")
    return found
