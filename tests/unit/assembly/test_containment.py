"""Each try finds an open way open, and counts as blocked only once the way is closed (I10)."""

from types import SimpleNamespace

import pytest

from adyton.adapters.memory_ledger import ManualClock, SeededEntropy, memory_ledger
from adyton.assembly.containment import Hands, Tries
from adyton.assembly.sessions import SessionCheck
from adyton.identity import Identity
from adyton.identity import project as identity_rows
from adyton.policy import Compartments, Entitlements, Gatekeeper, Locks
from adyton.policy import project as policy_rows
from adyton.policy.recipients import Recipients
from adyton.terms import Act, Employment, Fact, Missing, OrgKind, Secret
from tests.unit.incident.world import seed

DAY = 24 * 3600


class Releases:
    """Open releases, each used only past the same locks as the real ones."""

    def __init__(self, check):
        self._check = check
        self.open = []

    def sessions(self):
        return tuple(self.open)

    def session(self, session):
        found = next((one for one in self.open if one.session == session), None)
        if found is None:
            raise Missing("session")
        self._check(found)
        return found

    def close(self, session, *, reason):
        self.open = [one for one in self.open if one.session != session]


class World:
    def __init__(self):
        self.clock, entropy = ManualClock(), SeededEntropy(5)
        self.ledger = memory_ledger(
            (identity_rows, policy_rows, seed), clock=self.clock, entropy=entropy
        )
        state = self.ledger.state
        self.identity = Identity(
            ledger=self.ledger, clock=self.clock, entropy=entropy, checksum_key=Secret(b"k" * 32)
        )
        self.locks = Locks(ledger=self.ledger, clock=self.clock, entropy=entropy)
        self.entitlements = Entitlements(ledger=self.ledger, clock=self.clock, entropy=entropy)
        recipients = Recipients.shipped(state=state, clock=self.clock)
        self.releases = Releases(SessionCheck(state=state, recipients=recipients))
        self.hands = Hands(
            state=state,
            locks=self.locks,
            identity=self.identity,
            entitlements=self.entitlements,
            vault=self.releases,
        )
        self.tries = Tries(
            state=state,
            identity=self.identity,
            gatekeeper=Gatekeeper.shipped(state=state, clock=self.clock),
            recipients=recipients,
            vault=self.releases,
        )
        self.org = self.identity.add_org(name="Lab", kind=OrgKind.OWNER, country="CH", by=None)
        self.operator = self.person("op")
        self.compartments = Compartments(ledger=self.ledger, entropy=entropy)
        self.compartment = self.compartments.add(name="papers", by=None)
        self.paper = self.asset("a", "document")
        self.model = self.asset("e", "endpoint")

    def person(self, login):
        return self.identity.add_person(
            name=login,
            login=login,
            org=self.org,
            employment=Employment.EMPLOYEE,
            roles=frozenset(),
            team="models",
            by=None,
        )

    def put(self, table, key, data, index=""):
        public = {"table": table, "key": key, "index": index}
        fact = Fact(type="row.seeded", subjects=(key,), public=public, body={"data": data})
        self.ledger.append(fact)
        return key

    def asset(self, letter, kind):
        version = "ver_" + letter * 26
        row = {
            "compartment": self.compartment,
            "kind": kind,
            "name": letter,
            "current": version if kind == "document" else "",
        }
        asset = self.put("assets", "ast_" + letter * 26, row)
        self.put("versions", version, {"asset": asset}, index=asset)
        return SimpleNamespace(asset=asset, version=version)

    def right(self, person, act, *, asset="", compartment=""):
        return self.entitlements.grant(
            person=person,
            act=act,
            compartment=compartment or self.compartment,
            asset=asset or None,
            until_s=int(self.clock.now_s()) + 30 * DAY,
            by=None,
        )

    def release(self, person, thing):
        one = SimpleNamespace(
            session="ses_" + str(len(self.releases.open)),
            asset=thing.asset,
            version=thing.version,
            recipient=person,
        )
        self.releases.open.append(one)
        return one.session

    def outcome(self, kind, target, target_kind=""):
        action = {"kind": kind, "target": target, "target_kind": target_kind}
        return self.tries.attempt(action).outcome

    def lock(self, kind, target):
        return self.hands.lock(kind=kind, target=target, reason="case", by=self.operator)


