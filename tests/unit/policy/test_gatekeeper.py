from dataclasses import replace

import pytest

from adyton.policy import Gatekeeper, Locked, LockKind, ReferenceJudge, nothing_here
from adyton.policy.question import Ruling
from adyton.terms import (
    Act,
    AssetId,
    AssetKind,
    AssetRef,
    Binding,
    CompartmentId,
    Missing,
    Refused,
    Role,
)


def told(error):
    return type(error), error.message, error.mend


def refusal(world, *args, **context):
    with pytest.raises((Missing, Refused)) as caught:
        world.gatekeeper.ask(*args, **context)
    return caught.value


def lock(world, kind, target):
    return world.locks.set(kind=kind, target=target, reason="drill", by=None)


@pytest.fixture
def reader(world):
    """A person with a live entitlement to read one document."""
    person, resource = world.person(), world.asset(world.compartment())
    world.entitle(person, Act.READ, resource)
    return world.principal(person), resource


def test_an_entitled_person_gets_a_grant_that_ends_with_the_entitlement(world, reader):
    principal, resource = reader
    grant = world.gatekeeper.ask(principal, Act.READ, resource, purpose="any")
    assert (grant.principal, grant.act, grant.resource) == (principal, Act.READ, resource)
    assert grant.until_s == world.in_days(7)
    assert grant.reasons[0] == "use.read"
    assert grant.reasons[1] in dict(world.state.scan("entitlements"))


def test_a_grant_never_outlives_the_credential(world):
    person, resource = world.person(), world.asset(world.compartment())
    world.entitle(person, Act.READ, resource, days=300)
    grant = world.gatekeeper.ask(world.principal(person, days=2), Act.READ, resource)
    assert grant.until_s == world.in_days(2)


def test_another_act_on_a_known_asset_is_refused_with_one_text(world, reader):
    principal, resource = reader
    errors = [refusal(world, principal, act, resource) for act in (Act.INFER, Act.CHECKOUT)]
    assert {told(error) for error in errors} == {
        (Refused, "denied", "ask an operator for an entitlement, or stop")
    }


def test_i2_hidden_reads_like_missing(world, reader):
    principal, resource = reader
    hidden = world.asset(world.compartment("beta"))
    unknown = replace(hidden, asset=AssetId("ast_" + "a" * 26))
    nowhere = replace(unknown, compartment=CompartmentId("cmp_" + "a" * 26))
    sibling = world.asset(resource.compartment)
    errors = [
        refusal(world, principal, act, one)
        for one in (hidden, unknown, nowhere, sibling)
        for act in Act
    ]
    assert {told(error) for error in errors} == {told(nothing_here())}


def test_i2_a_lock_on_a_hidden_asset_does_not_give_it_away(world, reader):
    principal, resource = reader
    hidden = world.asset(world.compartment("beta"))
    lock(world, LockKind.ASSET, hidden.asset)
    lock(world, LockKind.ASSET, resource.asset)
    assert isinstance(refusal(world, principal, Act.READ, hidden), Missing)
    assert isinstance(refusal(world, principal, Act.READ, resource), Locked)


def test_a_caller_cannot_talk_an_asset_into_another_compartment(world, reader):
    principal, resource = reader
    secret = world.asset(world.compartment("beta"))
    lied = replace(secret, compartment=resource.compartment)
    world.entitle(principal.person, Act.READ, resource, whole=True)
    assert isinstance(refusal(world, principal, Act.READ, lied), Missing)
    mistaken = replace(resource, kind=AssetKind.WEIGHTS)
    assert isinstance(refusal(world, principal, Act.READ, mistaken), Missing)


def test_an_entitlement_for_a_whole_compartment_covers_its_assets_and_no_other(world):
    person, first = world.person(), world.asset(world.compartment())
    world.entitle(person, Act.INFER, first, whole=True)
    principal, later = world.principal(person), world.asset(first.compartment)
    assert world.gatekeeper.ask(principal, Act.INFER, later)
    elsewhere = world.asset(world.compartment("beta"))
    assert isinstance(refusal(world, principal, Act.INFER, elsewhere), Missing)


