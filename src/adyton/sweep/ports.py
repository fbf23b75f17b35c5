"""What a sweep needs from outside: eyes on the given places."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from adyton.sweep.exposures import Place


class FoundKind(StrEnum):
    """What stands at a path."""

    FILE = "file"
    LINK = "link"
    OTHER = "other"  # device, socket, pipe
    CLOSED = "closed"  # a folder that could not be listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something in a place. `path` is relative to the place; `mode` holds permission bits only."""

    path: str
    kind: FoundKind
    size_bytes: int
    mode: int


class Places(Protocol):
    """The given places and nothing else: a path never leads out of its place, links included.

    Read-only; unordered guarantees nothing but that each file comes once; safe from threads.
    Files may change or vanish between `walk` and `read`.
    """

    def walk(self, place: Place) -> Iterator[Found]:
        """Everything below the place. Raises Missing if the place is not there."""

    def read(self, place: Place, path: str) -> Iterator[bytes]:
        """The bytes of one file in chunks. Raises Unavailable where it cannot be read."""
