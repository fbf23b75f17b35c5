"""State as it will be after a commit: the store's rows, and above them those of the batch."""

from collections.abc import Iterable, Iterator, Mapping

from adyton.terms.facts import Json, Row, State


class Overlay:
    """A `State` over another one, with rows that are not committed yet.

    One thread. `rows` are what a commit must write: the last row of each key, in key order.
    """

    __slots__ = ("_below", "_changes", "_rows", "_seen")

    def __init__(self, below: State) -> None:
        self._below = below
        self._rows: dict[str, dict[str, Row]] = {}
        self._seen: dict[tuple[str, str], Mapping[str, Json] | None] = {}
        self._changes: dict[str, int] = {}

    def row(self, table: str, key: str) -> Row | None:
        """The row as it was laid here; None if none was, or if it is deleted."""
        found = self._rows.get(table, {}).get(key)
        return None if found is None or found.data is None else found

    def copy(self) -> "Overlay":
        """The same state, from which both go on by themselves."""
        copied = Overlay(self._below)
        copied._rows = {table: dict(rows) for table, rows in self._rows.items()}
        copied._changes = dict(self._changes)
        return copied

    def apply(self, rows: Iterable[Row]) -> None:
        """Lay rows above what is there."""
        for row in rows:
            self._rows.setdefault(row.table, {})[row.key] = row
            self._changes[row.table] = self._changes.get(row.table, 0) + 1

    def rows(self) -> list[Row]:
        """Every row laid so far, in one order: by table and key."""
        return [row for _, table in sorted(self._rows.items()) for _, row in sorted(table.items())]

    def get(self, table: str, key: str) -> Mapping[str, Json] | None:
        """The row, or None."""
        row = self._rows.get(table, {}).get(key)
        if row is not None:
            return row.data
        asked = (table, key)
        if asked not in self._seen:  # facts of one batch often ask for the same row
            self._seen[asked] = self._below.get(table, key)
        return self._seen[asked]

    def scan(self, table: str) -> Iterator[tuple[str, Mapping[str, Json]]]:
        """All rows of a table in the order of their keys."""
        above = self._rows.get(table, {})
        kept = [item for item in self._below.scan(table) if item[0] not in above]
        return self._merged(kept, above.values())

    def by_index(self, table: str, index: str) -> Iterator[tuple[str, Mapping[str, Json]]]:
        """The rows with that index in the order of their keys."""
        above = self._rows.get(table, {})
        kept = [item for item in self._below.by_index(table, index) if item[0] not in above]
        return self._merged(kept, (row for row in above.values() if row.index == index))

    def version(self, table: str) -> int:
        """Grows with every row that changed."""
        return self._below.version(table) + self._changes.get(table, 0)

    @staticmethod
    def _merged(
        kept: list[tuple[str, Mapping[str, Json]]], above: Iterable[Row]
    ) -> Iterator[tuple[str, Mapping[str, Json]]]:
        fresh = [(row.key, row.data) for row in above if row.data is not None]
        return iter(sorted(kept + fresh, key=lambda item: item[0]))


class EmptyState:
    """A `State` without rows: where a rebuild begins."""

    __slots__ = ()

    def get(self, table: str, key: str) -> None:  # noqa: ARG002 - the port's signature
        """None."""
        return

    def scan(self, table: str) -> Iterator[tuple[str, Mapping[str, Json]]]:  # noqa: ARG002
        """Nothing."""
        return iter(())

    def by_index(self, table: str, index: str) -> Iterator[tuple[str, Mapping[str, Json]]]:  # noqa: ARG002
        """Nothing."""
        return iter(())

    def version(self, table: str) -> int:  # noqa: ARG002
        """0."""
        return 0
