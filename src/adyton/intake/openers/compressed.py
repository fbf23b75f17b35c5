"""A single compressed file: gzip, bzip2, xz. Output is counted as it comes."""

import bz2
import lzma
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

from adyton.intake.exhibits import Times
from adyton.intake.limits import Budget
from adyton.intake.pieces import About, Member, Opened, Opener, Piece
from adyton.terms import Malformed

STEP_BYTES = 256 * 1024
XZ_MEMORY_BYTES = 64 * 1024 * 1024
GZIP_WINDOW = 16 + zlib.MAX_WBITS  # zlib's way to say: with a gzip header
GZIP_TIME = struct.Struct("<I")


class _Decompressor(Protocol):
    """What bz2 and lzma offer, and `_Gzip` below."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Gzip:
    """zlib's decompressor with the manners of the other two."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(GZIP_WINDOW)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


_FORMS: tuple[tuple[bytes, Callable[[], _Decompressor]], ...] = (
    (b"\x1f\x8b\x08", _Gzip),
    (b"BZh", bz2.BZ2Decompressor),
    (b"\xfd7zXZ\0", lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, XZ_MEMORY_BYTES)),
)


def _claims(piece: Piece) -> bool:
    return any(piece.data.startswith(magic) for magic, _ in _FORMS)


def _expand(data: bytes, make: Callable[[], _Decompressor]) -> Iterator[bytes]:
    """The output in steps; several streams one after another count as one file."""
    while data:
        stream = make()
        yield stream.decompress(data, STEP_BYTES)
        while not stream.eof:
            if stream.needs_input:
                raise Malformed("compressed data ends too early")
            yield stream.decompress(b"", STEP_BYTES)
        data = stream.unused_data.lstrip(b"\0")


def _inner_name(piece: Piece) -> str:
    stem, _, _ = piece.name.rpartition(".")
    return f"{stem or piece.name}.tar" if piece.suffix == ".tgz" else stem or f"{piece.name}.out"


def _open(piece: Piece, budget: Budget) -> Opened:
    make = next(make for magic, make in _FORMS if piece.data.startswith(magic))
    if make is _Gzip:
        yield About(
            provenance={},
            times=Times(event_s=GZIP_TIME.unpack_from(piece.data.ljust(8, b"\0"), 4)[0]),
        )
    out = bytearray()
    budget.member()
    for step in _expand(piece.data, make):
        budget.expand(len(step), of_bytes=len(piece.data), so_far=len(out) + len(step))
        out += step
    yield Member(name=_inner_name(piece), data=bytes(out))


COMPRESSED = Opener(form="compressed", claims=_claims, open=_open)
