import json
from collections import Counter

import pytest

from adyton.drill.leak import IDP_LOG, STORE_LOG, in_turn
from adyton.drill.pathways import PATHWAYS
from adyton.drill.traffic import moment
from adyton.drill.truth import Case
from tests.unit.drill.conftest import NOW_S, STARTED_S

SEEDS = range(1, 19)
IDP_FIELDS = {"time", "event", "user", "ip", "asn", "country", "device_id", "mfa", "user_agent"}
IDP_EVENTS = {"signin", "signin_failed", "token_refresh", "mfa_reset"}
STORE_FIELDS = {"time", "op", "requester", "bucket", "key", "status", "bytes", "remote_ip"}
STORE_OPS = {"GET", "PUT", "LIST", "PUT_ACL", "CREATE_LINK"}


def rows(drill, name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in drill.files[name].decode().splitlines()]


def posted(drill) -> dict[str, bytes]:
    return {name: data for name, data in drill.files.items() if name.startswith("post/")}


@pytest.mark.parametrize("case", list(Case))
def test_the_same_seed_gives_the_same_drill(case: Case, drill_of):
    assert drill_of(3, case) == drill_of(3, case)


@pytest.mark.parametrize("case", list(Case))
@pytest.mark.parametrize("seed", SEEDS)
def test_both_logs_are_there_in_their_published_form(seed: int, case: Case, drill_of):
    drill = drill_of(seed, case)
    for row in rows(drill, IDP_LOG):
        assert set(row) == IDP_FIELDS
        assert row["event"] in IDP_EVENTS
        assert row["mfa"] in {"passkey", "otp", "none"}
    for row in rows(drill, STORE_LOG):
        assert set(row) - {"acl"} == STORE_FIELDS
        assert row["op"] in STORE_OPS
        assert row.get("acl", "private") in {"private", "public-read"}


@pytest.mark.parametrize("case", list(Case))
def test_logs_are_in_order_and_end_before_the_post(case: Case, drill_of):
    for name in (IDP_LOG, STORE_LOG):
        times = [str(row["time"]) for row in rows(drill_of(5, case), name)]
        assert times == sorted(times)
        assert times[-1] < moment(NOW_S)
        assert times[0] < moment(STARTED_S - 5 * 86_400)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_traces_of_a_leak_lie_between_issue_and_post(seed: int, scene_of, drill_of):
    quiet = drill_of(seed, Case.NONE)
    ordinary_people = {row["device_id"] for row in rows(quiet, IDP_LOG)}
    drill = drill_of(seed, Case.LEAK)
    if drill.truth.pathway == "compromised_account":
        strange = [
            row
            for row in rows(drill, IDP_LOG)
            if row["device_id"] not in ordinary_people and row["event"] != "signin_failed"
        ]
        issued = {one.copy: one.issued_at_s for one in scene_of(seed).issued.values()}
        assert strange
        assert all(row["time"] > moment(issued[drill.truth.copies[0]]) for row in strange)


def test_an_ordinary_week_has_no_post(drill_of):
    drill = drill_of(1, Case.NONE)
    assert posted(drill) == {}
    assert drill.truth.copies == ()
    assert drill.truth.verdict == "unsubstantiated"


def test_twelve_seeds_show_every_pathway_transform_framing_and_false_alarm(drill_of):
    leaks = [drill_of(seed, Case.LEAK).truth for seed in range(1, 21)]
    assert {truth.pathway for truth in leaks} == {one.name for one in PATHWAYS}
    assert len({truth.transform for truth in leaks}) == 7
    assert {drill_of(seed, Case.FRAMED).truth.variant for seed in range(1, 7)} == {
        "F1",
        "F2",
        "F5",
    }
    alarms = {drill_of(seed, Case.NOT_OURS).truth.variant for seed in range(1, 11)}
    assert alarms == {"other_owner", "look_alike", "fabricated", "public_text", "bare_claim"}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_logs_show_what_only_they_can_show(seed: int, scene_of, drill_of):
    drill = drill_of(seed, Case.LEAK)
    place = next(
        one.handout.place
        for one in scene_of(seed).issued.values()
        if one.copy == drill.truth.copies[0]
    )
    strangers = [
        row
        for row in rows(drill, STORE_LOG)
        if row["requester"] == "anonymous"
        and row["status"] == 200
        and f"{row['bucket']}/{row['key']}" == place
    ]
    assert bool(strangers) == (drill.truth.pathway == "misconfigured_storage")


@pytest.mark.parametrize("case", [Case.LEAK, Case.FRAMED, Case.NOT_OURS])
@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_handed_over_does_not_tell_the_truth(seed: int, case: Case, drill_of):
    drill = drill_of(seed, case)
    everything = b"\n".join(drill.files.values()).decode("utf-8", "replace").lower()
    names = " ".join(drill.files).lower()
    words = {
        "drill",
        "seed",
        "pathway",
        "verdict",
        "leaker",
        "nonce",
        "confounder",
        *(one.name for one in PATHWAYS),
        *drill.truth.copies,
        *drill.truth.persons,
    }
    assert [word for word in words if f'"{word}"' in everything or word in names] == []
    assert not any(copy in everything for copy in drill.truth.copies)
    assert not any(one.name in everything for one in PATHWAYS if "_" in one.name)


@pytest.mark.parametrize("seed", SEEDS)
def test_blame_is_planted_on_somebody_who_had_no_part(seed: int, drill_of):
    truth = drill_of(seed, Case.FRAMED).truth
    assert truth.framed
    assert not set(truth.framed) & set(truth.persons)


def test_a_framed_post_shows_the_victims_name(drill_of, scene_of):
    for seed in range(1, 7):
        drill = drill_of(seed, Case.FRAMED)
        world = scene_of(seed).world
        text = b"".join(posted(drill).values()).decode("utf-8", "replace")
        victim = world.person(world.narrow_reader)
        assert victim.name in text or victim.login in text


@pytest.mark.parametrize("choices", [("a",), ("a", "b", "c"), tuple("abcdefg")])
def test_each_turn_comes_once_in_a_round(choices):
    rounds = range(4)
    for round_ in rounds:
        seeds = range(round_ * len(choices), (round_ + 1) * len(choices))
        assert Counter(in_turn(choices, seed, "x") for seed in seeds) == Counter(choices)
