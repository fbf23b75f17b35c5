"""Which places of a text are hashed: winnowed 24-grams and shingles of three words.

Winnowing (Schleimer, Wilkerson, Aiken, SIGMOD 2003): of each window of w neighbouring k-grams
the least is kept, so every common run of w + k - 1 kept signs shares at least one hash, wherever
either text begins. Shingles find what is shorter or edited here and there.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from adyton.prints.keys import HASH_BYTES, PrintKey
from adyton.prints.normal import KEPT, Normal, normalise

GRAM = 24  # signs in a k-gram; k and w after the comparison of fragment recall in docs/formats
WINDOW = 16
WORDS = 3  # words in a shingle
HALF = GRAM // 2  # 36**12 < 2**64: two unsigned numbers hold a k-gram exactly, without collision
SHIFT = np.uint64(29)

Hashes = npt.NDArray[np.uint64]
Bounds = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """Keyed hashes of places of one text, sorted by `starts`; `ends` are half-open, in characters.

    `length` is the whole text's length in characters.
    """

    hashes: Hashes
    starts: Bounds
    ends: Bounds
    length: int


def _code_table() -> npt.NDArray[np.uint64]:
    table = np.zeros(256, dtype=np.uint64)
    for number, sign in enumerate(KEPT):
        table[sign] = number
    return table


_CODES = _code_table()


def to_hashes(raw: bytes) -> Hashes:
    """Numbers from `HASH_BYTES`-wide hashes as `PrintKey.hashes` joins them."""
    wide = np.zeros((len(raw) // HASH_BYTES, 8), dtype=np.uint8)
    wide[:, 8 - HASH_BYTES :] = np.frombuffer(raw, dtype=np.uint8).reshape(-1, HASH_BYTES)
    return wide.view(">u8").ravel().astype(np.uint64)


def _gram_values(normal: Normal) -> tuple[Hashes, Hashes]:
    codes = _CODES[normal.symbols]
    halves = np.zeros(len(codes) - HALF + 1, dtype=np.uint64)
    for offset in range(HALF):
        halves = halves * np.uint64(len(KEPT)) + codes[offset : len(codes) - HALF + 1 + offset]
    return halves[: len(halves) - HALF], halves[HALF:]


def _kept(order: Hashes, window: int) -> Bounds:
    windows = np.lib.stride_tricks.sliding_window_view(order, min(window, len(order)))
    return np.unique(np.arange(len(windows)) + np.argmin(windows, axis=1))


def _grams(normal: Normal, key: PrintKey, window: int) -> tuple[Hashes, Bounds, Bounds]:
    """Hashes of the winnowed grams, and the index of their first and last sign."""
    if len(normal.symbols) < GRAM:
        none = np.zeros(0, dtype=np.int64)
        return none.astype(np.uint64), none, none
    high, low = _gram_values(normal)
    mixed = high * np.uint64(key.order[0]) ^ low * np.uint64(key.order[1])
    kept = _kept((mixed ^ (mixed >> SHIFT)) * np.uint64(key.order[0]), window)
    pairs = np.stack((high[kept], low[kept]), axis=1).astype(">u8")
    raw = pairs.tobytes()
    items = [raw[at : at + 16] for at in range(0, len(raw), 16)]
    hashes = to_hashes(key.hashes(b"gram", items))
    return hashes, kept, kept + GRAM - 1


def _shingles(normal: Normal, key: PrintKey) -> tuple[Hashes, Bounds, Bounds]:
    """Hashes of all runs of three words, and the index of their first and last sign."""
    breaks = np.flatnonzero(np.diff(normal.origins) > 1) + 1
    firsts = np.concatenate((np.zeros(1, dtype=np.int64), breaks))
    lasts = np.concatenate((breaks, np.array([len(normal.symbols)], dtype=np.int64)))
    text = normal.symbols.tobytes()
    words = [text[a:b] for a, b in zip(firsts.tolist(), lasts.tolist(), strict=True)]
    count = len(words) - WORDS + 1
    if count < 1 or not text:
        none = np.zeros(0, dtype=np.int64)
        return none.astype(np.uint64), none, none
    items = [b" ".join(words[at : at + WORDS]) for at in range(count)]
    hashes = to_hashes(key.hashes(b"words", items))
    return hashes, firsts[:count], lasts[WORDS - 1 :] - 1


def print_text(text: str, key: PrintKey, *, shingles: bool, window: int = WINDOW) -> Printed:
    """The keyed hashes of `text` with their spans; a `window` of 1 keeps every gram."""
    normal = normalise(text)
    parts = [_grams(normal, key, window)]
    if shingles:
        parts.append(_shingles(normal, key))
    hashes, firsts, lasts = (np.concatenate(column) for column in zip(*parts, strict=True))
    starts, ends = normal.origins[firsts], normal.origins[lasts] + 1
    order = np.argsort(starts, kind="stable")
    return Printed(hashes=hashes[order], starts=starts[order], ends=ends[order], length=len(text))
