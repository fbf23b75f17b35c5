"""Facts read back out of the store, by index or by receipt."""

from collections.abc import Iterable, Sequence

from adyton.ledger.envelope import parse_envelope
from adyton.ledger.ports import FactStore, StoredFact
from adyton.ledger.sealing import Bodies
from adyton.terms.errors import Missing, Tampered
from adyton.terms.facts import BodyState, Entry
from adyton.terms.ids import ReceiptId

_READ_AT_ONCE = 256


class Reader:
    """Reads one log's store. Safe from threads."""

    def __init__(self, store: FactStore, bodies: Bodies) -> None:
        self._store = store
        self._bodies = bodies

    def entries(self, after: int, limit: int) -> Sequence[Entry]:
        """Up to `limit` facts with an index above `after`. Raises Tampered."""
        return [self._bodies.entry(one) for one in self._store.read(after + 1, limit)]

    def entry(self, receipt: ReceiptId) -> Entry:
        """The fact with that receipt. Raises Missing."""
        return self._bodies.entry(self.find(receipt))

    def opening(self, index: int) -> tuple[bytes, bytes] | None:
        """(r, body bytes) of a fact's commitment; None unless its body is here, and its key."""
        return self._bodies.open(self.at(index))

    def body_states(self, indexes: Iterable[int]) -> dict[int, BodyState]:
        """How the bodies of these facts stand; none is opened."""
        found: dict[int, BodyState] = {}
        wanted = sorted(set(indexes))
        while wanted:
            run = next((at for at, one in enumerate(wanted) if one != wanted[0] + at), len(wanted))
            for stored in self._store.read(wanted[0], min(run, _READ_AT_ONCE)):
                found[stored.index] = self._bodies.standing(stored)
            wanted = wanted[min(run, _READ_AT_ONCE) :]
        return found

    def find(self, receipt: ReceiptId) -> StoredFact:
        """The stored fact with that receipt. Raises Missing, Tampered."""
        stored = self._store.find(receipt)
        if stored is None:
            raise Missing("no fact has that receipt")
        if parse_envelope(stored.data, what=f"entry {stored.index}").receipt != receipt:
            raise Tampered(f"the fact store: entry {stored.index} is kept under another receipt")
        return stored

    def at(self, index: int) -> StoredFact:
        """The stored fact with that index. Raises Missing."""
        found = self._store.read(index, 1) if index >= 0 else ()
        if not found:
            raise Missing("no fact has that index")
        return found[0]
