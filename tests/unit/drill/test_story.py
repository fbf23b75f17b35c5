from collections import Counter
from pathlib import Path

import pytest

from adyton.crypto.quorum import parse_approvers
from adyton.drill.clock import WorldClock
from adyton.drill.story import MODEL, PIECE_BYTES, Settled, Story, file_digest, quorum_text
from adyton.drill.world import APPROVERS, OPERATOR, World, make_world
from adyton.terms import Tampered
from tests.unit.drill.conftest import MemoryPerimeter

SEED = 4


def settled_story(perimeter: MemoryPerimeter) -> Story:
    settled = Settled(orgs={"owner": "org_0"}, people={OPERATOR: "per_0"})
    story = Story(make_world(SEED), perimeter, clock=WorldClock(), settled=settled)
    story.settle()
    return story


def protected_story(perimeter: MemoryPerimeter, tmp_path: Path) -> Story:
    story = settled_story(perimeter)
    weights = tmp_path / "model.gguf"
    weights.write_bytes(b"weights")
    story.protect(tmp_path, weights)
    return story


def world() -> World:
    return make_world(SEED)


def test_everybody_of_the_world_moves_in_with_a_key_of_their_own():
    perimeter = MemoryPerimeter()
    settled_story(perimeter)
    logins = {one.login for one in world().people} - {OPERATOR}
    assert set(perimeter.keys) == logins
    assert len(set(perimeter.keys.values())) == len(logins)
    assert len(perimeter.of("org.add")) == 2
    assert {params["group"] for _, params in perimeter.of("approver.enroll")} == set(
        APPROVERS.values()
    )


def test_the_quorum_is_any_two_of_three_groups():
    tree = parse_approvers(quorum_text(settled_story(MemoryPerimeter()).settled))
    ways = tree.minimal_sets()
    assert len(ways) == 3
    assert {len(way) for way in ways} == {2}


def test_masters_are_protected_from_a_folder_outside(tmp_path: Path):
    perimeter = MemoryPerimeter()
    story = protected_story(perimeter, tmp_path)
    given = [params for _, params in perimeter.of("asset.protect")]
    assert Counter(params["kind"] for params in given) == {"document": 3, "prompt": 1, "weights": 1}
    for paper in world().papers:
        assert (tmp_path / f"{paper.file}.md").read_text() == paper.master
    assert len({story.settled.assets[paper.key] for paper in world().papers}) == 4


def test_only_the_broad_reader_may_read_a_whole_compartment(tmp_path: Path):
    perimeter = MemoryPerimeter()
    story = protected_story(perimeter, tmp_path)
    broad = {
        params["person"] for _, params in perimeter.of("entitle.add") if "compartment" in params
    }
    assert broad == {story.settled.people[world().broad_reader]}


def test_every_hand_out_is_issued_and_people_acknowledge(tmp_path: Path):
    perimeter = MemoryPerimeter()
    story = protected_story(perimeter, tmp_path)
    issued = story.issue()
    handouts = world().handouts
    assert set(issued) == {one.handle for one in handouts}
    assert len({one.copy for one in issued.values()}) == len(handouts)
    humans = sum(world().person(one.login).human for one in handouts)
    assert len(perimeter.of("issue.acknowledge")) == humans
    assert len(perimeter.of("asset.close")) == len(world().papers)


def test_weights_are_read_in_pieces_and_compared(tmp_path: Path):
    perimeter = MemoryPerimeter({"asset.read": {"data": "d2VpZ2h0cw=="}})
    story = protected_story(perimeter, tmp_path)
    assert story.check_out(tmp_path / "model.gguf") == len(b"weights")
    ((login, asked),) = perimeter.of("asset.read")
    assert login == world().narrow_reader
    assert (asked["start"], asked["end"]) == (0, 7)
    assert asked["end"] <= PIECE_BYTES


def test_other_bytes_than_the_protected_ones_are_noticed(tmp_path: Path):
    perimeter = MemoryPerimeter({"asset.read": {"data": "b3RoZXI="}})
    story = protected_story(perimeter, tmp_path)
    with pytest.raises(Tampered):
        story.check_out(tmp_path / "model.gguf")


def test_the_model_starts_from_a_session_for_serving(tmp_path: Path):
    perimeter = MemoryPerimeter()
    protected_story(perimeter, tmp_path).start_model()
    assert perimeter.of("asset.request")[-1][1]["purpose"] == "serve"
    ((_, started),) = perimeter.of("model.start")
    assert started["endpoint"] == MODEL


def test_a_files_digest_is_its_sha256(tmp_path: Path):
    (tmp_path / "x").write_bytes(b"abc")
    assert file_digest(tmp_path / "x").hex().startswith("ba7816bf8f01cfea")
