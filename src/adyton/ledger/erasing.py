"""The ledger's own fact of erasure, and what follows from it."""

from collections.abc import Iterable, Sequence

from adyton.terms.facts import Entry, Fact, Row, State

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
    return (Row(table=ERASURES, key=f"{entry.index:012}", data=data, index=entry.subjects[0]),)


def erased_keys(state: State) -> list[str]:
    """The ids of every body key that a fact says is destroyed."""
    return [
        str(key_id)
        for _, data in state.scan(ERASURES)
        if isinstance(keys := data["keys"], Sequence)
        for key_id in keys
    ]
