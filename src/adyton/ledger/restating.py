"""What an erasure changes in the rows: one walk over the facts, with and without those bodies.

Both sides are made from the facts, and only their difference is written: a row that stands on a
lost body stays as it is. The walk runs in the thread of whoever asks for the erasure, while others
go on recording; the writer does its last steps, so that nothing is missed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from adyton.ledger.erasing import Cover
from adyton.ledger.overlay import EmptyState, Overlay
from adyton.ledger.ports import FactStore, StoredFact
from adyton.ledger.rebuild import Projection, project
from adyton.ledger.sealing import Bodies
from adyton.terms.facts import BodyState, Row

_READ_AT_ONCE = 1000


class Restating:
    """The rows before and after the erasure of what lies under `key_ids`. One thread at a time.

    Memory grows with the state, twice from the first such body on.
    """

    def __init__(
        self,
        store: FactStore,
        bodies: Bodies,
        projections: Sequence[Projection],
        key_ids: Iterable[str],
    ) -> None:
        self.key_ids = list(key_ids)
        self.at = 0
        self.cover = Cover()
        self._store = store
        self._bodies = bodies
        self._projections = projections
        self._gone = frozenset(self.key_ids)
        self._before = Overlay(EmptyState())
        self._after = self._before  # the same until the first body that goes
        self._differing: set[tuple[str, str]] = set()

    def walk(self, end: int) -> None:
        """Go on over the facts below `end`."""
        while self.at < end:
            page = self._store.read(self.at, min(_READ_AT_ONCE, end - self.at))
            for stored in page:
                self._add(stored)
            self.at += len(page)
            if not page:
                return

    def changes(self) -> list[Row]:
        """The rows to write; one with data None deletes. Quick: the writer waits for it."""
        return [
            self._after.row(table, key) or Row(table=table, key=key, data=None)
            for table, key in sorted(self._differing)
        ]

    def _add(self, stored: StoredFact) -> None:
        entry = self._bodies.entry(stored)
        goes = stored.body is not None and stored.body.key_id in self._gone
        if goes:
            self.cover.add(stored)
        if goes and self._after is self._before:
            self._after = self._before.copy()
        rows = project(entry, self._before, self._projections)
        if self._after is self._before:
            return
        if goes:
            entry = replace(entry, body=None, body_state=BodyState.ERASED)
        for row in (*rows, *project(entry, self._after, self._projections)):
            table, key = row.table, row.key
            if self._before.row(table, key) == self._after.row(table, key):
                self._differing.discard((table, key))
            else:
                self._differing.add((table, key))
