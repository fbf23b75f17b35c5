"""Seeded choice: the same seed gives the same world everywhere.

SHA-256 in counter mode over the seed's words, so that no generator of the standard library, whose
sequence may change with its version, decides what a drill is.
"""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
WIDTH_BYTES = 8
HUNDRED = 100


class Dice:
    """A stream of choices that follows from `words`. Not safe from threads."""

    def __init__(self, *words: object) -> None:
        self._words = words
        self._key = hashlib.sha256("\x1f".join(str(word) for word in words).encode()).digest()
        self._count = 0
        self._bags: dict[str, list[str]] = {}

    def fork(self, *words: object) -> "Dice":
        """Dice of their own, so that one part of a world does not move when another grows."""
        return Dice(*self._words, *words)

    def below(self, bound: int) -> int:
        """A whole number from 0 up to, not including, `bound`."""
        block = hashlib.sha256(self._key + self._count.to_bytes(WIDTH_BYTES, "big")).digest()
        self._count += 1
        return int.from_bytes(block[:WIDTH_BYTES], "big") % bound

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both possible."""
        return low + self.below(high - low + 1)

    def percent(self, share: int) -> bool:
        """True in `share` of a hundred cases."""
        return self.below(HUNDRED) < share

    def pick(self, choices: Sequence[T]) -> T:
        """One of `choices`."""
        return choices[self.below(len(choices))]

    def shuffled(self, choices: Sequence[T]) -> list[T]:
        """All of `choices`, in a new order."""
        left = list(choices)
        return [left.pop(self.below(len(left))) for _ in range(len(left))]

    def draw(self, name: str, choices: Sequence[str]) -> str:
        """One of `choices`; none comes again before every other one came (a bag per `name`)."""
        bag = self._bags.get(name)
        if not bag:
            bag = self._bags[name] = self.shuffled(choices)
        return bag.pop()

    def hexadecimal(self, digits: int) -> str:
        """A hexadecimal number of `digits` digits."""
        return "".join("0123456789abcdef"[self.below(16)] for _ in range(digits))
