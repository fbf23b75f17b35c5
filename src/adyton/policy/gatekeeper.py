"""The gatekeeper: (principal, act, resource, context) to a grant, or to a refusal.

1. Locks on the principal, the network, the session, the copy; a credential that has ended.
2. May the principal know of the asset? If not: nothing is there (I2).
3. Locks on the asset, its version, its compartment.
4. The one live entitlement for the act, found in plain code.
5. Every judge must allow. Default deny.

The caller records the refusal, and passes to the holder of the request the error's text alone.
"""

from collections.abc import Mapping
from typing import NamedTuple

from adyton.identity import Principal
from adyton.identity.facts import CREDENTIALS, ORGS, PEOPLE
from adyton.policy import facts
from adyton.policy.engine import CedarJudge
from adyton.policy.entitlements import live_entitlements
from adyton.policy.grant import Grant
from adyton.policy.ports import Judge
from adyton.policy.question import AssetView, EntitlementView, Question
from adyton.policy.reference import ReferenceJudge, role_opens
from adyton.policy.refusals import denied, locked, nothing_here
from adyton.policy.targets import LockView, Target, of_asset, of_person, of_use
from adyton.terms import Act, AssetRef, Clock, EntitlementId, Json, Role, State

# Who runs the perimeter may know what is in it; using it still takes an entitlement.
_KNOWS_ALL = frozenset({Role.OPERATOR, Role.CUSTODIAN, Role.INVESTIGATOR, Role.AUDITOR})
_CACHED = 4096  # decisions kept; then all are dropped
_TABLES = (
    ORGS,
    PEOPLE,
    CREDENTIALS,
    facts.COMPARTMENTS,
    facts.ENTITLEMENTS,
    facts.LOCKS,
    facts.ASSETS,
)


class _Asked(NamedTuple):
    principal: Principal
    act: Act
    resource: AssetRef | None
    purpose: str


class _Kept(NamedTuple):
    versions: tuple[int, ...]
    grant: Grant


