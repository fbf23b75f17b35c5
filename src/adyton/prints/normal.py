"""Text without what copying changes: lower-case letters and digits, each with its origin.

Accents, full-width forms and ligatures are folded (NFKD), and so are the Cyrillic and Greek
letters that look like Latin ones, so that swapping them does not hide a text.
"""

import unicodedata
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

KEPT = b"0123456789abcdefghijklmnopqrstuvwxyz"
ASCII_SIZE = 128
LOOKALIKES = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u043a\u043c\u0442\u04bb\u0501"
    "\u03b1\u03bf\u03c1\u03bd\u03b9\u03ba\u03c4\u03c5",
    "aeopcyxijskmthdaopviktu",
)  # the commonest single-letter pairs of Unicode TR 39's confusables

Codes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Normal:
    """`symbols[i]` is the ASCII code of the i-th kept sign, `origins[i]` its place in the text."""

    symbols: Codes
    origins: Places


def _ascii_table() -> Codes:
    table = np.zeros(ASCII_SIZE, dtype=np.uint8)
    for code in KEPT:
        table[code] = code
        table[ord(chr(code).upper())] = code
    return table


_TABLE = _ascii_table()


def _fold(code: int) -> bytes:
    folded = unicodedata.normalize("NFKD", chr(code).lower()).translate(LOOKALIKES)
    return bytes(sign for sign in folded.encode("ascii", "ignore").lower() if sign in KEPT)


def normalise(text: str) -> Normal:
    """The kept signs of `text`. Takes any string, lone surrogates included."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    if text.isascii():
        symbols = _TABLE[codes]
        origins = np.flatnonzero(symbols)
        return Normal(symbols=symbols[origins], origins=origins)
    return _normalise_wide(codes)


def _normalise_wide(codes: npt.NDArray[np.uint32]) -> Normal:
    distinct, which = np.unique(codes, return_inverse=True)
    folds = [_fold(int(code)) for code in distinct]
    lengths = np.array([len(fold) for fold in folds], dtype=np.int64)
    begins = np.cumsum(lengths) - lengths
    flat = np.frombuffer(b"".join(folds), dtype=np.uint8)
    counts = lengths[which]
    origins = np.repeat(np.arange(len(codes), dtype=np.int64), counts)
    within = np.arange(len(origins)) - np.repeat(np.cumsum(counts) - counts, counts)
    return Normal(symbols=flat[np.repeat(begins[which], counts) + within], origins=origins)
