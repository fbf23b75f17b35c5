"""The digests by which a file and pieces of it are recognised."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

BLOCK_BYTES = 64 * 1024  # 145 MB of weights give 2,300 digests; a piece of 128 KiB holds one whole
MIN_TAIL_BYTES = 4096  # a shorter last block is too likely to be the same by chance


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDigest:
    """Size, SHA-256 of all bytes, and SHA-256 of each block (hex).

    A block that says nothing (one byte repeated, a short rest) is the empty string.
    """

    size_bytes: int
    sha256: str
    blocks: tuple[str, ...]


def _block_digest(block: bytes) -> str:
    short = len(block) < MIN_TAIL_BYTES
    if short or block.count(block[:1]) == len(block):
        return ""
    return hashlib.sha256(block).hexdigest()


class FileDigester:
    """Digests a file that comes in chunks of any size; holds less than one block of it."""

    def __init__(self) -> None:
        self._whole = hashlib.sha256()
        self._size = 0
        self._blocks: list[str] = []
        self._rest = b""

    def add(self, chunk: bytes) -> None:
        """The next bytes."""
        self._whole.update(chunk)
        self._size += len(chunk)
        pending = self._rest + chunk
        full = len(pending) - len(pending) % BLOCK_BYTES
        self._blocks.extend(
            _block_digest(pending[at : at + BLOCK_BYTES]) for at in range(0, full, BLOCK_BYTES)
        )
        self._rest = pending[full:]

    def digest(self) -> FileDigest:
        """The digests of all bytes so far."""
        last = (_block_digest(self._rest),) if self._rest else ()
        return FileDigest(
            size_bytes=self._size, sha256=self._whole.hexdigest(), blocks=(*self._blocks, *last)
        )


def digest_file(chunks: Iterable[bytes]) -> FileDigest:
    """The digests of a file given in chunks of any size, in one pass."""
    digester = FileDigester()
    for chunk in chunks:
        digester.add(chunk)
    return digester.digest()
