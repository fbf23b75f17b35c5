from collections import Counter

import pytest

from adyton.drill.dice import Dice
from adyton.drill.pathways import PATHWAYS, pathway_named
from adyton.drill.traffic import NOBODY, Traces, moment, ordinary
from tests.unit.drill.conftest import NOW_S

SEEDS = range(1, 7)


def week(scene) -> Traces:
    return ordinary(scene, Dice("week", scene.world.seed))


def strange_devices(scene, traces: Traces) -> set[object]:
    own = {one.device for one in scene.world.people}
    return {
        row["device_id"]
        for row in traces.idp
        if row["device_id"] not in own and row["event"] != "signin_failed"
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_in_an_ordinary_week_nobody_signs_in_from_a_strange_device(seed: int, scene_of):
    scene = scene_of(seed)
    assert strange_devices(scene, week(scene)) == set()


@pytest.mark.parametrize("seed", SEEDS)
def test_in_an_ordinary_week_no_stranger_reads_a_copy(seed: int, scene_of):
    scene = scene_of(seed)
    places = {one.handout.place for one in scene.issued.values()}
    reads = [row for row in week(scene).store if row["requester"] == NOBODY]
    assert any(row["status"] == 200 for row in reads)
    assert any(f"{row['bucket']}/{row['key']}" in places for row in reads)
    assert {row["status"] for row in reads if f"{row['bucket']}/{row['key']}" in places} == {403}


@pytest.mark.parametrize("seed", SEEDS)
def test_everybody_works_in_an_ordinary_week(seed: int, scene_of):
    scene = scene_of(seed)
    traces = week(scene)
    seen = {row["user"] for row in traces.idp if row["event"] == "signin"}
    assert seen == {one.login for one in scene.world.people} - {"store.service"}


@pytest.mark.parametrize("seed", SEEDS)
def test_every_mix_holds_what_makes_the_lazy_answer_wrong(seed: int, scene_of):
    scene = scene_of(seed)
    traces = week(scene)
    usual = {one.login: one.country for one in scene.world.people}
    away = [
        row
        for row in traces.idp
        if row["event"] == "signin" and row["country"] != usual[str(row["user"])]
    ]
    failed = [row for row in traces.idp if row["event"] == "signin_failed"]
    heaviest = Counter(row["requester"] for row in traces.store).most_common(2)
    assert away
    assert len({row["user"] for row in failed}) > 1
    assert heaviest[0][1] > 100


@pytest.mark.parametrize("seed", SEEDS)
def test_copies_in_the_store_are_written_when_they_are_issued(seed: int, scene_of):
    scene = scene_of(seed)
    written = {
        f"{row['bucket']}/{row['key']}": row["time"]
        for row in week(scene).store
        if row["op"] == "PUT"
    }
    for one in scene.of_kind(channel="store"):
        assert written[one.handout.place] == moment(one.issued_at_s)


@pytest.mark.parametrize("pathway", PATHWAYS, ids=lambda one: one.name)
@pytest.mark.parametrize("seed", SEEDS)
def test_traces_lie_after_the_issue_and_before_the_post(seed: int, pathway, scene_of):
    scene = scene_of(seed)
    for issued in pathway.copies(scene):
        traces = pathway.traces(scene, issued, Dice("traces", seed))
        times = [str(row["time"]) for row in (*traces.idp, *traces.store)]
        assert all(moment(issued.issued_at_s) < one < moment(NOW_S) for one in times)


def test_a_compromised_account_shows_a_strange_device_and_the_victims_login(scene_of):
    for seed in SEEDS:
        scene = scene_of(seed)
        pathway = pathway_named("compromised_account")
        issued = pathway.copies(scene)[0]
        traces = pathway.traces(scene, issued, Dice("traces", seed))
        assert len(strange_devices(scene, traces)) == 1
        assert {row["user"] for row in traces.idp} == {issued.handout.login}
        assert pathway.acted(issued) == ()


def test_an_opened_object_is_read_by_strangers(scene_of):
    pathway = pathway_named("misconfigured_storage")
    for seed in SEEDS:
        scene = scene_of(seed)
        issued = pathway.copies(scene)[0]
        first, *reads = pathway.traces(scene, issued, Dice("traces", seed)).store
        assert first["op"] in {"PUT_ACL", "CREATE_LINK"}
        assert {(row["requester"], row["status"]) for row in reads} == {(NOBODY, 200)}
        assert pathway.acted(issued) == ()


def test_a_forwarded_archive_leaves_no_trace_of_ours(scene_of):
    scene = scene_of(1)
    pathway = pathway_named("forwarded_archive")
    issued = pathway.copies(scene)[0]
    assert pathway.traces(scene, issued, Dice(1)) == Traces()
    assert pathway.acted(issued) == ("partner.one",)