def test_a_purpose_must_be_the_one_entitled(world):
    person, resource = world.person(), world.asset(world.compartment())
    world.entitle(person, Act.READ, resource, purpose="audit")
    principal = world.principal(person)
    assert world.gatekeeper.ask(principal, Act.READ, resource, purpose="audit")
    for purpose in ("", "sales", "Audit"):
        error = refusal(world, principal, Act.READ, resource, purpose=purpose)
        assert not isinstance(error, Locked)


def test_a_longer_entitlement_for_another_purpose_does_not_get_in_the_way(world):
    person, resource = world.person(), world.asset(world.compartment())
    world.entitle(person, Act.READ, resource, purpose="audit", days=3)
    world.entitle(person, Act.READ, resource, purpose="sales", days=300)
    principal = world.principal(person)
    grant = world.gatekeeper.ask(principal, Act.READ, resource, purpose="audit")
    assert grant.until_s == world.in_days(3)


def test_the_entitlement_ends_on_the_second(world, reader):
    principal, resource = reader
    world.clock.advance(7 * 86_400 - 1)
    assert world.gatekeeper.ask(principal, Act.READ, resource)
    world.clock.advance(1)
    assert isinstance(refusal(world, principal, Act.READ, resource), Missing)


def test_a_revoked_entitlement_is_gone_at_once_in_spite_of_the_cache(world):
    person, resource = world.person(), world.asset(world.compartment())
    entitlement = world.entitle(person, Act.READ, resource)
    principal = world.principal(person)
    assert world.gatekeeper.ask(principal, Act.READ, resource)
    world.entitlements.revoke(entitlement, by=None)
    assert isinstance(refusal(world, principal, Act.READ, resource), Missing)


def test_the_same_question_is_not_judged_twice(world, reader):
    class Counting(ReferenceJudge):
        asked = 0

        def decide(self, question):
            self.asked += 1
            return super().decide(question)

    judge = Counting()
    gatekeeper = Gatekeeper(state=world.state, clock=world.clock, judges=(judge,))
    principal, resource = reader
    grants = [gatekeeper.ask(principal, Act.READ, resource) for _ in range(3)]
    assert (judge.asked, grants[0]) == (1, grants[2])
    lock(world, LockKind.PERSON, world.person())
    gatekeeper.ask(principal, Act.READ, resource)
    assert judge.asked == 2


def test_judges_who_disagree_refuse_and_so_does_no_judge_at_all(world, reader):
    class Yes:
        def decide(self, _question):
            return Ruling(allowed=True, reasons=("yes",))

    class No:
        def decide(self, _question):
            return Ruling(allowed=False, reasons=())

    principal, resource = reader
    for judges in ((Yes(), No()), (No(), Yes()), ()):
        gatekeeper = Gatekeeper(state=world.state, clock=world.clock, judges=judges)
        with pytest.raises(Refused):
            gatekeeper.ask(principal, Act.READ, resource)


def test_a_new_asset_may_be_protected_but_not_in_an_unknown_compartment(world):
    custodian = world.principal(world.person(Role.CUSTODIAN))
    fresh = AssetRef(
        asset=AssetId("ast_" + "b" * 26),
        kind=AssetKind.WEIGHTS,
        compartment=world.compartment(),
    )
    assert world.gatekeeper.ask(custodian, Act.PROTECT, fresh)
    assert isinstance(refusal(world, custodian, Act.ISSUE, fresh), Missing)
    lost = replace(fresh, compartment=CompartmentId("cmp_" + "a" * 26))
    assert isinstance(refusal(world, custodian, Act.PROTECT, lost), Missing)


def test_lists_name_what_one_may_know_of_and_nothing_else(world, reader):
    principal, resource = reader
    hidden = world.asset(resource.compartment)
    auditor = world.principal(world.person(Role.AUDITOR))
    seen = [
        world.gatekeeper.may_know(who, one)
        for who in (principal, auditor)
        for one in (resource, hidden)
    ]
    assert seen == [True, False, True, True]


