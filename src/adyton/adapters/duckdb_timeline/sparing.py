"""What of the segments need not be read for a text, by their grams."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from adyton.adapters.duckdb_timeline.grams import FACT_BITS, ROW_BITS, may_hold
from adyton.adapters.duckdb_timeline.segments import (
    FactSegment,
    RowSegment,
    SegmentFile,
    SegmentList,
    Segments,
)
from adyton.terms import Tampered

MOST_SPANS: Final = 8
"""Of one segment; where a text may be in more places, all from the first to the last is read."""


class Span(NamedTuple):
    """Facts from `low` to `high`, both included."""

    low: int
    high: int


class Grams:
    """The grams of the segments, as far as they were asked for; of those on the list alone."""

    def __init__(self, segments: Segments) -> None:
        self._segments = segments
        self._kept: dict[str, bytes] = {}

    def keep(self, listed: SegmentList) -> None:
        """Forget those of segments that are gone: they tell of what was erased."""
        there = {one.grams.sha256 for one in listed.facts}
        there |= {one.grams.sha256 for one in listed.rows}
        self._kept = {digest: kept for digest, kept in self._kept.items() if digest in there}

    def spans(self, one: FactSegment, text: str) -> list[Span]:
        """Where in a segment of facts a text may be. Raises Tampered where grams are damaged."""
        blocks = may_hold(self._read(one.grams), text, bits=FACT_BITS)
        each = (
            Span(
                one.start + block * one.block, min(one.start + (block + 1) * one.block, one.end) - 1
            )
            for block in blocks
        )
        found = list(joined(each))
        return found if len(found) <= MOST_SPANS else [Span(found[0].low, found[-1].high)]

    def may_hold(self, one: RowSegment, texts: Iterable[str]) -> bool:
        """Whether one foreign log may hold all these texts. Raises Tampered as above."""
        maps = self._read(one.grams)
        return all(may_hold(maps, text, bits=ROW_BITS) for text in texts)

    def _read(self, file: SegmentFile) -> bytes:
        kept = self._kept.get(file.sha256)
        if kept is None:
            if problem := self._segments.problem((file,)):
                raise Tampered(problem, mend="it is made again by itself")
            kept = self._kept[file.sha256] = self._segments.read(file)
        return kept


def joined(spans: Iterable[Span]) -> Iterator[Span]:
    """The same facts; spans that follow each other become one."""
    last: Span | None = None
    for one in spans:
        if last and one.low == last.high + 1:
            last = Span(last.low, one.high)
        else:
            if last:
                yield last
            last = one
    if last:
        yield last
