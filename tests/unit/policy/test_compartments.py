import json

import pytest

from adyton.terms import Conflict, Malformed


def test_a_compartment_is_known_by_id_and_its_name_stays_out_of_the_tree(world):
    made = world.compartments.add("night shift", bound_only=True, by=None)
    assert world.state.get("compartments", made) == {"name": "night shift", "bound_only": True}
    assert "night" not in json.dumps([dict(one.public) for one in world.ledger.entries()])


def test_two_compartments_never_share_a_name(world):
    world.compartments.add("alpha", by=None)
    with pytest.raises(Conflict):
        world.compartments.add("alpha", by=None)


@pytest.mark.parametrize("name", ["", "  ", "n" * 101, "a\nb"])
def test_a_name_is_printable(world, name):
    with pytest.raises(Malformed):
        world.compartments.add(name, by=None)
