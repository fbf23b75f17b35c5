"""Facts and foreign rows as OCSF events, version 1.6.0 (docs/formats/ocsf.md).

Where OCSF has no word, the event keeps ours under `unmapped`. What is not known is not made up: a
fact holds no network address in clear, so its `src_endpoint` names the process that wrote it down.
"""

from collections.abc import Mapping
from typing import Any, Final

VERSION: Final = "1.6.0"
BASE, ENTITY, AUTHENTICATION, API = 0, 3004, 3002, 6003
MS: Final = 1000
INFORMATIONAL, UNKNOWN, OTHER = 1, 0, 99
_KEPT: Final = frozenset(
    {
        *("organisation", "person", "credential", "approver", "compartment", "entitlement"),
        *("lock", "asset", "version", "endpoint", "source", "case", "action"),
    }
)
"""Nouns of facts that say what became of something we keep: Entity Management."""
_USED: Final = frozenset(
    {
        *("answer", "models", "request", "copy", "checkout", "release", "record", "question"),
        *("review", "trace", "sweep", "model"),
    }
)
"""Nouns of facts that say what somebody did through the perimeter: API Activity."""
_SUBJECTS, _NOBODY = "subjects", ""
_ACTORS: Final = {
    "answer.closed": "recipient",
    "answer.intended": "recipient",
    "checkout.read": "recipient",
    "copy.acknowledged": _SUBJECTS,
    "copy.issued": _NOBODY,  # its recipient took no part in it
    "model.started": _SUBJECTS,
    "models.listed": "recipient",
    "record.read": _SUBJECTS,
    "record.reconciled": _SUBJECTS,
    "release.approved": "person",
    "release.closed": _NOBODY,
    "release.opened": _NOBODY,  # by its recipient or by who asked for it: the fact does not say
    "request.refused": "person",
    "review.asked": _SUBJECTS,
    "review.done": _SUBJECTS,
    "version.disclosed": _SUBJECTS,
}
"""Where a fact names who acted, if not in `by`: a field in clear, or the one person it is about."""
_CREATE, _READ, _UPDATE, _DELETE = 1, 2, 3, 4
_ACTIVITIES: Final = {
    **dict.fromkeys(("added", "issued", "enrolled", "registered", "defined"), _CREATE),
    **dict.fromkeys(("opened", "set", "granted", "imported", "planned", "requested"), _CREATE),
    **dict.fromkeys(("read", "listed", "asked"), _READ),
    **dict.fromkeys(("approved", "done", "verified", "undone", "assessed", "disclosed"), _UPDATE),
    **dict.fromkeys(("acknowledged", "protected"), _UPDATE),
    **dict.fromkeys(("ended", "revoked", "lifted", "closed"), _DELETE),
}
_SIGN_INS: Final = frozenset({"signin.ok", "signin.failed", "token.refreshed"})
_ROW_ACTIVITIES: Final = {
    "object.read": _READ,
    "object.list": _READ,
    "object.written": _CREATE,
    "object.shared": _UPDATE,
    "acl.changed": _UPDATE,
    "link.created": _CREATE,
    "mfa.reset": _UPDATE,
}
_LOGON, _RENEW = 1, 5
_SUCCESS, _FAILURE = 1, 2


def fact_event(fact: Mapping[str, Any]) -> dict[str, Any]:
    """One fact (as `ledger.query` gives it) as an event."""
    noun, _, participle = str(fact["type"]).partition(".")
    activity = _ACTIVITIES.get(participle, OTHER)
    common = {
        "metadata": _metadata(fact["receipt"], fact["type"], sequence=fact["index"]),
        "unmapped": {
            "body": fact["body"],
            "epoch": fact["epoch"],
            "index": fact["index"],
            "public": dict(fact["public"]),
            "subjects": list(fact["subjects"]),
        },
    }
    time_ms = int(fact["time"]) * MS
    actor = _actor(fact)
    if noun in _KEPT:
        entity = {"uid": next(iter(fact["subjects"]), fact["receipt"]), "type": noun}
        return _event(ENTITY, activity, time_ms, {"entity": entity, "actor": actor, **common})
    if noun in _USED:
        called = {
            "actor": actor,
            "api": {"operation": fact["type"]},
            "src_endpoint": {"name": fact["writer"]},
        }
        return _event(API, activity, time_ms, {**called, **common})
    return _event(BASE, OTHER, time_ms, common)


def row_event(row: Mapping[str, Any], source: Mapping[str, Any]) -> dict[str, Any]:
    """One row of a foreign log as an event; `source` is what stands beside it."""
    says = dict(row["says"])
    action = says.get("action", "")
    common = {
        "metadata": {
            **_metadata(f"{row['source']}:{row['line']}", action, sequence=row["line"]),
            "log_name": row["source"],
            "original_time": str(row["log_time"]),
        },
        "unmapped": {**says, "source": {"id": row["source"], **source}},
    }
    time_ms = int(row["time"]) * MS
    # an absent actor is unknown, and not "nobody signed in"
    user = {"name": says.get("actor") or "unknown"}
    if action in _SIGN_INS:
        event = {
            "user": user,
            "service": {"name": str(source.get("kind", "unknown"))},
            "status_id": _FAILURE if action == "signin.failed" else _SUCCESS,
            **common,
        }
        if says.get("address"):
            event["src_endpoint"] = {"ip": says["address"]}
        activity = _RENEW if action == "token.refreshed" else _LOGON
        return _event(AUTHENTICATION, activity, time_ms, event)
    address = {"ip": says["address"]} if says.get("address") else {"name": "unknown"}
    called = {"actor": {"user": user}, "api": {"operation": action}, "src_endpoint": address}
    return _event(API, _ROW_ACTIVITIES.get(action, OTHER), time_ms, {**called, **common})


def _event(kind: int, activity: int, time_ms: int, more: Mapping[str, Any]) -> dict[str, Any]:
    activity_name = {"activity_name": "Other"} if activity == OTHER else {}
    return {
        "activity_id": activity,
        **activity_name,
        "category_uid": kind // 1000,
        "class_uid": kind,
        "severity_id": INFORMATIONAL,
        "time": time_ms,
        "type_uid": kind * 100 + activity,
        **more,
    }


def _metadata(uid: str, code: str, *, sequence: int) -> dict[str, Any]:
    return {
        "product": {"name": "Adyton", "vendor_name": "Adyton"},
        "version": VERSION,
        "uid": uid,
        "event_code": code,
        "sequence": sequence,
    }


def _actor(fact: Mapping[str, Any]) -> dict[str, Any]:
    """Who did it, as far as the fact says so in clear; else the process that wrote it down.

    Whom a fact is about, or who received something, is no actor.
    """
    public, subjects = fact["public"], fact["subjects"]
    where = _ACTORS.get(fact["type"], "by")
    named = subjects if where == _SUBJECTS else [public.get(where)]
    person = next((one for one in named if str(one).startswith("per_")), None)
    return {"user": {"uid": person}} if person else {"app_name": fact["writer"]}
