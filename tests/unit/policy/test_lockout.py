import pytest

from adyton.policy import LockKind
from adyton.terms import Act, Conflict, Employment, OrgKind, Role


def lock(world, kind, target):
    return world.locks.set(kind=LockKind(kind), target=target, reason="drill", by=None)


@pytest.fixture
def operator(world):
    return world.principal(world.person(Role.OPERATOR))


def test_the_last_free_operator_cannot_be_locked_out(world, operator):
    for kind, target in (
        ("person", operator.person),
        ("org", operator.org),
        ("credential", operator.credential),
        ("attribute", "employment=employee"),
        ("attribute", "role=operator"),
        ("attribute", "binding=none"),
        ("attribute", "org.country=SE"),
    ):
        with pytest.raises(Conflict):
            lock(world, kind, target)
    assert not dict(world.state.scan("locks"))


def test_one_of_two_operators_can_be_locked_and_then_the_other_cannot(world, operator):
    second = world.principal(world.person(Role.OPERATOR))
    lock(world, "person", operator.person)
    with pytest.raises(Conflict):
        lock(world, "person", second.person)


def test_an_operator_without_a_live_key_does_not_count(world, operator):
    keyless = world.person(Role.OPERATOR)
    ended = world.principal(world.person(Role.OPERATOR))
    expired = world.principal(world.person(Role.OPERATOR), days=1)
    world.identity.end_person(ended.person, by=None)
    revoked = world.principal(world.person(Role.OPERATOR))
    world.identity.revoke_credential(revoked.credential, by=None)
    world.clock.advance(86_400)
    assert keyless
    assert expired
    with pytest.raises(Conflict):
        lock(world, "person", operator.person)


def test_what_spares_an_operator_may_be_locked(world, operator):
    partner = world.org(OrgKind.PARTNER, "NO")
    world.person(org=partner, employment=Employment.CONTRACTOR)
    for kind, target in (
        ("org", partner),
        ("attribute", "org.kind=partner"),
        ("attribute", "employment=contractor"),
        ("network", "0.0.0.0/0"),
    ):
        assert lock(world, kind, target)
    assert world.gatekeeper.ask(operator, Act.LOCK)
