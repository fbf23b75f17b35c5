import json

import pytest

from adyton.terms import (
    Binding,
    Conflict,
    CredentialId,
    Employment,
    Malformed,
    Missing,
    OrgId,
    OrgKind,
    PersonId,
    Role,
    Unidentified,
)
from tests.policy.world import World

NOBODY = PersonId("per_" + "a" * 26)


@pytest.fixture
def world():
    return World()


def add(world, **changed):
    given = {
        "org": changed.pop("org", None) or world.org(),
        "name": "Vega Example",
        "login": "vega",
        "employment": Employment.EMPLOYEE,
        "by": None,
    }
    return world.identity.add_person(**given | changed)


def test_ids_say_nothing_of_their_bearers(world):
    org = world.org()
    person = add(world, org=org)
    assert (org[:4], person[:4], len(person)) == ("org_", "per_", 30)
    assert add(world, login="vega2") != person


def test_i8_no_name_login_team_or_secret_stands_in_the_tree(world):
    person = add(world, name="Vega Example", login="vegalogin", team="blue team")
    _, key = world.key(person)
    secret = key.reveal()[31:83]
    tree = json.dumps([dict(entry.public) for entry in world.ledger.entries()])
    everything = tree + json.dumps([str(entry.body) for entry in world.ledger.entries()])
    assert [text for text in ("Vega", "vegalogin", "blue team", "North Lab") if text in tree] == []
    assert secret not in everything
    assert secret not in str(dict(world.state.scan("credentials")))


def test_a_person_is_found_by_login_until_they_end(world):
    person = add(world)
    assert world.identity.person_of("vega") == person
    world.identity.end_person(person, by=None)
    with pytest.raises(Missing):
        world.identity.person_of("vega")


def test_a_login_is_free_again_only_when_its_bearer_has_ended(world):
    person = add(world)
    with pytest.raises(Conflict):
        add(world)
    world.identity.end_person(person, by=None)
    assert add(world) != person


def test_ending_an_organisation_ends_its_people_and_keys_at_once_and_no_others(world):
    org = world.org(OrgKind.PARTNER)
    _, first = world.key(world.person(org=org))
    _, second = world.key(world.person(org=org))
    _, other = world.key(world.person())
    world.identity.end_org(org, by=None)
    for key in (first, second):
        with pytest.raises(Unidentified):
            world.identity.authenticate(key.reveal())
    assert world.identity.authenticate(other.reveal())
    ended = [row["org"] == org for _, row in world.state.scan("people") if row["ended_at"]]
    assert ended == [True, True]


def test_ending_twice_is_a_conflict_and_ending_nobody_is_missing(world):
    person = world.person()
    credential, _ = world.key(person)
    world.identity.revoke_credential(credential, by=None)
    with pytest.raises(Conflict):
        world.identity.revoke_credential(credential, by=None)
    world.identity.end_person(person, by=None)
    with pytest.raises(Conflict):
        world.identity.end_person(person, by=None)
    for act, target in (
        (world.identity.end_person, NOBODY),
        (world.identity.end_org, OrgId("org_" + "a" * 26)),
        (world.identity.revoke_credential, CredentialId("key_" + "a" * 26)),
    ):
        with pytest.raises(Missing):
            act(target, by=None)


def test_nobody_who_has_ended_gets_anything_new(world):
    org = world.org()
    person = world.person(Role.APPROVER, org=org)
    world.identity.end_org(org, by=None)
    with pytest.raises(Conflict):
        world.key(person)
    with pytest.raises(Conflict):
        add(world, org=org, login="late")
    with pytest.raises(Conflict):
        enroll(world, person)


@pytest.mark.parametrize("days", [-1, 0, 367])
def test_no_key_is_born_dead_or_lives_for_ever(world, days):
    with pytest.raises(Malformed):
        world.key(world.person(), days=days)


@pytest.mark.parametrize(
    ("binding", "thumbprint"),
    [(Binding.DPOP, ""), (Binding.NONE, "t" * 43), (Binding.MTLS, "short")],
)
def test_a_binding_needs_the_key_it_is_bound_to(world, binding, thumbprint):
    with pytest.raises(Malformed):
        world.identity.issue_credential(
            world.person(),
            expires_at_s=world.in_days(1),
            binding=binding,
            thumbprint=thumbprint,
            by=None,
        )


@pytest.mark.parametrize(
    "changed",
    [
        {"name": ""},
        {"name": "a\x1b[2Jb"},
        {"name": "n" * 201},
        {"login": "Vega"},
        {"login": "vega example"},
        {"login": ""},
        {"team": "\n"},
    ],
)
def test_a_malformed_person_is_refused_and_nothing_is_written(world, changed):
    org = world.org()
    before = len(world.ledger.entries())
    with pytest.raises(Malformed):
        add(world, org=org, **changed)
    assert len(world.ledger.entries()) == before


def test_a_country_that_is_not_stated_can_still_be_locked(world):
    assert world.state.get("orgs", world.org(country=""))["country"] == "ZZ"


@pytest.mark.parametrize("country", ["se", "SWE", "S1"])
def test_a_country_is_two_capital_letters(world, country):
    with pytest.raises(Malformed):
        world.org(country=country)


def enroll(world, person, hpke=b"h" * 32, sign=b"s" * 32, group="security"):
    return world.identity.enroll_approver(
        person, group=group, hpke_public=hpke, sign_public=sign, by=None
    )


def test_an_enrolled_approver_has_public_keys_and_a_group(world):
    person = world.person(Role.APPROVER)
    enroll(world, person)
    assert world.state.get("approvers", person) == {
        "group": "security",
        "hpke_public": (b"h" * 32).hex(),
        "sign_public": (b"s" * 32).hex(),
        "ended_at": 0,
    }


def test_i3_no_administrator_swaps_an_approvers_keys(world):
    person = world.person(Role.APPROVER)
    enroll(world, person)
    with pytest.raises(Conflict):
        enroll(world, person, sign=b"x" * 32)
    assert world.state.get("approvers", person)["sign_public"] == (b"s" * 32).hex()


def test_only_approvers_are_enrolled_and_they_end_with_the_person(world):
    with pytest.raises(Conflict):
        enroll(world, world.person(Role.OPERATOR))
    with pytest.raises(Missing):
        enroll(world, NOBODY)
    person = world.person(Role.APPROVER)
    enroll(world, person)
    world.identity.end_person(person, by=None)
    assert world.state.get("approvers", person)["ended_at"]


@pytest.mark.parametrize(
    "wrong", [{"hpke": b""}, {"sign": b"s" * 33}, {"group": "Two Words"}, {"group": ""}]
)
def test_a_malformed_enrolment_is_refused(world, wrong):
    with pytest.raises(Malformed):
        enroll(world, world.person(Role.APPROVER), **wrong)


@pytest.mark.parametrize("same", ["hpke", "sign"])
def test_one_key_under_two_names_is_no_second_approver(world, same):
    first, second = world.person(Role.APPROVER), world.person(Role.APPROVER)
    enroll(world, first)
    other = {"hpke": b"H" * 32, "sign": b"S" * 32}
    del other[same]
    with pytest.raises(Conflict):
        enroll(world, second, **other)
    world.identity.end_person(first, by=None)
    enroll(world, second, **other)
