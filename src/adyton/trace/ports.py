"""What trace needs of others: the indexes of prints, and versions that two people opened."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from adyton.prints import FileMatch, Match
from adyton.terms import Secret, VersionId


class Prints(Protocol):
    """The index of what is protected (`adyton.prints.PrintIndex`).

    In memory, rebuildable; safe from threads; the same text gives the same matches until
    something is added. Matches are sorted, best first.
    """

    def match(self, text: str) -> Sequence[Match]:
        """Versions and answers that `text` holds content of."""

    def match_file(
        self, *, sha256: str, size_bytes: int, blocks: Sequence[str]
    ) -> Sequence[FileMatch]:
        """Versions that a file holds blocks of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenVersion:
    """What an open session gives: the master of a version and its mark key."""

    master: str
    key: Secret[bytes]


class Masters(Protocol):
    """Versions whose trace session two people have opened; in memory, ends with the session.

    Safe from threads. It never opens anything by itself.
    """

    def opened(self, version: VersionId) -> OpenVersion | None:
        """The open version; None when no session is open, or it is no text."""
