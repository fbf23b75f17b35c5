"""Entitlements: what a person may do, with which asset, for what, until when."""

import re
from collections.abc import Iterator, Mapping

from adyton.crypto.ids import mint
from adyton.identity.facts import PEOPLE
from adyton.ledger import Ledger
from adyton.policy import facts
from adyton.policy.question import EntitlementView
from adyton.terms import (
    Act,
    AssetId,
    Clock,
    CompartmentId,
    Conflict,
    EntitlementId,
    Entropy,
    Fact,
    Json,
    Malformed,
    Missing,
    PersonId,
    Promise,
    State,
)

ENTITLED_ACTS = frozenset({Act.INFER, Act.READ, Act.CHECKOUT, Act.SERVE, Act.REVIEW})
MAX_LIFE_S = 366 * 86_400  # need-to-know is looked at again at least once a year
_PURPOSE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}", re.ASCII)


class Entitlements:
    """Grants and revokes. The caller has asked for `administer` before."""

    def __init__(self, *, ledger: Ledger, clock: Clock, entropy: Entropy) -> None:
        self._ledger = ledger
        self._clock = clock
        self._entropy = entropy

    def grant(
        self,
        *,
        person: PersonId,
        act: Act,
        compartment: CompartmentId,
        until_s: int,
        by: PersonId | None,
        asset: AssetId | None = None,
        purpose: str = "",
    ) -> EntitlementId:
        """A new entitlement. Without `asset` it is broad: all of the compartment, now and later.

        Raises Missing where person, compartment or asset is not there, Conflict where the person
        has ended, Malformed for an act that no entitlement opens, a purpose or time out of form.
        """
        self._check(act=act, purpose=purpose, until_s=until_s)
        entitlement = EntitlementId(mint("ent", self._entropy))

        def all_there(state: State) -> None:
            _check_person(state, person)
            if state.get(facts.COMPARTMENTS, compartment) is None:
                raise Missing("no such compartment", mend="check the id")
            if asset is not None:
                _check_asset(state, asset, compartment)

        fact = Fact(
            type=facts.ENTITLEMENT_GRANTED,
            subjects=tuple(one for one in (entitlement, person, compartment, asset) if one),
            public={
                "entitlement": entitlement,
                "person": person,
                "act": act.value,
                "asset": asset or "",
                "compartment": compartment,
                "until": until_s,
                "breadth": "narrow" if asset else "broad",
                "by": by or "",
            },
            body={"purpose": purpose},
            body_subject=person,
        )
        self._ledger.append(fact, guard=all_there)
        return entitlement

    def revoke(self, entitlement: EntitlementId, *, by: PersonId | None) -> Promise:
        """Ends an entitlement. Raises Missing, or Conflict where it was revoked before."""

        def is_live(state: State) -> None:
            row = state.get(facts.ENTITLEMENTS, entitlement)
            if row is None:
                raise Missing("no such entitlement", mend="check the id")
            if row["revoked_at"]:
                raise Conflict("the entitlement was revoked before", mend="nothing to do")

        public = {"entitlement": entitlement, "by": by or ""}
        fact = Fact(type=facts.ENTITLEMENT_REVOKED, subjects=(entitlement,), public=public)
        return self._ledger.append(fact, guard=is_live)

    def _check(self, *, act: Act, purpose: str, until_s: int) -> None:
        now_s = int(self._clock.now_s())
        if act not in ENTITLED_ACTS:
            raise Malformed("entitlement act", mend="this act comes with a role")
        if purpose and not _PURPOSE.fullmatch(purpose):
            raise Malformed("purpose", mend="one word: lower-case letters, digits, - and _")
        if not now_s < until_s <= now_s + MAX_LIFE_S:
            raise Malformed("entitlement end", mend="a time to come, within 366 days")


def live_entitlements(
    state: State, person: PersonId, now_s: int
) -> Iterator[tuple[EntitlementId, EntitlementView]]:
    """What a person holds now."""
    for key, row in state.by_index(facts.ENTITLEMENTS, person):
        held = _view(row)
        if not row["revoked_at"] and now_s < held.until_s:
            yield EntitlementId(key), held


def _view(row: Mapping[str, Json]) -> EntitlementView:
    until = row["until"]
    return EntitlementView(
        act=Act(str(row["act"])),
        asset=str(row["asset"]),
        compartment=str(row["compartment"]),
        purpose=str(row["purpose"]),
        until_s=until if isinstance(until, int) else 0,
    )


def _check_person(state: State, person: PersonId) -> None:
    row = state.get(PEOPLE, person)
    if row is None:
        raise Missing("no such person", mend="check the id")
    if row["ended_at"]:
        raise Conflict("the person has ended", mend="nothing to do, or take another one")


def _check_asset(state: State, asset: AssetId, compartment: CompartmentId) -> None:
    row = state.get(facts.ASSETS, asset)
    if row is None or row["compartment"] != compartment:
        raise Missing("no such asset in the compartment", mend="check both ids")
