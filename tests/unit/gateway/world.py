"""A small perimeter in memory: real ledger, identity and policy; people, models, a fake vault."""

import base64
from dataclasses import dataclass, field

from adyton import gateway, identity, policy
from adyton.adapters.memory_ledger import ManualClock, SeededEntropy, memory_ledger
from adyton.crypto.ids import mint
from adyton.gateway import Endpoints, Gateway, Limits, Quoted, RequestHead
from adyton.identity import Identity
from adyton.policy import Compartments, Entitlements, Gatekeeper, LockKind, Locks
from adyton.terms import (
    Act,
    AssetId,
    Employment,
    Fact,
    OrgKind,
    Role,
    Row,
    Secret,
    Span,
)

CANARY = "CANARY-7f3a-91bd-ORCHARD"
PROTECTED = "the seventh valve opens only when the third regulator has been vented twice over"


def project_assets(entry, _state):
    """Stands in for the vault's register."""
    if entry.type == "asset.registered":
        yield Row(table="assets", key=entry.public["asset"], data=dict(entry.public))


def find_protected(text):
    """An output guard that knows one canary and one sentence."""
    found = []
    for what, never in ((CANARY, True), (PROTECTED, False)):
        start = text.find(what)
        if start >= 0:
            span = Span(start=start, end=start + len(what))
            found.append(Quoted(what="ver_test", spans=(span,), never=never))
    return found


def plain_prints(text):
    return base64.b64encode(text.encode()).decode()


@dataclass
class World:
    """`ask` in each test goes through `gateway`; `facts(type)` reads what was recorded."""

    clock: object = field(default_factory=ManualClock)
    entropy: object = field(default_factory=SeededEntropy)
    limits: Limits = field(default_factory=Limits)
    egress: object = find_protected
    fingerprint: object = plain_prints
    guards: dict = field(default_factory=dict)

    def __post_init__(self):
        projections = (identity.project, policy.project, gateway.project, project_assets)
        self.ledger = memory_ledger(projections, clock=self.clock, entropy=self.entropy)
        ports = {"ledger": self.ledger, "clock": self.clock, "entropy": self.entropy}
        self.identity = Identity(**ports, checksum_key=Secret(b"c" * 32))
        self.entitlements = Entitlements(**ports)
        self.locks = Locks(**ports)
        self.gatekeeper = Gatekeeper.shipped(state=self.ledger.state, clock=self.clock)
        compartments = Compartments(ledger=self.ledger, entropy=self.entropy)
        self.compartment = compartments.add("orchard", by=None)
        self.other_compartment = compartments.add("harbour", by=None)
        self.org = self.identity.add_org(name="Owner", kind=OrgKind.OWNER, country="NL", by=None)
        self.analyst, self.credential, self.key = self.person("analyst", Role.ANALYST)
        self.stranger, _, self.stranger_key = self.person("stranger", Role.ANALYST)
        self.operator, _, self.operator_key = self.person("operator", Role.OPERATOR)
        self.endpoints = Endpoints(self.ledger)
        self.asset = self.model("orchard-1", self.compartment)
        self.hidden_asset = self.model("harbour-1", self.other_compartment)
        self.endpoints.define_decoy(model="orchard-omega")
        self.entitle(self.analyst)
        self.gateway = self.make_gateway()

    def make_gateway(self):
        return Gateway(
            authenticate=self.identity.authenticate,
            gatekeeper=self.gatekeeper,
            state=self.ledger.state,
            clock=self.clock,
            entropy=self.entropy,
            digest_key=Secret(b"d" * 32),
            egress=self.egress,
            fingerprint=self.fingerprint,
            hosts=("127.0.0.1", "gateway.example"),
            guards=self.guards,
            limits=self.limits,
        )

    def now_s(self):
        return int(self.clock.now_s())

    def person(self, login, role):
        person = self.identity.add_person(
            org=self.org,
            name=f"A. {login.title()}",
            login=login,
            employment=Employment.EMPLOYEE,
            by=None,
            roles=(role,),
        )
        credential, key = self.identity.issue_credential(
            person, expires_at_s=self.now_s() + 86_400 * 30, by=None
        )
        return person, credential, key.reveal()

    def model(self, name, compartment):
        asset = AssetId(mint("ast", self.entropy))
        public = {"asset": asset, "kind": "endpoint", "compartment": compartment, "current": ""}
        self.ledger.append(Fact(type="asset.registered", public=public))
        self.endpoints.define(model=name, asset=asset, upstream="local")
        return asset

    def entitle(self, person, **given):
        return self.entitlements.grant(
            person=person,
            act=Act.INFER,
            compartment=self.compartment,
            until_s=given.pop("until_s", self.now_s() + 86_400),
            by=None,
            **given,
        )

    def lock(self, kind, target):
        return self.locks.set(kind=LockKind(kind), target=target, reason="drill", by=None)

    def facts(self, *types):
        return [entry for entry in self.ledger.entries(limit=100_000) if entry.type in types]

    def last(self, type_):
        return self.facts(type_)[-1]

    def tree(self):
        """Everything that stands in clear."""
        return repr([(e.type, e.subjects, e.public) for e in self.ledger.entries(limit=100_000)])

    def head(self, target="/v1/chat/completions", method="POST", key=None, **headers):
        given = {
            "host": "gateway.example:8080",
            "content-type": "application/json",
            "user-agent": "Probe/1",
            "authorization": f"Bearer {self.key if key is None else key}",
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        return RequestHead(
            method=method,
            target=target.encode(),
            headers=tuple(
                (name.encode(), value.encode())
                for name, value in given.items()
                if value is not None
            ),
            source="192.0.2.7",
        )
