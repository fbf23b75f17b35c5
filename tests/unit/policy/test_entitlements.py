import json

import pytest

from adyton.policy import ENTITLED_ACTS
from adyton.terms import (
    Act,
    AssetId,
    CompartmentId,
    Conflict,
    EntitlementId,
    Malformed,
    Missing,
    PersonId,
)

UNKNOWN = "a" * 26


@pytest.fixture
def given(world):
    """What a good entitlement is made of."""
    resource = world.asset(world.compartment())
    return {
        "person": world.person(),
        "act": Act.READ,
        "compartment": resource.compartment,
        "asset": resource.asset,
        "purpose": "incident-review",
        "until_s": world.in_days(7),
        "by": None,
    }


def test_an_entitlement_is_recorded_as_given(world, given):
    made = world.entitlements.grant(**given)
    assert world.state.get("entitlements", made) == {
        "person": given["person"],
        "act": "read",
        "asset": given["asset"],
        "compartment": given["compartment"],
        "purpose": "incident-review",
        "until": given["until_s"],
        "revoked_at": 0,
        "breadth": "narrow",
    }


def test_one_without_an_asset_is_broad(world, given):
    made = world.entitlements.grant(**given | {"asset": None})
    row = world.state.get("entitlements", made)
    assert (row["breadth"], row["asset"]) == ("broad", "")


def test_i8_the_purpose_stays_out_of_the_tree(world, given):
    world.entitlements.grant(**given)
    assert "incident-review" not in json.dumps([dict(e.public) for e in world.ledger.entries()])


@pytest.mark.parametrize("act", sorted(set(Act) - ENTITLED_ACTS))
def test_acts_of_roles_are_not_handed_out_one_by_one(world, given, act):
    with pytest.raises(Malformed):
        world.entitlements.grant(**given | {"act": act})


@pytest.mark.parametrize("purpose", ["Two words", "p" * 41, "-x", "naïve"])
def test_a_purpose_is_one_plain_word(world, given, purpose):
    with pytest.raises(Malformed):
        world.entitlements.grant(**given | {"purpose": purpose})


@pytest.mark.parametrize("days", [-1, 0, 367])
def test_an_entitlement_is_boxed_in_time(world, given, days):
    with pytest.raises(Malformed):
        world.entitlements.grant(**given | {"until_s": world.in_days(days)})


@pytest.mark.parametrize(
    "wrong",
    [
        {"person": PersonId(f"per_{UNKNOWN}")},
        {"compartment": CompartmentId(f"cmp_{UNKNOWN}")},
        {"asset": AssetId(f"ast_{UNKNOWN}")},
    ],
)
def test_what_is_not_there_cannot_be_entitled(world, given, wrong):
    with pytest.raises(Missing):
        world.entitlements.grant(**given | wrong)


def test_an_asset_of_another_compartment_cannot_slip_in(world, given):
    other = world.asset(world.compartment("beta"))
    with pytest.raises(Missing):
        world.entitlements.grant(**given | {"asset": other.asset})


def test_nobody_who_has_ended_is_entitled(world, given):
    world.identity.end_person(given["person"], by=None)
    with pytest.raises(Conflict):
        world.entitlements.grant(**given)


def test_revoking_twice_is_a_conflict_and_revoking_nothing_is_missing(world, given):
    made = world.entitlements.grant(**given)
    world.entitlements.revoke(made, by=None)
    assert world.state.get("entitlements", made)["revoked_at"]
    with pytest.raises(Conflict):
        world.entitlements.revoke(made, by=None)
    with pytest.raises(Missing):
        world.entitlements.revoke(EntitlementId(f"ent_{UNKNOWN}"), by=None)
