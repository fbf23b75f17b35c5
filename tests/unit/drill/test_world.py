import pytest

from adyton.drill.pathways import PATHWAYS
from adyton.drill.world import APPROVERS, make_world

SEEDS = range(1, 13)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_seed_gives_the_same_world(seed: int):
    assert make_world(seed) == make_world(seed)


def test_different_seeds_give_different_worlds():
    worlds = [make_world(seed) for seed in SEEDS]
    assert len({world.papers[0].master for world in worlds}) == len(worlds)
    assert len({world.person("partner.one").device for world in worlds}) == len(worlds)
    assert len({world.broad_reader for world in worlds}) == 2


@pytest.mark.parametrize("seed", SEEDS)
def test_a_world_has_the_cast_of_the_story(seed: int):
    world = make_world(seed)
    assert [org.kind for org in world.orgs] == ["owner", "partner", "vendor"]
    assert sum(one.human for one in world.people) == 9
    assert sum(not one.human for one in world.people) == 2
    assert sum(one.employment == "contractor" for one in world.people) == 1
    assert len({paper.compartment for paper in world.papers}) == 2
    assert len(world.papers) == 4


@pytest.mark.parametrize("seed", SEEDS)
def test_approvers_are_three_people_of_three_groups_who_may_approve(seed: int):
    world = make_world(seed)
    assert len(set(APPROVERS.values())) == len(APPROVERS) == 3
    assert all("approver" in world.person(login).roles for login in APPROVERS)


@pytest.mark.parametrize("seed", SEEDS)
def test_only_one_reader_is_entitled_to_more_than_they_need(seed: int):
    world = make_world(seed)
    assert {one.login for one in world.handed(breadth="broad")} == {world.broad_reader}
    assert world.broad_reader != world.narrow_reader


@pytest.mark.parametrize("seed", SEEDS)
def test_hand_outs_are_told_apart_and_use_every_channel(seed: int):
    world = make_world(seed)
    handles = [one.handle for one in world.handouts]
    assert len(set(handles)) == len(handles)
    assert {one.channel for one in world.handouts} == {"direct", "store", "archive", "telemetry"}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("pathway", PATHWAYS, ids=lambda pathway: pathway.name)
def test_every_pathway_has_copies_to_take(seed: int, pathway, scene_of):
    assert pathway.copies(scene_of(seed))
