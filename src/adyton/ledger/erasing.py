"""The ledger's own fact of erasure, and what follows from it."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from adyton.ledger.sealing import Bodies
from adyton.terms.facts import Entry, Fact, Json, Row, State

BODIES_ERASED = "bodies.erased"
ERASURES = "erasures"
"""Table of erasures: key = index of the fact, {month, keys: [ids], subject}, index = subject."""


def erasure(subject: str, month: str, key_ids: Sequence[str]) -> Fact:
    """The fact that the body keys of a subject and month are destroyed."""
    return Fact(
        type=BODIES_ERASED,
        subjects=(subject,),
        public={"month": month, "keys": list(key_ids)},
    )


def project(entry: Entry, _state: State) -> Iterable[Row]:
    """The row of an erasure; it names the keys to destroy should the process have died midway."""
    if entry.type != BODIES_ERASED:
        return ()
    data = {"subject": entry.subjects[0], **entry.public}
    return (Row(table=ERASURES, key=_key(entry.index), data=data, index=entry.subjects[0]),)


def erased_keys(state: State) -> list[str]:
    """The ids of every body key that a fact says is destroyed."""
    return [key_id for _, data in state.scan(ERASURES) for key_id in _keys(data)]


class Erasures:
    """Destroys keys once a quorum of witnesses covers the fact that says so; withheld until then.

    The fact comes first and is seen outside before anything is gone; whoever dies in between
    goes on from the rows at the next start.
    """

    def __init__(self, state: State, bodies: Bodies) -> None:
        self._state = state
        self._bodies = bodies
        self._due = {int(key): _keys(data) for key, data in state.scan(ERASURES)}
        self._bodies.withhold([one for keys in self._due.values() for one in keys])

    def owe(self, index: int) -> None:
        """The erasure at `index` was recorded."""
        row = self._state.get(ERASURES, _key(index))
        self._due[index] = [] if row is None else _keys(row)

    def settle(self, covered: Callable[[int], bool]) -> None:
        """Destroy the keys of every erasure whose fact is covered, or Unavailable.

        `covered` says of a fact's position whether a cosigned checkpoint covers it.
        """
        for index in [one for one in self._due if covered(one)]:
            self._bodies.destroy(self._due[index])
            del self._due[index]


def _key(index: int) -> str:
    return f"{index:012}"


def _keys(data: Mapping[str, Json]) -> list[str]:
    keys = data["keys"]
    return [str(one) for one in keys] if isinstance(keys, Sequence) else []
