"""Facts of the vault to rows of current state. Pure; runs inside the commit and by rebuild."""

from collections.abc import Callable, Iterable, Iterator

from adyton.terms import Entry, Json, Row, State
from adyton.vault import facts


def project(entry: Entry, state: State) -> Iterable[Row]:
    """The rows that follow from one fact; nothing for facts of other parts."""
    rows = _BY_TYPE.get(entry.type)
    return () if rows is None else tuple(rows(entry, state))


def _asset_registered(entry: Entry, _state: State) -> Iterator[Row]:
    body = entry.body or {}
    name = str(body.get("name", ""))
    data: dict[str, Json] = {
        "name": name,
        "kind": entry.public["kind"],
        "compartment": entry.public["compartment"],
        "current": "",
        "decoy": bool(body.get("decoy", False)),
    }
    yield Row(table=facts.ASSETS, key=str(entry.public["asset"]), data=data, index=name)


def _version_protected(entry: Entry, state: State) -> Iterator[Row]:
    asset, version = str(entry.public["asset"]), str(entry.public["version"])
    kept = ("asset", "manifest_sha256", "header_sha256", "size_bytes", "files")
    data: dict[str, Json] = {name: entry.public[name] for name in kept}
    data["protected_at"] = entry.recorded_at_s
    yield Row(table=facts.VERSIONS, key=version, data=data, index=asset)
    row = state.get(facts.ASSETS, asset)
    if row is not None:
        changed = {**row, "current": version}
        yield Row(table=facts.ASSETS, key=asset, data=changed, index=str(row["name"]))


def _release_requested(entry: Entry, _state: State) -> Iterator[Row]:
    kept = ("asset", "version", "purpose", "recipient", "by", "expires_at")
    data: dict[str, Json] = {name: entry.public[name] for name in kept}
    data["bytes"] = str((entry.body or {}).get("bytes", ""))
    data["status"] = facts.OPEN
    yield Row(
        table=facts.REQUESTS,
        key=str(entry.public["request"]),
        data=data,
        index=str(entry.public["asset"]),
    )


def _release_approved(entry: Entry, state: State) -> Iterator[Row]:
    request, person = str(entry.public["request"]), str(entry.public["person"])
    data: dict[str, Json] = {
        "request": request,
        "person": person,
        "group": entry.public["group"],
        "at": entry.recorded_at_s,
    }
    key = facts.approval_key(request, person)
    yield Row(table=facts.APPROVALS, key=key, data=data, index=request)
    if entry.public["satisfied"]:
        yield from _status(request, facts.APPROVED, state)


def _release_opened(entry: Entry, state: State) -> Iterator[Row]:
    yield from _status(str(entry.public["request"]), facts.OPENED, state)


def _release_closed(entry: Entry, state: State) -> Iterator[Row]:
    status = facts.EXPIRED if entry.public["reason"] == "expired" else facts.CLOSED
    yield from _status(str(entry.public["request"]), status, state)


def _status(request: str, status: str, state: State) -> Iterator[Row]:
    row = state.get(facts.REQUESTS, request)
    if row is not None:
        changed = {**row, "status": status}
        yield Row(table=facts.REQUESTS, key=request, data=changed, index=str(row["asset"]))


_BY_TYPE: dict[str, Callable[[Entry, State], Iterator[Row]]] = {
    facts.ASSET_REGISTERED: _asset_registered,
    facts.VERSION_PROTECTED: _version_protected,
    facts.RELEASE_REQUESTED: _release_requested,
    facts.RELEASE_APPROVED: _release_approved,
    facts.RELEASE_OPENED: _release_opened,
    facts.RELEASE_CLOSED: _release_closed,
}
