"""The facts of an investigation and the rows that follow from them.

Tables (all rebuildable): `sources` {kind, digest, …, receipt, name, by}; `cases` {purpose, by,
second, status, …}; `case_items` key `<case>/<n>` index=case {kind, …}; `actions` index=case.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from adyton.terms import Entry, Json, Row, State

FACTS: Final = (
    "source.imported",
    "case.opened",
    "exhibit.preserved",
    "question.asked",
    "case.assessed",
    "reply.recorded",
    "tier.signed",
    "case.closed",
    "action.planned",
    "action.approved",
    "action.done",
    "action.verified",
    "action.undone",
)


def project(entry: Entry, state: State) -> Iterable[Row]:
    """The rows that a fact of this part changes; none for other facts."""
    change = _CHANGES.get(entry.type)
    return change(entry, state) if change else ()


def _opened_body(entry: Entry) -> Mapping[str, Json]:
    """The sealed part; empty after an erasure, and then texts are gone from the rows too."""
    return entry.body or {}


def _source(entry: Entry, state: State) -> Iterable[Row]:
    del state
    body = _opened_body(entry)
    data = {
        **entry.public,
        "entry": entry.index,
        "receipt": entry.receipt,
        "name": body.get("name", ""),
        "mapping": body.get("mapping", ""),
        "by": body.get("by", ""),
        "malformed_lines": body.get("malformed_lines", []),
        "imported_at": entry.recorded_at_s,
    }
    yield Row(table="sources", key=str(entry.public["source"]), data=data)


def _case_opened(entry: Entry, state: State) -> Iterable[Row]:
    del state
    body = _opened_body(entry)
    data = {
        "purpose": body.get("purpose", ""),
        "by": entry.public["by"],
        "second": entry.public["second"],
        "posted_at_s": entry.public["posted_at_s"],
        "opened_at": entry.recorded_at_s,
        "entry": entry.index,
        "status": "open",
        "assessed": "",
        "closed_at": 0,
    }
    yield Row(table="cases", key=str(entry.public["case"]), data=data)


def _item(entry: Entry, state: State) -> Iterable[Row]:
    """Everything that happens in a case is also one of its items, in order."""
    del state
    case = str(entry.public["case"])
    data = {
        **entry.public,
        "kind": entry.type,
        "entry": entry.index,
        "receipt": entry.receipt,
        "at": entry.recorded_at_s,
    }
    yield Row(table="case_items", key=f"{case}/{entry.index:012d}", data=data, index=case)


def _assessed(entry: Entry, state: State) -> Iterable[Row]:
    yield from _item(entry, state)
    yield from _case_with(entry, state, assessed=entry.receipt)


def _closed(entry: Entry, state: State) -> Iterable[Row]:
    yield from _item(entry, state)
    yield from _case_with(entry, state, status="closed", closed_at=entry.recorded_at_s)


def _case_with(entry: Entry, state: State, **changes: Json) -> Iterable[Row]:
    case = str(entry.public["case"])
    row = state.get("cases", case)
    if row is not None:
        yield Row(table="cases", key=case, data={**row, **changes})


def _planned(entry: Entry, state: State) -> Iterable[Row]:
    del state
    body = _opened_body(entry)
    case = str(entry.public["case"])
    data = {
        **entry.public,
        **{key: body.get(key, "") for key in ("text", "undo", "affects")},
        "collateral": body.get("collateral", []),
        "cites": body.get("cites", []),
        "lines": body.get("lines", []),
        "entry": entry.index,
        "planned_at": entry.recorded_at_s,
        "status": "planned",
        "approvals": [],
        "handle": "",
        "done_entry": -1,
        "verified_entry": -1,
        "retry": "",
    }
    yield Row(table="actions", key=str(entry.public["action"]), data=data, index=case)


def _action_with(
    entry: Entry, state: State, change: Callable[[Mapping[str, Json]], Mapping[str, Json]]
) -> Iterable[Row]:
    action = str(entry.public["action"])
    row = state.get("actions", action)
    if row is not None:
        data = {**row, **change(row)}
        yield Row(table="actions", key=action, data=data, index=str(row["case"]))


def _approved(entry: Entry, state: State) -> Iterable[Row]:
    def change(row: Mapping[str, Json]) -> Mapping[str, Json]:
        given = row["approvals"]
        people = [*(given if isinstance(given, list | tuple) else []), entry.public["by"]]
        needed = row["needed"]
        enough = isinstance(needed, int) and len(people) >= needed
        return {"approvals": people, "status": "approved" if enough else "planned"}

    return _action_with(entry, state, change)


def _done(entry: Entry, state: State) -> Iterable[Row]:
    status, handle = entry.public["status"], entry.public["handle"]
    return _action_with(
        entry, state, lambda _: {"status": status, "handle": handle, "done_entry": entry.index}
    )


def _verified(entry: Entry, state: State) -> Iterable[Row]:
    changes: dict[str, Json] = {
        "status": entry.public["status"],
        "verified_entry": entry.index,
        "retry": _opened_body(entry).get("how", ""),
    }
    return _action_with(entry, state, lambda _: changes)


def _undone(entry: Entry, state: State) -> Iterable[Row]:
    return _action_with(entry, state, lambda _: {"status": "undone"})


_CHANGES: Final[Mapping[str, Callable[[Entry, State], Iterable[Row]]]] = {
    "source.imported": _source,
    "case.opened": _case_opened,
    "exhibit.preserved": _item,
    "question.asked": _item,
    "case.assessed": _assessed,
    "reply.recorded": _item,
    "tier.signed": _item,
    "case.closed": _closed,
    "action.planned": _planned,
    "action.approved": _approved,
    "action.done": _done,
    "action.verified": _verified,
    "action.undone": _undone,
}
