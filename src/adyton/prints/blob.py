"""The sealed form of prints (docs/formats/prints.md): trusted, kept as sealed bodies.

    "ADYP" | format 1 | kind | AES-SIV(key, associated data = the six bytes before)

AES-SIV (RFC 5297) is deterministic, so prints of the same text are the same bytes and no nonce
can be used twice.
"""

import struct
import zlib
from enum import IntEnum

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from adyton.prints.keys import HASH_BYTES, PrintKey
from adyton.prints.places import Printed, to_hashes
from adyton.terms import Malformed, Tampered

MAGIC = b"ADYP"
FORMAT = 1
HEAD_BYTES = len(MAGIC) + 2
COUNTS = struct.Struct(">II")  # length of the text in characters, number of hashes
MAX_HASHES = 2**26  # 64 million: a text of about 300 MB


class BlobKind(IntEnum):
    """What the prints are of."""

    TEXT = 1
    ANSWER = 2
    BACKGROUND = 3
    FILE = 4


def seal(kind: BlobKind, plain: bytes, key: PrintKey) -> bytes:
    """The blob of `plain`."""
    head = MAGIC + bytes((FORMAT, kind))
    return head + AESSIV(key.sealing_key()).encrypt(plain, [head])


def unseal(blob: bytes, key: PrintKey) -> tuple[BlobKind, bytes]:
    """What `seal` was given. Raises Malformed (no print blob) or Tampered (altered, other key)."""
    head = blob[:HEAD_BYTES]
    if len(head) < HEAD_BYTES or not head.startswith(MAGIC):
        raise Malformed("print blob: no such header")
    if head[4] != FORMAT or head[5] not in set(BlobKind):
        raise Malformed("print blob: format or kind unknown", mend="use a newer Adyton")
    try:
        plain = AESSIV(key.sealing_key()).decrypt(blob[HEAD_BYTES:], [head])
    except (InvalidTag, ValueError) as error:
        raise Tampered("print blob: altered, or sealed under another key") from error
    return BlobKind(head[5]), plain


def narrow(printed: Printed) -> bytes:
    """The hashes alone, `HASH_BYTES` each."""
    wide = printed.hashes.astype(">u8").view(np.uint8).reshape(-1, 8)
    return wide[:, 8 - HASH_BYTES :].tobytes()


def pack(printed: Printed) -> bytes:
    """The inside of a blob of kind text or answer."""
    count = len(printed.hashes)
    steps = np.diff(printed.starts, prepend=0).astype("<u4").tobytes()
    sizes = (printed.ends - printed.starts).astype("<u4").tobytes()
    head = COUNTS.pack(printed.length, count)
    return head + narrow(printed) + zlib.compress(steps + sizes)


def unpack(plain: bytes) -> Printed:
    """What `pack` was given. Raises Malformed."""
    if len(plain) < COUNTS.size:
        raise Malformed("print blob: cut off")
    length, count = COUNTS.unpack_from(plain)
    places = plain[COUNTS.size + count * HASH_BYTES :]
    if count > MAX_HASHES:
        raise Malformed("print blob: too many hashes")
    inflate = zlib.decompressobj()
    try:
        raw = inflate.decompress(places, count * 8 + 1)
    except zlib.error as error:
        raise Malformed("print blob: places unreadable") from error
    if len(raw) != count * 8:
        raise Malformed("print blob: places and hashes differ in number")
    columns = np.frombuffer(raw, dtype="<u4").astype(np.int64)
    starts = np.cumsum(columns[:count])
    hashes = to_hashes(plain[COUNTS.size : COUNTS.size + count * HASH_BYTES])
    return Printed(hashes=hashes, starts=starts, ends=starts + columns[count:], length=length)
