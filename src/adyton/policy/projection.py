"""Facts of policy to rows of current state. Pure; runs inside the commit and by rebuild.

What was erased closes: an entitlement whose sealed purpose is gone is void, and a lock whose
sealed network is gone stops every network until it is lifted.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from adyton.policy import facts
from adyton.terms import Entry, Json, Row, State


def project(entry: Entry, state: State) -> Iterable[Row]:
    """The rows that follow from one fact; nothing for facts of other parts."""
    rows = _BY_TYPE.get(entry.type)
    return () if rows is None else tuple(rows(entry, state))


def _compartment_added(entry: Entry, _state: State) -> Iterator[Row]:
    name = "" if entry.body is None else entry.body["name"]
    data = {"name": name, "bound_only": entry.public["bound_only"]}
    yield Row(table=facts.COMPARTMENTS, key=str(entry.public["compartment"]), data=data)


def _entitlement_granted(entry: Entry, _state: State) -> Iterator[Row]:
    kept = ("person", "act", "asset", "compartment", "until", "breadth")
    erased = entry.body is None
    data = {name: entry.public[name] for name in kept} | {
        "purpose": "" if entry.body is None else entry.body["purpose"],
        "revoked_at": entry.recorded_at_s if erased else 0,
    }
    yield Row(
        table=facts.ENTITLEMENTS,
        key=str(entry.public["entitlement"]),
        data=data,
        index=str(entry.public["person"]),
    )


def _entitlement_revoked(entry: Entry, state: State) -> Iterator[Row]:
    key = str(entry.public["entitlement"])
    row = state.get(facts.ENTITLEMENTS, key)
    if row is not None:
        data = {**row, "revoked_at": entry.recorded_at_s}
        yield Row(table=facts.ENTITLEMENTS, key=key, data=data, index=str(row["person"]))


def _lock_set(entry: Entry, _state: State) -> Iterator[Row]:
    body = {"reason": "", "target": facts.ANY_TARGET} if entry.body is None else entry.body
    target = str(entry.public["target"] or body["target"])
    data: dict[str, Json] = {
        "kind": entry.public["kind"],
        "target": target,
        "reason": body["reason"],
        "by": entry.public["by"],
        "set_at": entry.recorded_at_s,
        "lifted_at": 0,
    }
    yield Row(table=facts.LOCKS, key=str(entry.public["lock"]), data=data, index=target)


def _lock_lifted(entry: Entry, state: State) -> Iterator[Row]:
    key = str(entry.public["lock"])
    row = state.get(facts.LOCKS, key)
    if row is not None:
        data = {**row, "lifted_at": entry.recorded_at_s}
        yield Row(table=facts.LOCKS, key=key, data=data, index=str(row["target"]))


_BY_TYPE: Mapping[str, Callable[[Entry, State], Iterator[Row]]] = {
    facts.COMPARTMENT_ADDED: _compartment_added,
    facts.ENTITLEMENT_GRANTED: _entitlement_granted,
    facts.ENTITLEMENT_REVOKED: _entitlement_revoked,
    facts.LOCK_SET: _lock_set,
    facts.LOCK_LIFTED: _lock_lifted,
}
