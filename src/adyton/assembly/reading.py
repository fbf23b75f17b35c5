"""Who read the record, on the record: one fact per person, operation and minute, not per call.

In the order of one window:

1. the first read is a fact before anything is answered: if it cannot be recorded, nothing is read;
2. later reads of the same person by the same operation are counted, with the range they asked for;
3. the count is recorded when the minute has ended (by the tending) or when the home is closed.

So two facts a minute at most for each person and operation. The counts are disposable until then:
a kill loses how often, how far and with which questions somebody read on in that minute, never that
they read.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from types import MappingProxyType

from adyton.ledger import Ledger
from adyton.terms import AdytonError, Clock, Fact, Json, PersonId

RECORD_READ = "record.read"
WINDOW_S = 60
MOST_ASKED = 20  # different questions that one fact holds; beyond it they are only counted
DIARY = logging.getLogger("adyton.owner")
NO_INDEX = -1
"""Stands for an index where a read is of no range: a proof, a checkpoint, a verification."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What is counted together."""

    person: PersonId
    operation: str
    window: int


@dataclass(slots=True, kw_only=True)
class Count:
    """Reads that are not on record yet."""

    calls: int = 0
    entries: int = 0
    first: int = NO_INDEX
    last: int = NO_INDEX
    asked: list[Mapping[str, Json]] = field(default_factory=list)

    def add(self, first: int, last: int, asked: Mapping[str, Json]) -> None:
        """One more read, of the entries from `first` to `last`."""
        self.calls += 1
        if asked and asked not in self.asked and len(self.asked) < MOST_ASKED:
            self.asked.append(asked)
        if first == NO_INDEX:
            return
        self.entries += last - first + 1
        self.first = first if self.first == NO_INDEX else min(self.first, first)
        self.last = max(self.last, last)


class RecordReads:
    """Bounds what reading the record writes. Safe from threads."""

    def __init__(self, *, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._written: dict[tuple[PersonId, str], int] = {}
        self._counts: dict[Place, Count] = {}
        self._lock = Lock()
        self._flushing = Lock()
        self.calls = 0

    def note(
        self,
        person: PersonId,
        operation: str,
        *,
        first: int = NO_INDEX,
        last: int = NO_INDEX,
        asked: Mapping[str, Json] = MappingProxyType({}),
    ) -> None:
        """`person` is about to read the record by `operation`: call it before anything is read.

        The one way for every operation that answers with entries or with what is proved of them
        (entries, proofs, checkpoints by name, verification, queries, followers, exports, bundles
        of tiles with entries). `first` and `last` are the indexes asked for, both included, as far
        as the caller knows them; `asked` is the question, which stands sealed. Raises Unavailable:
        then nothing may be answered.
        """
        window = int(self._clock.now_s()) // WINDOW_S
        with self._lock:
            self.calls += 1
            again = self._written.get((person, operation)) == window
            if again:
                place = Place(person=person, operation=operation, window=window)
                self._counts.setdefault(place, Count()).add(first, last, asked)
        if again:
            return
        alone = Count()
        alone.add(first, last, asked)
        self._ledger.append(fact_of(person, operation, window, alone))
        with self._lock:
            self._written[person, operation] = window

    def flush(self, *, stopping: bool = False) -> None:
        """Record the counts of minutes that ended; of the running one too when `stopping`.

        Raises Unavailable: then what was not recorded is kept, and recorded next time.
        """
        with self._flushing:
            for place, count in self._due(stopping=stopping):
                self._ledger.append(fact_of(place.person, place.operation, place.window, count))
                with self._lock:
                    del self._counts[place]

    def end(self) -> None:
        """Record what is still counted; what cannot be recorded is lost, and the diary says so."""
        try:
            self.flush(stopping=True)
        except AdytonError as error:
            DIARY.warning("reads of the record were not counted: %s", error.message)

    def _due(self, *, stopping: bool) -> list[tuple[Place, Count]]:
        window = int(self._clock.now_s()) // WINDOW_S
        with self._lock:
            kept = {key: one for key, one in self._written.items() if one == window}
            self._written = {} if stopping else kept
            counts = self._counts.items()
            return [(place, one) for place, one in counts if stopping or place.window != window]


def fact_of(person: PersonId, operation: str, window: int, count: Count) -> Fact:
    """The fact of one read, or of several that were counted together."""
    return Fact(
        type=RECORD_READ,
        subjects=(person,),
        public={
            "operation": operation,
            "from": window * WINDOW_S,
            "window_s": WINDOW_S,
            "calls": count.calls,
            "entries": count.entries,
            "first": count.first,
            "last": count.last,
        },
        body={"asked": count.asked} if count.asked else {},
        body_subject=person if count.asked else "",
    )
