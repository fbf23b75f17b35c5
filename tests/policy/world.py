"""A small perimeter in memory: people, compartments, assets, on the real ledger."""

from adyton.adapters.memory_ledger import ManualClock, MemoryWorld, SeededEntropy
from adyton.crypto.ids import mint
from adyton.identity import Identity, Principal, Proof
from adyton.identity import project as project_identity
from adyton.policy import Compartments, Entitlements, Gatekeeper, Locks
from adyton.policy import project as project_policy
from adyton.terms import (
    Act,
    AssetId,
    AssetKind,
    AssetRef,
    Binding,
    CompartmentId,
    Employment,
    Fact,
    OrgId,
    OrgKind,
    PersonId,
    Role,
    Row,
    Secret,
)

CHECKSUM_KEY = Secret(b"k" * 32)
THUMBPRINT = "t" * 43
DAY_S = 86_400


def project_assets(entry, _state):
    """Stands in for the vault's register of assets."""
    if entry.type != "asset.registered":
        return ()
    kept = ("name", "kind", "compartment", "current", "decoy")
    data = {name: entry.public[name] for name in kept}
    return (Row(table="assets", key=str(entry.public["asset"]), data=data),)


PROJECTIONS = (project_identity, project_policy, project_assets)


class World:
    """Everything wired, and short ways to fill it."""

    def __init__(self):
        self.clock = ManualClock()
        self.entropy = SeededEntropy()
        self.store = MemoryWorld(clock=self.clock, entropy=self.entropy)
        self.ledger = self.store.open(PROJECTIONS)
        shared = {"ledger": self.ledger, "entropy": self.entropy}
        self.identity = Identity(clock=self.clock, checksum_key=CHECKSUM_KEY, **shared)
        self.compartments = Compartments(**shared)
        self.entitlements = Entitlements(clock=self.clock, **shared)
        self.locks = Locks(clock=self.clock, **shared)
        self.gatekeeper = Gatekeeper.shipped(state=self.ledger.state, clock=self.clock)
        self.people = 0

    @property
    def state(self):
        return self.ledger.state

    def in_days(self, days):
        return int(self.clock.now_s()) + days * DAY_S

    def org(self, kind=OrgKind.OWNER, country="SE") -> OrgId:
        return self.identity.add_org(name="North Lab", kind=kind, country=country, by=None)

    def person(self, *roles: Role, org=None, employment=Employment.EMPLOYEE) -> PersonId:
        self.people += 1
        return self.identity.add_person(
            org=org or self.org(),
            name=f"Reader {self.people}",
            login=f"reader{self.people}",
            employment=employment,
            roles=roles,
            by=None,
        )

    def key(self, person, binding=Binding.NONE, days=30):
        thumbprint = "" if binding is Binding.NONE else THUMBPRINT
        return self.identity.issue_credential(
            person,
            expires_at_s=self.in_days(days),
            binding=binding,
            thumbprint=thumbprint,
            by=None,
        )

    def principal(self, person, binding=Binding.NONE, days=30) -> Principal:
        _, key = self.key(person, binding, days)
        proof = None if binding is Binding.NONE else Proof(binding=binding, thumbprint=THUMBPRINT)
        return self.identity.authenticate(key.reveal(), proof=proof)

    def compartment(self, name="alpha", *, bound_only=False) -> CompartmentId:
        return self.compartments.add(name, bound_only=bound_only, by=None)

    def asset(self, compartment, kind=AssetKind.DOCUMENT) -> AssetRef:
        asset = AssetId(mint("ast", self.entropy))
        public = {
            "asset": asset,
            "name": "",
            "kind": kind.value,
            "compartment": compartment,
            "current": "",
            "decoy": False,
        }
        self.ledger.append(Fact(type="asset.registered", subjects=(asset,), public=public))
        return AssetRef(asset=asset, kind=kind, compartment=compartment)

    def entitle(self, person, act, resource: AssetRef, *, whole=False, purpose="", days=7):
        return self.entitlements.grant(
            person=person,
            act=Act(act),
            compartment=resource.compartment,
            asset=None if whole else resource.asset,
            purpose=purpose,
            until_s=self.in_days(days),
            by=None,
        )
