"""Prints of whole files (weights, builds): exact digest, and keyed hashes of 64 KiB blocks.

A piece is recognised where it begins at a multiple of the block size: a file cut short, the parts
of a split archive, the pieces of a torrent. A piece at an odd offset is not.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from adyton.intake import BLOCK_BYTES, FileDigester
from adyton.prints.blob import BlobKind, seal
from adyton.prints.keys import HASH_BYTES, PrintKey
from adyton.prints.matches import FileMatch
from adyton.prints.runs import merge, share_ppm
from adyton.terms import AssetId, Malformed, Span, VersionId

SIZE = struct.Struct(">Q")
DIGEST_BYTES = 32


class FilePrinter:
    """Prints one file while it goes by in chunks of any size, without holding it."""

    def __init__(self, key: PrintKey) -> None:
        self._key = key
        self._digester = FileDigester()

    def see(self, chunk: bytes) -> None:
        """The next bytes."""
        self._digester.add(chunk)

    def blob(self) -> bytes:
        """The print blob of all bytes so far."""
        digest = self._digester.digest()
        blocks = [bytes.fromhex(block) for block in digest.blocks]
        whole = SIZE.pack(digest.size_bytes) + bytes.fromhex(digest.sha256)
        return seal(BlobKind.FILE, whole + self._key.hashes(b"block", blocks), self._key)


def file_prints(chunks: Iterable[bytes], key: PrintKey) -> bytes:
    """The print blob of one file, read once, in chunks of any size."""
    printer = FilePrinter(key)
    for chunk in chunks:
        printer.see(chunk)
    return printer.blob()


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    asset: AssetId
    version: VersionId
    size_bytes: int
    sha256: str


class FileIndex:
    """The protected files by digest and block."""

    def __init__(self, key: PrintKey) -> None:
        self._key = key
        self._files: list[_File] = []
        self._blocks: dict[bytes, tuple[tuple[int, int], ...]] = {}

    def __bool__(self) -> bool:
        return bool(self._files)

    def add(self, *, asset: AssetId, version: VersionId, plain: bytes) -> None:
        """Know a file by the inside of its blob."""
        head = SIZE.size + DIGEST_BYTES
        if len(plain) < head or (len(plain) - head) % HASH_BYTES:
            raise Malformed("print blob: cut off")
        size = SIZE.unpack_from(plain)[0]
        digest = plain[SIZE.size : head].hex()
        number = len(self._files)
        self._files.append(_File(asset=asset, version=version, size_bytes=size, sha256=digest))
        for place, at in enumerate(range(head, len(plain), HASH_BYTES)):
            block = plain[at : at + HASH_BYTES]
            self._blocks[block] = (*self._blocks.get(block, ()), (number, place))

    def match(
        self, *, sha256: str, size_bytes: int, blocks: Sequence[str]
    ) -> tuple[FileMatch, ...]:
        """The protected files that share blocks with this one, or are the same."""
        telling = [bytes.fromhex(block) for block in blocks if block]
        joined = self._key.hashes(b"block", telling)
        places: dict[int, set[int]] = {}
        shared: dict[int, int] = {}
        for at in range(0, len(joined), HASH_BYTES):
            held = self._blocks.get(joined[at : at + HASH_BYTES], ())
            owners = {self._files[number].asset for number, _ in held}
            for number, place in held:
                places.setdefault(number, set()).add(place)
                shared[number] = shared.get(number, 0) + (len(owners) > 1)
        whole = {
            number
            for number, file in enumerate(self._files)
            if file.sha256 == sha256 and file.size_bytes == size_bytes
        }
        found = [
            self._found(
                number, places.get(number, set()), shared.get(number, 0), exact=number in whole
            )
            for number in sorted(whole | places.keys())
        ]
        return tuple(sorted(found, key=lambda match: (not match.exact, -match.blocks)))

    def _found(self, number: int, places: set[int], shared: int, *, exact: bool) -> FileMatch:
        file = self._files[number]
        spans = merge(
            (
                Span(start=at * BLOCK_BYTES, end=min((at + 1) * BLOCK_BYTES, file.size_bytes))
                for at in places
            ),
            join=0,
        )
        return FileMatch(
            asset=file.asset,
            version=file.version,
            exact=exact,
            blocks=len(places),
            shared=shared,
            spans_source=(Span(start=0, end=file.size_bytes),) if exact else spans,
            share_ppm=share_ppm(spans, file.size_bytes) if not exact else 1_000_000,
        )
