"""State out of facts: the same projections that ran inside each commit, run again from nothing."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from adyton.ledger.overlay import EmptyState, Overlay
from adyton.terms.facts import Entry, Row, State

TELL_EVERY = 1000

Projection: TypeAlias = Callable[[Entry, State], Iterable[Row]]
"""Pure. Given the entry and the state before it, the rows that it writes. A body may be None
(erased) even for facts that always had one."""


def rebuild(entries: Iterable[Entry], projections: Sequence[Projection]) -> list[Row]:
    """Every row of the state that follows from `entries`, by table and key.

    Equal to the live rows. Memory grows with the state, not with the log.
    """
    overlay = Overlay(EmptyState())
    for entry in entries:
        project(entry, overlay, projections)
    return [row for row in overlay.rows() if row.data is not None]


def project(entry: Entry, overlay: Overlay, projections: Sequence[Projection]) -> Sequence[Row]:
    """Lay the rows of one entry on the state before it; none of them if a projection raises."""
    rows = [row for projection in projections for row in projection(entry, overlay)]
    overlay.apply(rows)
    return rows


def changes(old: Iterable[Row], new: Iterable[Row]) -> list[Row]:
    """The rows to write so that `old` becomes `new`; a row with data None deletes."""
    before = {(row.table, row.key): row for row in old}
    after = {(row.table, row.key): row for row in new}
    gone = [
        Row(table=table, key=key, data=None) for table, key in before if (table, key) not in after
    ]
    return gone + [row for name, row in after.items() if before.get(name) != row]


def counted(entries: Iterable[Entry], seen: Callable[[int], None]) -> Iterator[Entry]:
    """The same entries; `seen` hears now and then how many there were."""
    at = -1
    for at, entry in enumerate(entries):
        if at % TELL_EVERY == 0:
            seen(at)
        yield entry
    seen(at + 1)
