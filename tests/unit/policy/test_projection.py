import pytest

from adyton.ledger import rebuild
from adyton.policy import Locked, LockKind
from adyton.terms import Act, Missing, Role
from tests.policy.world import PROJECTIONS

TABLES = {"compartments", "entitlements", "locks"}
MONTH = "2027-01"


def live(world):
    return [row for row in world.store.facts._state.rows() if row.table in TABLES]


def rebuilt(world):
    rows = rebuild(world.ledger.entries(), PROJECTIONS)
    return [row for row in rows if row.table in TABLES]


def test_rebuilt_rows_equal_live_rows(world):
    person, resource = world.person(), world.asset(world.compartment(bound_only=True))
    kept = world.entitle(person, Act.READ, resource, purpose="audit")
    gone = world.entitle(person, Act.INFER, resource, whole=True)
    world.entitlements.revoke(gone, by=None)
    lifted = world.locks.set(kind=LockKind.PERSON, target=person, reason="r", by=None)
    world.locks.set(kind=LockKind.NETWORK, target="203.0.113.7", reason="r", by=None)
    world.locks.lift(lifted, by=None)
    assert kept in dict(world.state.scan("entitlements"))
    assert live(world) == rebuilt(world) != []


def test_an_erased_purpose_never_widens_an_entitlement_to_any_purpose(world):
    person, resource = world.person(), world.asset(world.compartment())
    world.entitle(person, Act.READ, resource, purpose="audit")
    principal = world.principal(person)
    world.ledger.erase(person, MONTH)
    for purpose in ("", "audit", "sales"):
        with pytest.raises(Missing):
            world.gatekeeper.ask(principal, Act.READ, resource, purpose=purpose)
    assert live(world) == rebuilt(world)


def test_an_erased_lock_on_a_network_stops_every_network_until_it_is_lifted(world):
    operator = world.principal(world.person(Role.OPERATOR))
    placed = world.locks.set(kind=LockKind.NETWORK, target="203.0.113.7", reason="r", by=None)
    check = world.gatekeeper.check_locks
    check(operator, network="198.51.100.1")
    world.ledger.erase(placed, MONTH)
    with pytest.raises(Locked):
        check(operator, network="198.51.100.1")
    world.locks.lift(placed, by=None)
    check(operator, network="198.51.100.1")


def test_an_erased_lock_on_a_person_still_stops_that_person_alone(world):
    person, other = world.principal(world.person()), world.principal(world.person())
    placed = world.locks.set(kind=LockKind.PERSON, target=person.person, reason="r", by=None)
    world.ledger.erase(placed, MONTH)
    world.gatekeeper.check_locks(other)
    with pytest.raises(Locked):
        world.gatekeeper.check_locks(person)
