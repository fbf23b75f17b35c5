"""A plan closes the way out, at a stated cost, by two people, and counts when it was tried."""

import pytest

from adyton.incident import Actions, Post
from adyton.terms import Conflict, Missing, Refused
from tests.unit.incident.world import DAY, STRANGER, Attacker, Hands, World


@pytest.fixture
def world():
    return World()


def planned(world, copy, *, outcome="blocked", post=None):
    """The case's actions, planned; with the hands and the attacker they use."""
    posted = world.now() + 3 * DAY
    world.import_logs(until_s=posted)
    case = world.open_case(posted_at_s=posted)
    world.cases.assess(case, findings=[world.finding(copy)], post=post or Post(), by=world.opener)
    hands, attacker = Hands(), Attacker(outcome)
    actions = Actions(
        ledger=world.ledger,
        entropy=world.entropy,
        cases=world.cases,
        containment=hands,
        retry=attacker,
    )
    actions.plan(case, by=world.opener)
    return case, actions, hands


def approved(world, actions, action):
    for login in ("approver-a", "approver-b"):
        actions.approve(action["action"], by=world.person(login))
    return action["action"]


def contractor(world):
    person = world.person("lea", employment="contractor")
    world.right(person)
    return person, world.copy(person)


def kinds(actions, case):
    return [(one["kind"], one["target"]) for one in actions.listed(case)]


def test_a_contractors_access_is_locked_and_the_dry_run_says_what_it_costs(world):
    person, copy = contractor(world)
    case, actions, hands = planned(world, copy)
    lock = actions.listed(case)[0]
    assert (lock["kind"], lock["target_kind"], lock["target"]) == ("lock", "person", person)
    assert [loss["person"] for loss in lock["collateral"]] == [person]
    assert lock["undo"] == "lift the lock"
    assert hands.did == []


def test_a_takeover_ends_every_live_credential_and_locks_nobody_out_for_good(world):
    person = world.person("lea")
    keys = {world.credential(person), world.credential(person)}
    copy = world.copy(person)
    world.usual_life("lea", "jon")
    world.signin("lea", world.now() + DAY, **STRANGER)
    case, actions, _ = planned(world, copy)
    ended = {target for kind, target in kinds(actions, case) if kind == "revoke_credential"}
    assert ended == keys
    assert "lock" not in {kind for kind, _ in kinds(actions, case)}


def test_a_broad_right_is_ended_and_the_narrow_ones_stay(world):
    person = world.person("lea", team="sales")
    broad = world.right(person, broad=True)
    other = world.person("jon")
    world.right(other)
    world.usual_life("lea", "jon")
    case, actions, _ = planned(world, world.copy(person))
    ended = [target for kind, target in kinds(actions, case) if kind == "revoke_entitlement"]
    assert ended == [broad]


def test_an_open_store_is_not_ours_to_close_and_stays_on_the_list_of_what_is_open(world):
    person = world.person("lea")
    world.right(person)
    copy = world.copy(person, channel="store", place="hand/paper.md")
    world.usual_life("lea", "jon")
    world.access("anonymous", world.now() + DAY)
    case, actions, hands = planned(world, copy)
    action = actions.listed(case)[0]
    assert (action["kind"], action["reach"]) == ("instruct_place", "instructed")
    name = approved(world, actions, action)
    actions.act(name, by=world.opener)
    assert actions.verify(name, by=world.opener)["status"] == "instructed"
    assert hands.did == []


def test_telemetry_to_a_service_is_stopped(world):
    service = world.person("svc", employment="service", org="vendor")
    case, actions, _ = planned(world, world.copy(service, channel="telemetry"))
    assert ("lock", service) in kinds(actions, case)


def test_an_unknown_way_out_stops_the_version(world):
    person = world.person("lea")
    world.right(person)
    world.usual_life("lea", "jon")
    case, actions, _ = planned(world, world.copy(person))
    assert ("lock", world.version) in kinds(actions, case)


def test_exposed_configuration_asks_for_new_secrets(world):
    asset, version = world.document(kind="config")
    person = world.person("lea", employment="contractor")
    case, actions, _ = planned(world, world.copy(person, version=version))
    assert ("instruct_owner", asset) in kinds(actions, case)


def test_two_others_approve_before_anything_is_done(world):
    person, copy = contractor(world)
    case, actions, hands = planned(world, copy)
    name = actions.listed(case)[0]["action"]
    one = world.person("approver-a")
    for not_allowed in (world.opener, person):
        with pytest.raises(Refused):
            actions.approve(name, by=not_allowed)
    assert actions.approve(name, by=one) is False
    with pytest.raises(Conflict):
        actions.approve(name, by=one)
    with pytest.raises(Refused):
        actions.act(name, by=world.opener)
    assert actions.approve(name, by=world.second) is True
    assert actions.act(name, by=world.opener)["status"] == "done"
    assert hands.did == [("lock", "person", person)]
    with pytest.raises(Conflict):
        actions.act(name, by=world.opener)


@pytest.mark.parametrize(
    ("outcome", "status"),
    [("blocked", "verified"), ("succeeded", "still_open"), ("untried", "done")],
)
def test_i10_only_a_blocked_attack_counts_as_closed(world, outcome, status):
    _, copy = contractor(world)
    case, actions, _ = planned(world, copy, outcome=outcome)
    name = approved(world, actions, actions.listed(case)[0])
    with pytest.raises(Conflict):
        actions.verify(name, by=world.opener)
    actions.act(name, by=world.opener)
    assert actions.verify(name, by=world.opener)["status"] == status


def test_i10_a_case_with_an_open_action_does_not_close(world):
    person, copy = contractor(world)
    case, actions, _ = planned(world, copy)
    world.cases.reply(case, person, text="declined", by=world.opener)
    with pytest.raises(Conflict):
        world.cases.close(case, by=world.opener, conclusion="done")
    for action in actions.listed(case):
        name = approved(world, actions, action)
        actions.act(name, by=world.opener)
        actions.verify(name, by=world.opener)
    world.cases.close(case, by=world.opener, conclusion="done")


def test_a_lock_is_undone_by_lifting_it_and_a_revocation_says_that_it_cannot(world):
    _, copy = contractor(world)
    case, actions, hands = planned(world, copy)
    name = approved(world, actions, actions.listed(case)[0])
    handle = actions.act(name, by=world.opener)["handle"]
    assert actions.undo(name, by=world.opener)["status"] == "undone"
    assert hands.did[-1] == ("lift", handle)

    other = World()
    person = other.person("lea")
    other.credential(person)
    held = other.copy(person)
    other.usual_life("lea", "jon")
    other.signin("lea", other.now() + DAY, **STRANGER)
    case, actions, _ = planned(other, held)
    name = approved(other, actions, actions.listed(case)[0])
    actions.act(name, by=other.opener)
    with pytest.raises(Refused):
        actions.undo(name, by=other.opener)


def test_planning_twice_adds_nothing(world):
    _, copy = contractor(world)
    case, actions, _ = planned(world, copy)
    before = kinds(actions, case)
    assert actions.plan(case, by=world.opener) == ()
    assert kinds(actions, case) == before


def test_an_unknown_action_is_missing(world):
    _, copy = contractor(world)
    _, actions, _ = planned(world, copy)
    with pytest.raises(Missing):
        actions.approve("act_nothing", by=world.opener)
