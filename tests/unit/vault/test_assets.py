import pytest

from adyton.terms import AssetKind, Conflict, Malformed
from adyton.vault import facts
from tests.unit.vault.world import VaultWorld


def register(world: VaultWorld, name: str, *, decoy: bool = False):
    return world.vault.register_asset(
        name=name,
        kind=AssetKind.ENDPOINT,
        compartment=world.compartment,
        by=world.rei,
        decoy=decoy,
    )


def test_an_endpoint_is_registered_without_a_version(world: VaultWorld):
    asset = register(world, "helper-small")
    assert world.ledger.state.get(facts.ASSETS, asset) == {
        "name": "helper-small",
        "kind": "endpoint",
        "compartment": world.compartment,
        "current": "",
        "decoy": False,
    }


def test_i2_a_decoy_looks_like_any_asset_in_the_tree(world: VaultWorld):
    register(world, "real")
    register(world, "decoy", decoy=True)
    real, decoy = world.facts(facts.ASSET_REGISTERED)
    assert set(real.public) == set(decoy.public)
    assert "decoy" not in decoy.public


def test_a_name_is_taken_once(world: VaultWorld):
    register(world, "helper-small")
    with pytest.raises(Conflict):
        register(world, "helper-small")


@pytest.mark.parametrize("name", ["", " padded", "x" * 201, "esc\x1b[31m"])
def test_names_that_would_mislead_are_malformed(world: VaultWorld, name: str):
    with pytest.raises(Malformed):
        register(world, name)
