"""Facts of identity to rows of current state. Pure; runs inside the commit and by rebuild."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from adyton.identity import facts
from adyton.terms import Entry, Json, Row, State


def project(entry: Entry, state: State) -> Iterable[Row]:
    """The rows that follow from one fact; nothing for facts of other parts."""
    rows = _BY_TYPE.get(entry.type)
    return () if rows is None else tuple(rows(entry, state))


def _org_added(entry: Entry, _state: State) -> Iterator[Row]:
    data: dict[str, Json] = {
        "name": _from_body(entry, "name"),
        "kind": entry.public["kind"],
        "country": entry.public["country"],
        "ended_at": 0,
    }
    yield Row(table=facts.ORGS, key=str(entry.public["org"]), data=data)


def _org_ended(entry: Entry, state: State) -> Iterator[Row]:
    org = str(entry.public["org"])
    row = state.get(facts.ORGS, org)
    if row is not None:
        yield _changed(facts.ORGS, org, row, "ended_at", entry.recorded_at_s)
    for person, data in state.by_index(facts.PEOPLE, org):
        if not data["ended_at"]:
            yield from _end_person(person, data, state, entry.recorded_at_s)


def _person_added(entry: Entry, _state: State) -> Iterator[Row]:
    data: dict[str, Json] = {
        "name": _from_body(entry, "name"),
        "login": _from_body(entry, "login"),
        "team": _from_body(entry, "team"),
        "org": entry.public["org"],
        "employment": entry.public["employment"],
        "roles": entry.public["roles"],
        "ended_at": 0,
    }
    person, org = str(entry.public["person"]), str(entry.public["org"])
    yield Row(table=facts.PEOPLE, key=person, data=data, index=org)


def _person_ended(entry: Entry, state: State) -> Iterator[Row]:
    person = str(entry.public["person"])
    row = state.get(facts.PEOPLE, person)
    if row is not None:
        yield from _end_person(person, row, state, entry.recorded_at_s)


def _end_person(person: str, row: Mapping[str, Json], state: State, at_s: int) -> Iterator[Row]:
    yield _changed(facts.PEOPLE, person, row, "ended_at", at_s, index=str(row["org"]))
    for credential, data in state.by_index(facts.CREDENTIALS, person):
        if not data["revoked_at"]:
            yield _changed(facts.CREDENTIALS, credential, data, "revoked_at", at_s, index=person)
    approver = state.get(facts.APPROVERS, person)
    if approver is not None:
        yield _changed(facts.APPROVERS, person, approver, "ended_at", at_s)


def _credential_issued(entry: Entry, _state: State) -> Iterator[Row]:
    kept = ("person", "digest", "binding", "thumbprint", "expires_at")
    data = {name: entry.public[name] for name in kept} | {"revoked_at": 0}
    yield Row(
        table=facts.CREDENTIALS,
        key=str(entry.public["credential"]),
        data=data,
        index=str(entry.public["person"]),
    )


def _credential_revoked(entry: Entry, state: State) -> Iterator[Row]:
    credential = str(entry.public["credential"])
    row = state.get(facts.CREDENTIALS, credential)
    if row is not None:
        at_s, person = entry.recorded_at_s, str(row["person"])
        yield _changed(facts.CREDENTIALS, credential, row, "revoked_at", at_s, index=person)


def _approver_enrolled(entry: Entry, _state: State) -> Iterator[Row]:
    kept = ("group", "hpke_public", "sign_public")
    data = {name: entry.public[name] for name in kept} | {"ended_at": 0}
    yield Row(table=facts.APPROVERS, key=str(entry.public["person"]), data=data)


def _changed(
    table: str, key: str, row: Mapping[str, Json], field: str, value: int, *, index: str = ""
) -> Row:
    return Row(table=table, key=key, data={**row, field: value}, index=index)


def _from_body(entry: Entry, field: str) -> Json:
    """A personal field, empty once its body was erased."""
    return "" if entry.body is None else entry.body.get(field, "")


_BY_TYPE: Mapping[str, Callable[[Entry, State], Iterator[Row]]] = {
    facts.ORG_ADDED: _org_added,
    facts.ORG_ENDED: _org_ended,
    facts.PERSON_ADDED: _person_added,
    facts.PERSON_ENDED: _person_ended,
    facts.CREDENTIAL_ISSUED: _credential_issued,
    facts.CREDENTIAL_REVOKED: _credential_revoked,
    facts.APPROVER_ENROLLED: _approver_enrolled,
}
