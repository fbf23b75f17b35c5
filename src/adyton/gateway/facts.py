"""The gateway's facts, and the rows that follow from them. Rebuildable: pure projections.

Names of models, questions, answers, user agents and addresses stand in bodies alone. Digests in
the tree are keyed: a question or a client string is too easily guessed for a bare hash.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from adyton.terms import Entry, Json, Row, State

ENDPOINT_DEFINED = "endpoint.defined"
ANSWER_INTENDED = "answer.intended"
ANSWER_CONTINUED = "answer.continued"
ANSWER_CLOSED = "answer.closed"
MODELS_LISTED = "models.listed"
REQUEST_REFUSED = "request.refused"
REFUSALS_LOST = "refusals.lost"
"""So many refusals were counted and could not be recorded before the process ended."""
FACT_TYPES = (
    ENDPOINT_DEFINED,
    ANSWER_INTENDED,
    ANSWER_CONTINUED,
    ANSWER_CLOSED,
    MODELS_LISTED,
    REQUEST_REFUSED,
    REFUSALS_LOST,
)

ENDPOINTS = "endpoints"
ANSWERS = "answers"
REFUSALS = "refusals"


class Status(StrEnum):
    """How an answer ended. `open` until its close fact; `crashed` is said by recovery."""

    OPEN = "open"
    DONE = "done"
    REFUSED = "refused"  # the output guard ended it
    CUT = "cut"  # a lock, an expiry or a budget ended it
    GONE = "gone"  # the caller hung up
    FAILED = "failed"  # the upstream, the ledger or a check failed
    CRASHED = "crashed"


class Reason(StrEnum):
    """Why a request was refused."""

    UNIDENTIFIED = "unidentified"
    DENIED = "denied"
    HIDDEN = "hidden"  # not there, or not to be known
    DECOY = "decoy"  # a name that nobody has a reason to use
    LOCKED = "locked"
    MALFORMED = "malformed"
    EXHAUSTED = "exhausted"
    UNAVAILABLE = "unavailable"


def project(entry: Entry, state: State) -> Iterable[Row]:
    """The rows that follow from one fact; none for facts of other parts."""
    match entry.type:
        case "endpoint.defined":
            return _endpoint(entry)
        case "answer.intended":
            return (_answer(str(entry.public["copy"]), _intended(entry)),)
        case "answer.continued" | "answer.closed":
            return _progressed(entry, state)
        case "request.refused":
            return (_refusals(entry, state),)
        case _:
            return ()


def _endpoint(entry: Entry) -> Iterable[Row]:
    """An endpoint whose sealed name was erased has no row: closed, not guessed."""
    if entry.body is None:
        return ()
    data = {
        "asset": entry.public["asset"],
        "weights": entry.public["weights"],
        "decoy": entry.public["decoy"],
        "upstream": entry.body["upstream"],
        "since": entry.recorded_at_s,
    }
    return (
        Row(table=ENDPOINTS, key=str(entry.body["model"]), data=data, index=str(data["asset"])),
    )


def _intended(entry: Entry) -> Mapping[str, Json]:
    kept = ("asset", "recipient", "credential", "client")
    return {name: entry.public[name] for name in kept} | {
        "at": entry.recorded_at_s,
        "closed": False,
        "bytes_out": 0,
        "tokens_out": 0,
        "status": str(Status.OPEN),
    }


def _progressed(entry: Entry, state: State) -> Iterable[Row]:
    copy = str(entry.public["copy"])
    row = state.get(ANSWERS, copy)
    if row is None:
        return ()
    named = ("bytes_out", "tokens_out", "status")
    said = {name: entry.public[name] for name in named if name in entry.public}
    closed = entry.type == ANSWER_CLOSED
    return (_answer(copy, {**row, **said, "closed": closed}),)


def _answer(copy: str, data: Mapping[str, Json]) -> Row:
    return Row(table=ANSWERS, key=copy, data=data, index=str(data["recipient"]))


def _refusals(entry: Entry, state: State) -> Row:
    person, reason = str(entry.public["person"]), str(entry.public["reason"])
    key = f"{person or 'nobody'}/{reason}"
    before = state.get(REFUSALS, key) or {"count": 0, "first_at": entry.recorded_at_s}
    count = _number(before["count"]) + _number(entry.public["count"])
    data: dict[str, Json] = {
        "person": person,
        "reason": reason,
        "count": count,
        "first_at": before["first_at"],
        "last_at": entry.recorded_at_s,
    }
    return Row(table=REFUSALS, key=key, data=data, index=person)


def _number(value: Json) -> int:
    return value if isinstance(value, int) else 0
