"""May this person be handed a copy now? The same locks and judges, asked about a recipient.

A recipient is not the one who asks: there is no credential, so none is looked at. Sessions are
watched with the same locks for as long as they last.
"""

from adyton.identity.facts import ORGS, PEOPLE
from adyton.policy import facts
from adyton.policy.engine import CedarJudge
from adyton.policy.entitlements import live_entitlements
from adyton.policy.ports import Judge
from adyton.policy.question import AssetView, Question
from adyton.policy.reference import ReferenceJudge
from adyton.policy.refusals import denied, locked
from adyton.policy.targets import LockView, Target, of_asset, of_person, of_use
from adyton.terms import (
    Act,
    AssetRef,
    Binding,
    Clock,
    Employment,
    PersonId,
    Role,
    State,
)


class Recipients:
    """Answers for people who receive. Safe from threads."""

    def __init__(self, *, state: State, clock: Clock, judges: tuple[Judge, ...]) -> None:
        self._state = state
        self._clock = clock
        self._judges = judges
        self._locks = LockView(state)

    @classmethod
    def shipped(cls, *, state: State, clock: Clock) -> "Recipients":
        """With the policies of this package and their plain twin."""
        return cls(state=state, clock=clock, judges=(CedarJudge.shipped(), ReferenceJudge()))

    def check(self, person: PersonId, act: Act, resource: AssetRef, *, purpose: str = "") -> None:
        """Nothing where the person may receive the asset; else Locked or Refused."""
        self.check_locks(person, resource)
        row = self._state.get(PEOPLE, person)
        asset = self._state.get(facts.ASSETS, resource.asset)
        compartment = self._state.get(facts.COMPARTMENTS, resource.compartment)
        if row is None or row["ended_at"] or asset is None or compartment is None:
            raise denied()
        now_s = int(self._clock.now_s())
        held = [
            entitlement
            for _, entitlement in live_entitlements(self._state, person, now_s)
            if entitlement.act is act
            and entitlement.compartment == resource.compartment
            and entitlement.asset in {"", resource.asset}
            and (not purpose or entitlement.purpose in {"", purpose})
        ]
        entitlement = max(held, key=lambda one: one.until_s, default=None)
        question = Question(
            person=person,
            roles=roles_of(row["roles"]),
            employment=Employment(str(row["employment"])),
            act=act,
            asset=AssetView(
                id=resource.asset,
                kind=resource.kind,
                compartment=str(asset["compartment"]),
                bound_only=False,  # no credential is used: bytes are handed over by somebody else
            ),
            now_s=now_s,
            credential_until_s=now_s + 1,
            binding=Binding.NONE,
            purpose=entitlement.purpose if entitlement else "",
            entitlement=entitlement,
        )
        if not self._judges or not all(one.decide(question).allowed for one in self._judges):
            raise denied()

    def check_locks(
        self, person: PersonId, resource: AssetRef, *, session: str = "", copy: str = ""
    ) -> None:
        """Raises Locked where a lock stands on the person, the asset, the session or the copy.

        Also where the person ended: what they hold open ends with them.
        """
        row = self._state.get(PEOPLE, person)
        if row is not None and row["ended_at"]:
            raise locked()
        targets = self._about(person) | of_asset(resource) | of_use(session=session, copy=copy)
        if self._locks.hits(targets):
            raise locked()

    def _about(self, person: PersonId) -> frozenset[Target]:
        row = self._state.get(PEOPLE, person)
        if row is None:
            return frozenset({("person", str(person))})
        org = str(row["org"])
        return of_person(
            person=person,
            org=org,
            credential="",
            binding="",
            employment=str(row["employment"]),
            roles=roles_of(row["roles"]),
            org_row=self._state.get(ORGS, org),
        )


def roles_of(value: object) -> frozenset[Role]:
    """Roles as a row keeps them."""
    listed = value if isinstance(value, (list, tuple)) else ()
    return frozenset(Role(str(one)) for one in listed)
