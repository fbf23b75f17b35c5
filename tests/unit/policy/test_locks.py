import json

import pytest

from adyton.policy import LockKind
from adyton.terms import Conflict, LockId, Malformed, Missing

UNKNOWN = "a" * 26


def test_a_lock_stands_in_the_state_with_its_reason_and_who_set_it(world):
    person, operator = world.person(), world.person()
    placed = world.locks.set(
        kind=LockKind.PERSON, target=person, reason="left a badge", by=operator
    )
    now_s = int(world.clock.now_s())
    assert world.state.get("locks", placed) == {
        "kind": "person",
        "target": person,
        "reason": "left a badge",
        "by": operator,
        "set_at": now_s,
        "lifted_at": 0,
    }
    assert [key for key, _ in world.state.by_index("locks", person)] == [placed]
    world.locks.lift(placed, by=operator)
    assert world.state.get("locks", placed)["lifted_at"] == now_s


def test_i8_reason_and_network_stay_out_of_the_tree(world):
    world.locks.set(kind=LockKind.NETWORK, target="203.0.113.0/24", reason="badge 7", by=None)
    tree = json.dumps([[dict(one.public), one.subjects] for one in world.ledger.entries()])
    assert "203.0" not in tree
    assert "badge" not in tree


@pytest.mark.parametrize(
    ("kind", "prefix"),
    [("person", "per"), ("org", "org"), ("credential", "key"), ("compartment", "cmp"),
     ("asset", "ast")],
)  # fmt: skip
def test_a_lock_on_a_mistyped_id_is_not_taken_for_one_that_works(world, kind, prefix):
    with pytest.raises(Missing):
        world.locks.set(kind=LockKind(kind), target=f"{prefix}_{UNKNOWN}", reason="r", by=None)


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        (LockKind.PERSON, "reader1"),
        (LockKind.SESSION, ""),
        (LockKind.NETWORK, "example.org"),
        (LockKind.NETWORK, "203.0.113.1/24"),
        (LockKind.ATTRIBUTE, "employment=boss"),
        (LockKind.ATTRIBUTE, "org.country=se"),
        (LockKind.ATTRIBUTE, "name=Vega"),
    ],
)
def test_a_target_that_could_never_match_is_malformed(world, kind, target):
    with pytest.raises(Malformed):
        world.locks.set(kind=kind, target=target, reason="r", by=None)


@pytest.mark.parametrize("reason", ["", "  ", "r" * 501])
def test_a_lock_says_why(world, reason):
    with pytest.raises(Malformed):
        world.locks.set(kind=LockKind.PERSON, target=world.person(), reason=reason, by=None)


def test_lifting_twice_is_a_conflict_and_lifting_nothing_is_missing(world):
    placed = world.locks.set(kind=LockKind.PERSON, target=world.person(), reason="r", by=None)
    world.locks.lift(placed, by=None)
    with pytest.raises(Conflict):
        world.locks.lift(placed, by=None)
    with pytest.raises(Missing):
        world.locks.lift(LockId(f"lck_{UNKNOWN}"), by=None)
