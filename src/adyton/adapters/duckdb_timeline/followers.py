"""The two followers that feed the timeline: facts in whole segments, foreign logs at once.

What they write is rebuildable. Facts wait until they fill a segment (the newest are read from the
ledger itself); an import or an erasure is taken up at the next step.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from adyton.adapters.duckdb_timeline.segments import FactSegment
from adyton.adapters.duckdb_timeline.writing import SEGMENT_FACTS, TimelineWriter
from adyton.ledger.envelope import Envelope, parse_envelope
from adyton.ledger.erasing import BODIES_ERASED
from adyton.ledger.ports import FactFeed, StoredFact
from adyton.ledger.questions import ForeignRow, TimelineFact, timeline_fact
from adyton.terms import Tampered

RowsOf: TypeAlias = Callable[
    [StoredFact, Envelope], "tuple[Mapping[str, int | str], list[ForeignRow]] | None"
]
"""What a fact of an imported log says (its cover, its rows); None for every other fact, and for one
whose body cannot be opened any more."""
_READ: Final = 1024
LOOK_AGAIN: Final = 64
"""After so many checks one file is hashed again: while nothing happens, every half a minute."""


class FactFollower:
    """Cuts the facts into segments."""

    name: Final = "facts"
    least: Final = SEGMENT_FACTS
    most: Final = SEGMENT_FACTS

    def __init__(self, writer: TimelineWriter) -> None:
        self._writer = writer
        self._checks = 0

    def take(self, facts: Sequence[StoredFact]) -> int:
        """One segment. What is there already is not taken twice."""
        fresh = [timeline_fact(one) for one in facts if one.index >= self._writer.list.end]
        if fresh:
            self._writer.add_facts(fresh)
        return facts[-1].index + 1

    def check(self, feed: FactFeed, position: int) -> tuple[int, str]:
        """Mend damaged segments out of the same facts; begin anew where the record is another."""
        writer = self._writer
        note, writer.note = writer.note, ""
        self._checks += 1
        if self._checks % LOOK_AGAIN == 0:
            writer.segments.look_again()
        newest = writer.list.facts[-1:]
        for one in newest:
            if not _stands(feed, one):
                writer.clear_facts()
                return 0, "the record is another one: begun anew"
        for one in writer.list.facts:
            if problem := writer.segments.problem(one.files):
                writer.mend_facts(one, _again(feed, one))
                note = f"{problem}: made again"
        return min(position, writer.list.end), note

    def begin_anew(self) -> None:
        """Throw every segment of facts away."""
        self._writer.clear_facts()


class RowFollower:
    """Keeps the rows of imported logs, until the key of their body is destroyed."""

    name: Final = "rows"
    least: Final = 1
    most: Final = _READ

    def __init__(self, writer: TimelineWriter, feed: FactFeed, rows_of: RowsOf) -> None:
        self._writer = writer
        self._feed = feed
        self._rows_of = rows_of

    def take(self, facts: Sequence[StoredFact]) -> int:
        """Imports and erasures; everything else says nothing here."""
        for one in facts:
            envelope = parse_envelope(one.data, what=f"entry {one.index}")
            if envelope.type == BODIES_ERASED:
                keys = envelope.public.get("keys")
                if isinstance(keys, Sequence):
                    self._writer.forget_rows(str(key) for key in keys)
            self._import(one, envelope)
        return facts[-1].index + 1

    def check(self, feed: FactFeed, position: int) -> tuple[int, str]:
        """Mend damaged segments out of their facts; what has no key any more goes."""
        note = ""
        for one in self._writer.list.rows:
            if feed.key(one.key_id) is None:  # also where an erasure was never followed
                self._writer.forget_rows((one.key_id,))
            elif problem := self._writer.segments.problem(one.files):
                self._writer.forget_rows((one.key_id,))
                for stored in feed.read(one.entry, 1):
                    self._import(stored, parse_envelope(stored.data))
                note = f"{problem}: made again"
        return position, note

    def begin_anew(self) -> None:
        """Throw every foreign row away."""
        self._writer.clear_rows()

    def _import(self, stored: StoredFact, envelope: Envelope) -> None:
        found = self._rows_of(stored, envelope)
        body = self._feed.body(stored.index) if found else None
        if found is None or body is None:
            return
        cover, rows = found
        self._writer.put_rows(
            source=str(cover["source"]),
            entry=stored.index,
            key_id=body.key_id,
            cover=cover,
            rows=rows,
        )


def _stands(feed: FactFeed, segment: FactSegment) -> bool:
    """Whether the last fact of a segment is still what the record holds there."""
    found = feed.read(segment.end - 1, 1)
    return bool(found) and found[0].index == segment.end - 1 and found[0].receipt == segment.last


def _again(feed: FactFeed, segment: FactSegment) -> Iterator[TimelineFact]:
    for start in range(segment.start, segment.end, _READ):
        part = feed.read(start, min(_READ, segment.end - start))
        if not part:
            raise Tampered("the fact store has a gap", mend="run adyton ledger verify")
        yield from map(timeline_fact, part)
