"""The ledger's own fact of erasure, and what follows from it."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from adyton.ledger.envelope import parse_envelope
from adyton.ledger.ports import StoredFact
from adyton.ledger.sealing import Bodies
from adyton.terms.facts import Entry, Fact, Json, Row, State

BODIES_ERASED = "bodies.erased"
ERASURES = "erasures"
"""Table of erasures: key = index of the fact, {month, keys: [ids], subject, bodies, covers},
index = subject. Facts of earlier versions lack `bodies` and `covers`."""
_MAY_ERASE = f'"type":"{BODIES_ERASED}"'.encode()


class Cover:
    """Which bodies lie under some keys: how many, and a digest of their facts' receipts in order.

    It stands in the fact of erasure, so that no other body can be passed off as erased by it.
    """

    def __init__(self) -> None:
        self.bodies = 0
        self._receipts = hashlib.sha256()

    def add(self, stored: StoredFact) -> None:
        """One more, the next in the order of the record."""
        self.bodies += 1
        self._receipts.update(stored.receipt.encode() + b"\n")

    def digest(self) -> str:
        """SHA-256 over each receipt and a line feed, in hex."""
        return self._receipts.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """An erasure on record; `bodies` -1 and `covers` "" where its fact does not say them."""

    index: int
    month: str
    keys: tuple[str, ...]
    bodies: int
    covers: str


def erasure(subject: str, month: str, key_ids: Sequence[str], cover: Cover) -> Fact:
    """The fact that the body keys of a subject and month are destroyed."""
    return Fact(
        type=BODIES_ERASED,
        subjects=(subject,),
        public={
            "month": month,
            "keys": list(key_ids),
            "bodies": cover.bodies,
            "covers": cover.digest(),
        },
    )


def project(entry: Entry, _state: State) -> Iterable[Row]:
    """The row of an erasure; it names the keys to destroy should the process have died midway."""
    if entry.type != BODIES_ERASED:
        return ()
    data = {"subject": entry.subjects[0], **entry.public}
    return (Row(table=ERASURES, key=_key(entry.index), data=data, index=entry.subjects[0]),)


def erasures(state: State) -> list[Erasure]:
    """Every erasure on record, by the rows."""
    return [_erasure(int(key), data) for key, data in state.scan(ERASURES)]


def erased_keys(state: State) -> list[str]:
    """The ids of every body key that a fact says is destroyed."""
    return [key_id for one in erasures(state) for key_id in one.keys]


def withhold(bodies: Bodies, found: Iterable[Erasure]) -> None:
    """Nothing that these erasures name seals or opens from now on."""
    for one in found:
        bodies.retire(one.keys, month=one.month, index=one.index)


def on_record(facts: Iterable[StoredFact]) -> Iterator[Erasure]:
    """Every erasure among stored facts, where no row can be believed."""
    for stored in facts:
        if _MAY_ERASE in stored.data:
            envelope = parse_envelope(stored.data, what=f"entry {stored.index}")
            if envelope.type == BODIES_ERASED:
                yield _erasure(stored.index, envelope.public)


class Erasures:
    """Destroys keys once a quorum of witnesses covers the fact that says so; withheld until then.

    The fact comes first and is seen outside before anything is gone; whoever dies in between
    goes on from the rows at the next start.
    """

    def __init__(self, state: State, bodies: Bodies) -> None:
        self._state = state
        self._bodies = bodies
        found = erasures(state)
        self._due = {one.index: one.keys for one in found}
        withhold(bodies, found)

    def owe(self, index: int) -> None:
        """The erasure at `index` was recorded."""
        row = self._state.get(ERASURES, _key(index))
        self._due[index] = () if row is None else _erasure(index, row).keys

    def settle(self, covered: Callable[[int], bool]) -> None:
        """Destroy the keys of every erasure whose fact is covered, or Unavailable.

        `covered` says of a fact's position whether a cosigned checkpoint covers it.
        """
        for index in [one for one in self._due if covered(one)]:
            self._bodies.destroy(self._due[index])
            del self._due[index]


def _key(index: int) -> str:
    return f"{index:012}"


def _erasure(index: int, data: Mapping[str, Json]) -> Erasure:
    keys, bodies = data["keys"], data.get("bodies", -1)
    return Erasure(
        index=index,
        month=str(data["month"]),
        keys=tuple(str(one) for one in keys) if isinstance(keys, Sequence) else (),
        bodies=bodies if isinstance(bodies, int) else -1,
        covers=str(data.get("covers", "")),
    )
