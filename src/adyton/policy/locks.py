"""Locks: stops on a person, an organisation, a credential, an asset, an attribute and more."""

import ipaddress
import re
from collections.abc import Mapping
from enum import StrEnum

from adyton.crypto.ids import mint
from adyton.identity.facts import CREDENTIALS, ORGS, PEOPLE
from adyton.ledger import Ledger
from adyton.policy import facts
from adyton.policy.lockout import keeps_an_operator
from adyton.policy.targets import attributes_known
from adyton.terms import (
    Clock,
    Conflict,
    Entropy,
    Fact,
    LockId,
    Malformed,
    Missing,
    PersonId,
    Promise,
    State,
)

MAX_REASON = 500
_ID = re.compile(r"[a-z]{3}_[a-z2-7]{26}", re.ASCII)
_COUNTRY = re.compile(r"org\.country=[A-Z]{2}", re.ASCII)


class LockKind(StrEnum):
    """What a lock can stop."""

    PERSON = "person"
    ORG = "org"
    CREDENTIAL = "credential"
    COMPARTMENT = "compartment"
    ASSET = "asset"
    VERSION = "version"
    SESSION = "session"
    NETWORK = "network"
    ATTRIBUTE = "attribute"
    COPY = "copy"


# A lock on an id that does not exist would stop nothing and look as if it did.
_TABLES: Mapping[LockKind, str] = {
    LockKind.PERSON: PEOPLE,
    LockKind.ORG: ORGS,
    LockKind.CREDENTIAL: CREDENTIALS,
    LockKind.COMPARTMENT: facts.COMPARTMENTS,
    LockKind.ASSET: facts.ASSETS,
}


class Locks:
    """Sets and lifts locks. The caller has asked for `lock` before."""

    def __init__(self, *, ledger: Ledger, clock: Clock, entropy: Entropy) -> None:
        self._ledger = ledger
        self._clock = clock
        self._entropy = entropy

    def set(self, *, kind: LockKind, target: str, reason: str, by: PersonId | None) -> LockId:
        """Stops everything that concerns `target`, live use included, once this returns.

        `target` is an id; for `network` an address or prefix in CIDR form; for `attribute` one of
        `employment=…`, `binding=…`, `role=…`, `org.kind=…`, `org.country=XX`. Raises Missing for
        an unknown id, Conflict where no operator could work (and lift it) any more.
        """
        _check(kind, target, reason)
        lock = LockId(mint("lck", self._entropy))
        now_s = int(self._clock.now_s())

        def sound(state: State) -> None:
            table = _TABLES.get(kind)
            if table is not None and state.get(table, target) is None:
                raise Missing("nothing with that id to lock", mend="check kind and id")
            if not keeps_an_operator(state, (kind.value, target), now_s):
                raise Conflict("the lock would stop every operator", mend="lock less")

        sealed = kind is LockKind.NETWORK  # an address may point at a person
        fact = Fact(
            type=facts.LOCK_SET,
            subjects=(lock,) if kind in {LockKind.NETWORK, LockKind.ATTRIBUTE} else (lock, target),
            public={
                "lock": lock,
                "kind": kind.value,
                "target": "" if sealed else target,
                "by": by or "",
            },
            body={"reason": reason, "target": target if sealed else ""},
            body_subject=lock,
        )
        self._ledger.append(fact, guard=sound)
        return lock

    def lift(self, lock: LockId, *, by: PersonId | None) -> Promise:
        """Ends a lock. Raises Missing, or Conflict where it was lifted before."""

        def is_set(state: State) -> None:
            row = state.get(facts.LOCKS, lock)
            if row is None:
                raise Missing("no such lock", mend="check the id")
            if row["lifted_at"]:
                raise Conflict("the lock was lifted before", mend="nothing to do")

        public = {"lock": lock, "by": by or ""}
        fact = Fact(type=facts.LOCK_LIFTED, subjects=(lock,), public=public)
        return self._ledger.append(fact, guard=is_set)


def _check(kind: LockKind, target: str, reason: str) -> None:
    if not reason.strip() or len(reason) > MAX_REASON:
        raise Malformed("lock reason", mend=f"say why, in 1 to {MAX_REASON} characters")
    if kind is LockKind.NETWORK:
        _check_network(target)
    elif kind is LockKind.ATTRIBUTE:
        if target not in attributes_known() and not _COUNTRY.fullmatch(target):
            raise Malformed("lock attribute", mend="one of the listed name=value pairs")
    elif not _ID.fullmatch(target):
        raise Malformed("lock target", mend="give the id of what to lock")


def _check_network(target: str) -> None:
    try:
        ipaddress.ip_network(target)
    except ValueError as error:
        raise Malformed("lock network", mend="an address or prefix in CIDR form") from error
