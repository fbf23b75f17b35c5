import pytest

from adyton import gateway
from adyton.gateway.endpoints import all_endpoints, find_endpoint
from adyton.ledger import rebuild
from adyton.terms import AssetId, Malformed, Missing
from tests.unit.gateway.dialogue import Dialogue, answer_frames, chat


@pytest.mark.parametrize("name", ["", "a/b", "a b", "..", "é", "a" * 65])
def test_a_name_that_fits_no_path_is_malformed(world, name):
    with pytest.raises(Malformed):
        world.endpoints.define(model=name, asset=world.asset, upstream="local")


def test_a_name_leads_to_an_asset_that_is_there(world):
    with pytest.raises(Missing):
        world.endpoints.define(model="x", asset=AssetId("ast_none"), upstream="local")
    with pytest.raises(Missing):
        world.endpoints.define(
            model="x", asset=world.asset, weights=AssetId("ast_none"), upstream="local"
        )


def test_the_latest_definition_holds_and_a_decoy_leads_nowhere(world):
    world.endpoints.define(model="orchard-1", asset=world.asset, upstream="second")
    assert find_endpoint(world.ledger.state, "orchard-1").upstream == "second"
    assert find_endpoint(world.ledger.state, "orchard-omega") is None
    names = [endpoint.model for endpoint in all_endpoints(world.ledger.state)]
    assert names == ["harbour-1", "orchard-1"]


def test_names_of_models_stand_in_bodies_alone(world):
    assert "orchard" not in world.tree()


def test_the_rows_can_be_made_again_from_the_facts(world):
    Dialogue(world, answer_frames("Fine.")).run(world.head(), chat())
    Dialogue(world).run(world.head(), b"{")
    entries = list(world.ledger.entries(limit=100_000))
    for table in ("endpoints", "answers", "refusals"):
        live = dict(world.ledger.state.scan(table))
        assert live
        assert remade(entries, table) == live
    assert rebuild is not None


def remade(entries, table):
    """A slow plain twin of the projection's host."""
    rows = {}

    class Twin:
        def get(self, name, key):
            return rows.get((name, key))

    for entry in entries:
        for row in gateway.project(entry, Twin()):
            rows[row.table, row.key] = row.data
    return {key: data for (name, key), data in rows.items() if name == table}


def test_a_name_whose_weights_are_not_recorded_leads_nowhere(world):
    class Lost:
        def get(self, table, key):
            return None if key == weights else world.ledger.state.get(table, key)

    weights = world.model("weights-1", world.compartment)
    world.endpoints.define(model="orchard-1", asset=world.asset, upstream="local", weights=weights)
    assert find_endpoint(world.ledger.state, "orchard-1").weights.asset == weights
    assert find_endpoint(Lost(), "orchard-1") is None
