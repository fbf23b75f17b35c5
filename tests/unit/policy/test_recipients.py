import pytest

from adyton.policy import Locked, LockKind
from adyton.policy.recipients import Recipients
from adyton.terms import Act, PersonId, Refused


@pytest.fixture
def recipients(world):
    return Recipients.shipped(state=world.state, clock=world.clock)


@pytest.fixture
def handed(world):
    """A person who may receive one document."""
    person, resource = world.person(), world.asset(world.compartment())
    world.entitle(person, Act.READ, resource)
    return person, resource


def test_an_entitled_person_may_receive_and_needs_no_key_for_it(recipients, handed):
    recipients.check(handed[0], Act.READ, handed[1])


def test_nobody_receives_what_they_are_not_entitled_to(world, recipients, handed):
    person, resource = handed
    for who, act, what in (
        (world.person(), Act.READ, resource),
        (person, Act.CHECKOUT, resource),
        (person, Act.READ, world.asset(resource.compartment)),
        (PersonId("per_" + "a" * 26), Act.READ, resource),
    ):
        with pytest.raises(Refused):
            recipients.check(who, act, what)


def test_an_entitlement_for_another_purpose_does_not_serve(world, recipients):
    person, resource = world.person(), world.asset(world.compartment())
    world.entitle(person, Act.READ, resource, purpose="audit")
    recipients.check(person, Act.READ, resource, purpose="audit")
    with pytest.raises(Refused):
        recipients.check(person, Act.READ, resource, purpose="sales")


def test_nobody_receives_after_the_end_of_entitlement_or_person(world, recipients, handed):
    person, resource = handed
    other = world.person()
    world.entitle(other, Act.READ, resource, days=300)
    world.clock.advance(7 * 86_400)
    with pytest.raises(Refused):
        recipients.check(person, Act.READ, resource)
    recipients.check(other, Act.READ, resource)
    world.identity.end_person(other, by=None)
    with pytest.raises(Refused):
        recipients.check(other, Act.READ, resource)


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("person", "person"),
        ("asset", "asset"),
        ("compartment", "compartment"),
        ("attribute", "employment=employee"),
        ("attribute", "org.country=SE"),
    ],
)
def test_a_lock_stops_receiving_and_the_session_of_it(world, recipients, handed, kind, target):
    person, resource = handed
    ids = {"person": person, "asset": resource.asset, "compartment": resource.compartment}
    recipients.check_locks(person, resource)
    placed = world.locks.set(
        kind=LockKind(kind), target=ids.get(target, target), reason="r", by=None
    )
    for stopped in (
        lambda: recipients.check(person, Act.READ, resource),
        lambda: recipients.check_locks(person, resource),
    ):
        with pytest.raises(Locked):
            stopped()
    world.locks.lift(placed, by=None)
    recipients.check(person, Act.READ, resource)


def test_one_session_can_be_stopped_alone(world, recipients, handed):
    session = "ses_" + "a" * 26
    world.locks.set(kind=LockKind.SESSION, target=session, reason="r", by=None)
    recipients.check_locks(*handed, session="ses_" + "b" * 26)
    with pytest.raises(Locked):
        recipients.check_locks(*handed, session=session)


def test_what_a_person_holds_open_ends_with_the_person_or_their_organisation(world, recipients):
    resource = world.asset(world.compartment())
    for end in ("person", "organisation"):
        person = world.person()
        recipients.check_locks(person, resource)
        if end == "person":
            world.identity.end_person(person, by=None)
        else:
            org = world.state.get("people", person)["org"]
            world.identity.end_org(org, by=None)
        with pytest.raises(Locked):
            recipients.check_locks(person, resource)
