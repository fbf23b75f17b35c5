"""Which three bytes follow each other in a segment's words: what need not be searched for a text.

A bitmap of 2^18 places, one for the hash of each three bytes in a row. A text all of whose triples
stand there may be in the segment; any other is not. It never hides what is there.
"""

from collections.abc import Iterable

import numpy as np

BITS = 18
BYTES = 1 << (BITS - 3)
SHORTEST = 3
_APART = b"\x1f\x1f\x1f"
_FIRST, _SECOND, _THIRD = 0x9E3779B1, 0x85EBCA6B, 0xC2B2AE35  # odd, to spread the bits


def grams_of(texts: Iterable[str]) -> bytes:
    """The bitmap of these texts."""
    there = np.zeros(1 << BITS, dtype=bool)
    there[_places(_APART.join(text.encode() for text in texts))] = True
    return np.packbits(there).tobytes()


def joined(bitmaps: Iterable[bytes]) -> bytes:
    """The bitmap of all their texts together."""
    found = np.zeros(BYTES, dtype=np.uint8)
    for one in bitmaps:
        found |= np.frombuffer(one, dtype=np.uint8)
    return found.tobytes()


def may_hold(bitmap: bytes, text: str) -> bool:
    """Whether a text of that bitmap may hold `text`."""
    needle = text.encode()
    if len(needle) < SHORTEST or len(bitmap) != BYTES:
        return True
    there = np.unpackbits(np.frombuffer(bitmap, dtype=np.uint8))
    return bool(there[_places(needle)].all())


def _places(data: bytes) -> "np.typing.NDArray[np.uint32]":
    """Where each three bytes in a row stand in the bitmap."""
    if len(data) < SHORTEST:
        return np.zeros(0, dtype=np.uint32)
    each = np.frombuffer(data, dtype=np.uint8).astype(np.uint32)
    mixed = each[:-2] * np.uint32(_FIRST) + each[1:-1] * np.uint32(_SECOND)
    mixed += each[2:] * np.uint32(_THIRD)
    found: np.typing.NDArray[np.uint32] = mixed >> np.uint32(32 - BITS)
    return found
