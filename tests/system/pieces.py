"""Finds pieces of some bytes inside other bytes, wherever they begin there."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

PIECE_BYTES = 32
KEY_BYTES = 8
TELLING = 12  # different byte values that make a piece unlike any other
STEP_BYTES = 4096
FILTER_BITS = 20


class Pieces:
    """A set of pieces of PIECE_BYTES each; the same piece twice is one."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._by_key: dict[int, set[bytes]] = {}
        for piece in pieces:
            key = int.from_bytes(piece[:KEY_BYTES], "little")
            self._by_key.setdefault(key, set()).add(piece)
        self._keys = np.array(sorted(self._by_key), dtype="<u8")
        self._shift = np.uint64(64 - FILTER_BITS)
        self._filter = np.zeros(1 << FILTER_BITS, dtype=bool)
        self._filter[self._keys >> self._shift] = True

    def __len__(self) -> int:
        return sum(map(len, self._by_key.values()))

    def found_in(self, data: bytes) -> set[int]:
        """The offsets in `data` at which one of the pieces stands."""
        return {at for shift in range(KEY_BYTES) for at in self._aligned(data, shift)}

    def _aligned(self, data: bytes, shift: int) -> Iterator[int]:
        count = (len(data) - shift) // KEY_BYTES
        if count <= 0:
            return
        words = np.frombuffer(data, dtype="<u8", offset=shift, count=count)
        likely = np.flatnonzero(self._filter[words >> self._shift])
        nearest = np.minimum(np.searchsorted(self._keys, words[likely]), len(self._keys) - 1)
        for index in likely[self._keys[nearest] == words[likely]]:
            at = shift + KEY_BYTES * int(index)
            if data[at : at + PIECE_BYTES] in self._by_key[int(words[index])]:
                yield at


def cut(data: bytes, step_bytes: int) -> Iterator[bytes]:
    """Every telling piece of `data` that begins at a multiple of `step_bytes`."""
    for at in range(0, len(data) - PIECE_BYTES + 1, step_bytes):
        piece = data[at : at + PIECE_BYTES]
        if len(set(piece)) >= TELLING:
            yield piece


def of_weights(data: bytes) -> Pieces:
    """A piece from every page of a model file, and how the file begins (its magic, its counts)."""
    return Pieces([data[:PIECE_BYTES], *cut(data, STEP_BYTES)])


def files_below(*folders: Path) -> list[Path]:
    """Every plain file below some folders."""
    return sorted(
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    )