@pytest.fixture
def world():
    return World()


def test_i10_a_credential_is_open_until_it_is_revoked(world):
    lea = world.person("lea")
    ends = int(world.clock.now_s()) + DAY
    key, _ = world.identity.issue_credential(lea, expires_at_s=ends, by=None)
    assert world.outcome("revoke_credential", key) == "succeeded"
    world.hands.revoke_credential(credential=key, by=world.operator)
    assert world.outcome("revoke_credential", key) == "blocked"


def test_i10_an_ended_right_is_still_open_while_another_gives_the_same(world):
    lea = world.person("lea")
    broad, narrow = (
        world.right(lea, Act.READ),
        world.right(lea, Act.READ, asset=world.paper.asset),
    )
    world.hands.revoke_entitlement(entitlement=broad, by=world.operator)
    assert world.outcome("revoke_entitlement", broad) == "succeeded"
    world.hands.revoke_entitlement(entitlement=narrow, by=world.operator)
    assert world.outcome("revoke_entitlement", broad) == "blocked"


def test_i10_an_ended_right_is_still_open_while_a_release_of_it_runs(world):
    lea = world.person("lea")
    right = world.right(lea, Act.CHECKOUT, asset=world.paper.asset)
    session = world.release(lea, world.paper)
    world.hands.revoke_entitlement(entitlement=right, by=world.operator)
    assert world.outcome("revoke_entitlement", right) == "succeeded"
    world.hands.close_session(session=session, by=world.operator)
    assert world.outcome("revoke_entitlement", right) == "blocked"


def test_i10_a_right_to_nothing_that_is_there_was_not_tried(world):
    lea = world.person("lea")
    empty = world.compartments.add(name="empty", by=None)
    right = world.right(lea, Act.READ, compartment=empty)
    assert world.outcome("revoke_entitlement", right) == "untried"


@pytest.mark.parametrize("act", [Act.READ, Act.INFER])
def test_i10_a_person_is_open_until_locked_whatever_they_may_do(world, act):
    lea = world.person("lea")
    world.right(lea, act)
    assert world.outcome("lock", lea, "person") == "succeeded"
    world.lock("person", lea)
    assert world.outcome("lock", lea, "person") == "blocked"


def test_i10_a_model_is_open_until_locked_to_those_who_may_ask_it(world):
    lea = world.person("lea")
    world.right(lea, Act.INFER)
    assert world.outcome("lock", world.model.asset, "asset") == "succeeded"
    world.lock("asset", world.model.asset)
    assert world.outcome("lock", world.model.asset, "asset") == "blocked"


def test_i10_a_lock_on_a_version_reaches_its_open_releases(world):
    lea = world.person("lea")
    world.release(lea, world.paper)
    assert world.outcome("lock", world.paper.version, "version") == "succeeded"
    world.lock("version", world.paper.version)
    assert world.outcome("lock", world.paper.version, "version") == "blocked"


def test_i10_nobody_who_could_have_had_it_is_no_try(world):
    assert world.outcome("lock", world.paper.version, "version") == "untried"


def test_i10_a_locked_copy_is_open_while_its_recipient_may_have_another(world):
    lea = world.person("lea")
    right = world.right(lea, Act.READ)
    copy = world.put("copies", "cpy_" + "a" * 26, {"asset": world.paper.asset, "recipient": lea})
    world.lock("copy", copy)
    assert world.outcome("lock", copy, "copy") == "succeeded"
    world.hands.revoke_entitlement(entitlement=right, by=world.operator)
    assert world.outcome("lock", copy, "copy") == "blocked"


def test_i10_a_lifted_lock_is_open_again(world):
    lea = world.person("lea")
    world.right(lea, Act.READ)
    lock = world.lock("person", lea)
    world.hands.lift(lock=lock, by=world.operator)
    assert world.outcome("lock", lea, "person") == "succeeded"
