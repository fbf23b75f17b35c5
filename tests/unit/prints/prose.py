"""Made-up prose: the same for the same seed, unlike for another."""

import hashlib

from adyton.prints import PrintKey
from adyton.terms import Secret

KEY = PrintKey(Secret(b"a print key for tests only 32 by"))
SYLLABLES = [
    "ba",
    "ce",
    "di",
    "fo",
    "gu",
    "ha",
    "ke",
    "li",
    "mo",
    "nu",
    "pa",
    "re",
    "si",
    "to",
    "vu",
    "wa",
    "xe",
    "yi",
    "zo",
    "an",
    "er",
    "in",
    "on",
    "ul",
    "st",
]


def word(seed: str) -> str:
    digest = hashlib.sha256(seed.encode()).digest()
    return "".join(SYLLABLES[byte % len(SYLLABLES)] for byte in digest[1 : 2 + digest[0] % 4])


def prose(seed: str, words: int) -> str:
    """`words` words in sentences and lines."""
    parts = []
    for number in range(words):
        parts.append(word(f"{seed} {number}"))
        if number % 11 == 10:
            parts[-1] += "."
        if number % 17 == 16:
            parts[-1] += "\n"
    return " ".join(parts)
