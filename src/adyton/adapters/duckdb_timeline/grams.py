"""Which four bytes follow each other in a text: what need not be searched for another.

A bitmap with a place for the hash of each four bytes in a row. A text all of whose fours stand
there may be in it; any other is not. It never hides what is there. Facts have a small bitmap for
each block of a segment, one behind the other; a foreign log has one larger.

A bitmap tells something of the texts that it was made of: it goes where they go.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

FACT_BITS = 16
ROW_BITS = 18
SHORTEST = 4  # of three, all that digits can form would stand everywhere
_PART_BYTES = 1 << 20
_APART = b"\x1f" * SHORTEST
_SPREAD = (0x9E3779B1, 0x85EBCA6B, 0xC2B2AE35, 0x27D4EB2F)  # odd, to spread the bits


def grams_of(texts: Iterable[str], *, bits: int) -> bytes:
    """The bitmap of these texts, with 2 to the `bits` places."""
    there = np.zeros(1 << bits, dtype=bool)
    for part in _parts(texts):
        there[_places(part, bits)] = True
    return np.packbits(there).tobytes()


def may_hold(bitmaps: bytes, text: str, *, bits: int) -> Sequence[int]:
    """The numbers of the bitmaps, of those one behind the other, whose texts may hold `text`."""
    found = np.frombuffer(bitmaps, dtype=np.uint8).reshape(-1, 1 << (bits - 3))
    needle = text.encode()
    if len(needle) < SHORTEST:
        return range(len(found))
    places = np.unique(_places(needle, bits))
    each = found[:, places >> 3] >> (7 - (places & 7)).astype(np.uint8)
    return [int(one) for one in np.flatnonzero((each & 1).all(axis=1))]


def _parts(texts: Iterable[str]) -> Iterator[bytes]:
    """The texts, kept apart, in pieces of about a mebibyte: places take ten times as much."""
    part, size = [], 0
    for text in texts:
        part.append(text.encode())
        size += len(part[-1])
        if size > _PART_BYTES:
            yield _APART.join(part)
            part, size = [], 0
    yield _APART.join(part)


def _places(data: bytes, bits: int) -> "np.typing.NDArray[np.uint32]":
    """Where each four bytes in a row stand in a bitmap."""
    if len(data) < SHORTEST:
        return np.zeros(0, dtype=np.uint32)
    each = np.frombuffer(data, dtype=np.uint8).astype(np.uint32)
    size = len(each) - SHORTEST + 1
    mixed = np.zeros(size, dtype=np.uint32)
    for at, spread in enumerate(_SPREAD):
        mixed += each[at : at + size] * np.uint32(spread)
    found: np.typing.NDArray[np.uint32] = mixed >> np.uint32(32 - bits)
    return found