@pytest.mark.parametrize("kind", ["person", "org", "credential", "asset", "compartment"])
def test_a_lock_cuts_live_use_and_new_questions_until_it_is_lifted(world, reader, kind):
    principal, resource = reader
    targets = {
        "person": principal.person,
        "org": principal.org,
        "credential": principal.credential,
        "asset": resource.asset,
        "compartment": resource.compartment,
    }
    world.gatekeeper.ask(principal, Act.READ, resource)
    world.gatekeeper.check_locks(principal, resource)
    placed = lock(world, LockKind(kind), targets[kind])
    with pytest.raises(Locked):
        world.gatekeeper.check_locks(principal, resource)
    assert isinstance(refusal(world, principal, Act.READ, resource), Locked)
    world.locks.lift(placed, by=None)
    world.gatekeeper.check_locks(principal, resource)
    assert world.gatekeeper.ask(principal, Act.READ, resource)


@pytest.mark.parametrize(
    "target",
    ["employment=employee", "binding=none", "org.kind=owner", "org.country=SE"],
)
def test_a_lock_on_an_attribute_stops_everybody_who_has_it(world, reader, target):
    principal, resource = reader
    lock(world, LockKind.ATTRIBUTE, target)
    with pytest.raises(Locked):
        world.gatekeeper.check_locks(principal, resource)


def test_a_lock_on_another_attribute_stops_nobody_here(world, reader):
    principal, resource = reader
    for target in ("employment=contractor", "org.kind=vendor", "org.country=NO", "role=operator"):
        lock(world, LockKind.ATTRIBUTE, target)
    world.gatekeeper.check_locks(principal, resource)


def test_sessions_copies_and_networks_can_be_stopped_one_by_one(world, reader):
    principal, resource = reader
    session, copy = "ses_" + "a" * 26, "cpy_" + "a" * 26
    lock(world, LockKind.SESSION, session)
    lock(world, LockKind.COPY, copy)
    lock(world, LockKind.NETWORK, "203.0.113.0/24")
    check = world.gatekeeper.check_locks
    check(principal, resource, session="ses_" + "b" * 26, copy="", network="198.51.100.7")
    for stopped in (
        {"session": session},
        {"copy": copy},
        {"network": "203.0.113.9"},
        {"network": "::ffff:203.0.113.9"},
        {"network": "not an address"},
    ):
        with pytest.raises(Locked):
            check(principal, resource, **stopped)
        assert isinstance(refusal(world, principal, Act.READ, resource, **stopped), Locked)


def test_live_use_ends_when_the_credential_or_its_person_does(world, reader):
    principal, resource = reader
    late = world.principal(principal.person, days=1)
    check = world.gatekeeper.check_locks
    check(late, resource)
    world.clock.advance(86_400)
    with pytest.raises(Locked):
        check(late, resource)
    check(principal, resource)
    world.identity.end_person(principal.person, by=None)
    with pytest.raises(Locked):
        check(principal, resource)
    assert isinstance(refusal(world, principal, Act.READ, resource), Locked)


def test_a_principal_whose_credential_was_never_recorded_is_stopped(world, reader):
    principal, resource = reader
    forged = replace(principal, credential="key_" + "z" * 26)
    with pytest.raises(Locked):
        world.gatekeeper.check_locks(forged, resource)


class CountingState:
    """The state, and how often rows were read."""

    def __init__(self, state):
        self.inner, self.reads = state, 0

    def version(self, table):
        return self.inner.version(table)

    def __getattr__(self, name):
        self.reads += 1
        return getattr(self.inner, name)


def test_a_block_of_a_stream_costs_no_row_unless_something_changed(world, reader):
    principal, resource = reader
    state = CountingState(world.state)
    gatekeeper = Gatekeeper(state=state, clock=world.clock, judges=())
    lock(world, LockKind.PERSON, world.person())
    gatekeeper.check_locks(principal, resource)
    after_first = state.reads
    for _ in range(100):
        gatekeeper.check_locks(principal, resource)
    assert after_first == state.reads
    lock(world, LockKind.ASSET, resource.asset)
    with pytest.raises(Locked):
        gatekeeper.check_locks(principal, resource)


def test_a_bound_compartment_shuts_out_keys_that_are_not(world):
    person, resource = world.person(), world.asset(world.compartment(bound_only=True))
    world.entitle(person, Act.READ, resource)
    error = refusal(world, world.principal(person), Act.READ, resource)
    assert (error.message, isinstance(error, Missing)) == ("denied", False)
    assert world.gatekeeper.ask(world.principal(person, Binding.MTLS), Act.READ, resource)
