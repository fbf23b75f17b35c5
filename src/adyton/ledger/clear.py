"""Facts as they stand in the tree: read without opening a body."""

from collections.abc import Callable, Sequence

from adyton.ledger.envelope import Envelope, parse_envelope
from adyton.ledger.ports import FactStore
from adyton.terms.errors import Missing


class ClearFacts:
    """The committed facts of a log in clear, each with its index. Safe from threads."""

    def __init__(self, store: FactStore, *, size: Callable[[], int]) -> None:
        self._store = store
        self._size = size

    def size(self) -> int:
        """How many facts are committed."""
        return self._size()

    def read(self, start: int, limit: int) -> Sequence[tuple[int, Envelope]]:
        """Up to `limit` facts from index `start` on. Raises Malformed."""
        return [
            (one.index, parse_envelope(one.data, what=f"entry {one.index}"))
            for one in self._store.read(start, limit, bodies=False)
        ]

    def at(self, index: int) -> tuple[int, Envelope]:
        """The fact with that index. Raises Missing."""
        found = self.read(index, 1) if index >= 0 else ()
        if not found or found[0][0] != index:
            raise Missing("no fact has that index", mend="see adyton ledger tail")
        return found[0]