class Gatekeeper:
    """Answers every question of permission. Safe from threads."""

    def __init__(self, *, state: State, clock: Clock, judges: tuple[Judge, ...]) -> None:
        self._state = state
        self._clock = clock
        self._judges = judges
        self._locks = LockView(state)
        self._kept: dict[_Asked, _Kept] = {}
        self._targets: dict[Principal, tuple[tuple[int, ...], frozenset[Target]]] = {}

    @classmethod
    def shipped(cls, *, state: State, clock: Clock) -> "Gatekeeper":
        """The gatekeeper with the policies of this package and their plain twin."""
        return cls(state=state, clock=clock, judges=(CedarJudge.shipped(), ReferenceJudge()))

    def ask(
        self,
        principal: Principal,
        act: Act,
        resource: AssetRef | None = None,
        *,
        purpose: str = "",
        session: str = "",
        copy: str = "",
        network: str = "",
    ) -> Grant:
        """The grant. Raises Locked, Missing (it must look non-existent), or Refused."""
        # (1): the principal
        self._check_principal(principal, session=session, copy=copy, network=network)
        now_s = int(self._clock.now_s())
        asked = _Asked(principal, act, resource, purpose)
        versions = tuple(self._state.version(table) for table in _TABLES)
        kept = self._kept.get(asked)
        if kept is not None and kept.versions == versions and now_s < kept.grant.until_s:
            return kept.grant
        grant = self._decide(asked, now_s)
        if len(self._kept) >= _CACHED:
            self._kept.clear()
        self._kept[asked] = _Kept(versions, grant)
        return grant

    def may_know(self, principal: Principal, resource: AssetRef) -> bool:
        """Whether the asset may be named to the principal: for lists. Opens nothing."""
        now_s = int(self._clock.now_s())
        return self._recorded(resource) is not None and self._knows(principal, resource, now_s)

    def check_locks(
        self,
        principal: Principal,
        resource: AssetRef | None = None,
        *,
        session: str = "",
        copy: str = "",
        network: str = "",
    ) -> None:
        """For each block of live use: raises Locked once a lock or an ended credential stops it."""
        self._check_principal(principal, session=session, copy=copy, network=network)
        if resource is not None and self._locks.hits(of_asset(resource)):
            raise locked()

    def _check_principal(
        self, principal: Principal, *, session: str, copy: str, network: str
    ) -> None:
        own = self._targets_of(principal)
        targets = own | of_use(session=session, copy=copy)
        ended = not own or self._clock.now_s() >= principal.expires_at_s
        if ended or self._locks.hits(targets) or self._locks.hits_network(network):
            raise locked()

    def _targets_of(self, principal: Principal) -> frozenset[Target]:
        """What a lock may name of the principal; nothing once the credential was ended."""
        versions = (self._state.version(ORGS), self._state.version(CREDENTIALS))
        kept = self._targets.get(principal)
        if kept is not None and kept[0] == versions:
            return kept[1]
        credential = self._state.get(CREDENTIALS, principal.credential)
        targets: frozenset[Target] = frozenset()
        if credential is not None and not credential["revoked_at"]:
            targets = of_person(
                person=principal.person,
                org=principal.org,
                credential=principal.credential,
                binding=principal.binding,
                employment=principal.employment,
                roles=principal.roles,
                org_row=self._state.get(ORGS, principal.org),
            )
        if len(self._targets) >= _CACHED:
            self._targets.clear()
        self._targets[principal] = (versions, targets)
        return targets

    def _decide(self, asked: _Asked, now_s: int) -> Grant:
        principal, act, resource, purpose = asked
        view, found = None, None
        if resource is not None:
            # (2): knowing of it; both are worked out before one is judged, in equal time (I2)
            view = self._view(act, resource)
            known = self._may_know_for(principal, act, resource, now_s)
            if view is None or not known:
                raise nothing_here()
            # (3): its locks
            if self._locks.hits(of_asset(resource)):
                raise locked()
            # (4): the entitlement
            found = self._entitlement(asked, now_s)
        question = Question(
            person=principal.person,
            roles=principal.roles,
            employment=principal.employment,
            act=act,
            asset=view,
            now_s=now_s,
            credential_until_s=principal.expires_at_s,
            binding=principal.binding,
            purpose=purpose,
            entitlement=None if found is None else found[1],
        )
        # (5): the judges
        return Grant(
            principal=principal,
            act=act,
            resource=resource,
            purpose=purpose,
            until_s=_until(principal, found),
            reasons=self._judged(question) + (() if found is None else (str(found[0]),)),
        )

    def _judged(self, question: Question) -> tuple[str, ...]:
        """The policies that allow it. Raises Refused unless every judge allows."""
        rulings = [judge.decide(question) for judge in self._judges]
        if not rulings or not all(ruling.allowed for ruling in rulings):
            raise denied()
        return rulings[0].reasons

    def _recorded(self, resource: AssetRef) -> Mapping[str, Json] | None:
        """The asset's row, if what the caller says of it is what is recorded."""
        row = self._state.get(facts.ASSETS, resource.asset)
        if row is None or row["compartment"] != resource.compartment:
            return None
        return row if row["kind"] == resource.kind.value else None

    def _view(self, act: Act, resource: AssetRef) -> AssetView | None:
        """The asset for the judges. One that is being brought in has no row yet."""
        fresh = act is Act.PROTECT and self._state.get(facts.ASSETS, resource.asset) is None
        compartment = self._state.get(facts.COMPARTMENTS, resource.compartment)
        recorded = self._recorded(resource)
        if compartment is None or not (fresh or recorded):
            return None
        return AssetView(
            id=resource.asset,
            kind=resource.kind,
            compartment=resource.compartment,
            bound_only=bool(compartment["bound_only"]),
        )

    def _may_know_for(self, principal: Principal, act: Act, resource: AssetRef, now_s: int) -> bool:
        opened = any(role_opens(role, act) for role in principal.roles)
        return opened or self._knows(principal, resource, now_s)

    def _knows(self, principal: Principal, resource: AssetRef, now_s: int) -> bool:
        held = live_entitlements(self._state, principal.person, now_s)
        return not _KNOWS_ALL.isdisjoint(principal.roles) or any(
            _covers(entitlement, resource) for _, entitlement in held
        )

    def _entitlement(
        self, asked: _Asked, now_s: int
    ) -> tuple[EntitlementId, EntitlementView] | None:
        """The fitting entitlement that lasts longest."""
        resource = asked.resource
        if resource is None:
            return None
        fitting = [
            (key, held)
            for key, held in live_entitlements(self._state, asked.principal.person, now_s)
            if held.act is asked.act
            and _covers(held, resource)
            and held.purpose in {"", asked.purpose}
        ]
        return max(fitting, key=lambda found: found[1].until_s, default=None)


def _covers(held: EntitlementView, resource: AssetRef) -> bool:
    return held.compartment == resource.compartment and held.asset in {"", resource.asset}


def _until(principal: Principal, found: tuple[EntitlementId, EntitlementView] | None) -> int:
    if found is None:
        return principal.expires_at_s
    return min(principal.expires_at_s, found[1].until_s)
