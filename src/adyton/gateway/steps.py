"""The steps that several exchanges share: recording, and what a refusal is called."""

import hmac

from adyton.gateway.commands import Offer, Record, Recorded, Steps, Taken
from adyton.gateway.endpoints import is_decoy
from adyton.gateway.facts import Reason
from adyton.policy import Locked
from adyton.terms import (
    AdytonError,
    Exhausted,
    Fact,
    Malformed,
    Missing,
    Promise,
    ReceiptId,
    Refused,
    Secret,
    State,
    Unavailable,
    Unidentified,
)

_DIGEST_CHARS = 32  # 128 bits: enough to group by, not worth more room in the tree
_REASONS: tuple[tuple[type[AdytonError], Reason], ...] = (
    (Unidentified, Reason.UNIDENTIFIED),
    (Locked, Reason.LOCKED),
    (Refused, Reason.DENIED),
    (Missing, Reason.HIDDEN),
    (Malformed, Reason.MALFORMED),
    (Exhausted, Reason.EXHAUSTED),
)
_CODES = {Reason.LOCKED: "session_locked"}


def record(fact: Fact) -> Steps[Promise]:
    """Wait until a fact is durable. Raises Unavailable where the ledger does not take it."""
    try:
        event = yield Record(fact=fact)
    except AdytonError as error:
        raise Unavailable("the record cannot be written", mend="try later") from error
    if not isinstance(event, Recorded):
        raise Unavailable("the record was not written", mend="try later")
    return event.promise


def offer(fact: Fact) -> Steps[ReceiptId | None]:
    """The receipt of a refusal's fact, or None where there was no room. Raises Unavailable."""
    event = yield Offer(fact=fact)
    return event.receipt if isinstance(event, Taken) else None


def reason_of(error: AdytonError, *, state: State, model: str) -> Reason:
    """Why, for the record. A decoy is told apart here alone: the caller sees a missing name."""
    for family, reason in _REASONS:
        if isinstance(error, family):
            decoy = reason is Reason.HIDDEN and bool(model) and is_decoy(state, model)
            return Reason.DECOY if decoy else reason
    return Reason.UNAVAILABLE


def code_of(error: AdytonError) -> str:
    """The code for the caller; "" for the one of the error's family."""
    return _CODES[Reason.LOCKED] if isinstance(error, Locked) else ""


def keyed_digest(key: Secret[bytes], label: str, data: bytes) -> str:
    """A digest that says nothing without the key, however short the data."""
    return hmac.digest(key.reveal(), label.encode() + b"\0" + data, "sha256").hex()[:_DIGEST_CHARS]
