"""How much of hostile bytes is read, and who counts it."""

from dataclasses import dataclass

from adyton.terms import TooLarge

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Caps per file as brought. What is over a cap is listed as unread.

    Memory stays within a few times `text_bytes` plus one nesting line of members (aim: 256 MiB
    for archives that bite back).
    """

    file_bytes: int = 512 * MIB  # one file as brought; larger weights are swept, not brought
    expanded_bytes: int = 192 * MIB  # all that archives and compression give out, together
    ratio: int = 200  # output over input of one member; English text deflates about 3:1, logs 20:1
    ratio_free_bytes: int = MIB  # the ratio counts beyond this, so that tiny files may be regular
    depth: int = 6  # archives within archives; real hand-overs seen nest 2 to 3 deep
    members: int = 10_000  # archive members, together
    text_bytes: int = 16 * MIB  # one text that is read as text
    segments: int = 50_000  # pieces of text, together
    provenance_chars: int = 500  # one value of provenance


class OverLimit(TooLarge):
    """A cap of `Limits` was reached; what was left out is listed as unread."""


class Budget:
    """What is left of the limits, shared by everything opened in one call."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._expanded = 0
        self._members = 0
        self._segments = 0

    def expand(self, size_bytes: int, *, of_bytes: int, so_far: int) -> None:
        """Count output before it is kept. `so_far` is what this member gave out, all told."""
        self._expanded += size_bytes
        if self._expanded > self.limits.expanded_bytes:
            raise OverLimit("over the limit of expanded bytes")
        allowed = self.limits.ratio_free_bytes + self.limits.ratio * of_bytes
        if so_far > allowed:
            raise OverLimit("over the limit of expansion ratio")

    def member(self) -> None:
        """Count an archive member."""
        self._members += 1
        if self._members > self.limits.members:
            raise OverLimit("over the limit of archive members")

    def segment(self) -> None:
        """Count a piece of text."""
        self._segments += 1
        if self._segments > self.limits.segments:
            raise OverLimit("over the limit of text segments")
