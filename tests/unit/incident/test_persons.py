"""Nobody is accused by software, and the framed never even proposed."""

import json

import pytest

from adyton.incident import Post, packaged_field_map
from adyton.incident.persons import check_case
from adyton.terms import Refused, Verdict
from tests.unit.incident.world import DAY, HOUR, STRANGER, World


@pytest.fixture
def world():
    return World()


def guilty(world, **copy):
    """A contractor who, from their own passkey session, shared their copy with the world."""
    person = world.person("lea", employment="contractor")
    world.right(person)
    held = world.copy(person, channel="direct", place="hand/paper.md", **copy)
    world.usual_life("lea", "mira")
    at = world.now() + DAY
    world.signin("lea", at, device="dev-lea")
    world.access("lea", at + HOUR, op="CREATE_LINK")
    return person, held


def solve(world, *findings, post=None):
    posted = world.now() + 3 * DAY
    world.import_logs(until_s=posted)
    return world.solve(*findings, posted_at_s=posted, post=post)


def doubts(document):
    return {doubt["name"] for person in document["persons"] for doubt in person["doubts"]}


def proposed(document):
    return [person["id"] for person in document["persons"] if person["proposed"]]


def test_i5_two_kinds_of_evidence_only_propose_and_the_tier_stays_lead(world):
    person, copy = guilty(world)
    document = solve(world, world.finding(copy))
    assert proposed(document) == [person]
    assert document["persons"][0]["tier"] == "lead"


def test_i5_a_mark_alone_proposes_nobody(world):
    person = world.person("lea", employment="contractor")
    copy = world.copy(person)
    world.usual_life("lea", "mira")
    document = solve(world, world.finding(copy))
    assert proposed(document) == []
    assert document["persons"][0]["tier"] == "lead"


def test_i5_provenance_in_the_posters_hand_never_proposes(world):
    person = world.person("lea", employment="contractor")
    copy = world.copy(person)
    world.usual_life("lea", "mira")
    post = Post(owners=("lea",), members=("paper.md",))
    assert proposed(solve(world, world.finding(copy), post=post)) == []


def test_i5_an_answer_mark_never_proposes(world):
    _, copy = guilty(world)
    document = solve(world, world.finding(copy, weak=True))
    assert proposed(document) == []
    assert {ground["name"] for ground in document["persons"][0]["grounds"]} >= {"weak_mark"}


def test_an_unnamed_copy_leads_to_no_holder(world):
    _, copy = guilty(world)
    assert solve(world, world.finding(copy, named=False))["persons"] == []


def test_a_finding_that_is_no_leak_leads_to_no_holder(world):
    _, copy = guilty(world)
    for verdict in (Verdict.FORGED, Verdict.NOT_OURS, Verdict.OURS_NO_LEAK, Verdict.UNSURE):
        fresh = World()
        _, copy = guilty(fresh)
        assert solve(fresh, fresh.finding(copy, verdict=verdict))["persons"] == []
    assert copy


# --- framing: each victim must be saved --------------------------------------------------------


def test_f1_a_victim_whose_copy_others_could_read_is_not_proposed(world):
    _, copy = guilty(world)
    world.access("jon", world.now() + DAY)
    document = solve(world, world.finding(copy))
    assert proposed(document) == []
    assert "place_open_to_others" in doubts(document)


def test_f2_layers_that_disagree_save_the_victim(world):
    _, copy = guilty(world)
    reasons = ("layers_disagree: the visible line is of copy A, the wordings of B",)
    document = solve(world, world.finding(copy, reasons=reasons))
    assert proposed(document) == []
    assert "layers_disagree" in doubts(document)


def test_f3_several_named_copies_propose_nobody(world):
    _, copy = guilty(world)
    other = world.copy(world.person("jon", employment="contractor"))
    document = solve(world, world.finding(copy, other))
    assert proposed(document) == []
    assert "several_copies" in doubts(document)


def test_f4_a_taken_over_account_saves_the_victim_and_is_no_lead(world):
    _, copy = guilty(world)
    world.signin("lea", world.now() + DAY, **STRANGER)
    document = solve(world, world.finding(copy))
    assert proposed(document) == []
    assert document["persons"][0]["tier"] == "none"
    assert "account_takeover_signs" in doubts(document)


def test_f4_a_weak_sign_of_takeover_is_enough_not_to_propose(world):
    _, copy = guilty(world)
    world.signin("lea", world.now() + DAY, device="dev-new", mfa="otp")
    assert proposed(solve(world, world.finding(copy))) == []


def test_f7_a_copy_that_was_never_acknowledged_proves_nothing(world):
    _, copy = guilty(world, acknowledged=False)
    document = solve(world, world.finding(copy))
    assert proposed(document) == []
    assert "unacknowledged" in doubts(document)


def test_f7_a_version_issued_twice_to_the_same_person_proposes_nobody(world):
    person, copy = guilty(world)
    world.copy(person)
    assert "issued_again" in doubts(solve(world, world.finding(copy)))


def test_a_shared_device_proposes_nobody(world):
    _, copy = guilty(world)
    world.signin("mira", world.now() + DAY, device="dev-lea")
    document = solve(world, world.finding(copy))
    assert proposed(document) == []
    assert "shared_device" in doubts(document)


@pytest.mark.parametrize("log", ["idp", "store"])
def test_i6_without_a_log_that_could_show_another_hand_nobody_is_proposed(world, log):
    _, copy = guilty(world)
    posted = world.now() + 3 * DAY
    world.import_logs(until_s=posted, **{log: False})
    assert proposed(world.solve(world.finding(copy), posted_at_s=posted)) == []


@pytest.mark.parametrize("log", ["idp", "store"])
def test_i6_lines_that_could_not_be_read_propose_nobody(world, log):
    _, copy = guilty(world)
    posted = world.now() + 3 * DAY
    rows, mapping = (
        (world.signins, "idp-signin") if log == "idp" else (world.accesses, "object-store-access")
    )
    raw = "\n".join([*(json.dumps(row) for row in rows), "{cut off"]).encode()
    world.import_logs(until_s=posted, **{log: False})
    world.sources.import_source(
        raw,
        field_map=packaged_field_map(mapping),
        name="broken",
        by=world.opener,
        coverage_from_s=world.now() - 30 * DAY,
        coverage_to_s=posted,
    )
    document = world.solve(world.finding(copy), posted_at_s=posted)
    assert proposed(document) == []
    assert any(name.endswith("_lines_unread") for name in doubts(document))


def test_f4_a_stolen_session_that_shares_the_copy_from_elsewhere_proposes_nobody(world):
    person = world.person("lea", employment="contractor")
    world.right(person)
    copy = world.copy(person, place="hand/paper.md")
    world.usual_life("lea", "mira")
    at = world.now() + DAY
    world.signin("lea", at, device="dev-lea")
    world.access("lea", at + HOUR, op="CREATE_LINK", ip="198.51.100.9")
    document = solve(world, world.finding(copy))
    assert proposed(document) == []
    assert "acts_from_elsewhere" in doubts(document)


def test_f4_a_stranger_who_writes_odd_signs_into_the_log_does_not_vanish(world):
    _, copy = guilty(world)
    world.signin("lea", world.now() + DAY, **STRANGER)
    world.signins[-1]["user_agent"] = "browser\u200b\t" + "x" * 4_000
    assert proposed(solve(world, world.finding(copy))) == []


def test_a_login_in_capitals_is_the_same_login(world):
    _, copy = guilty(world)
    world.signin("LEA", world.now() + DAY, **STRANGER)
    assert "account_takeover_signs" in doubts(solve(world, world.finding(copy)))


def test_a_file_of_the_same_name_elsewhere_is_no_act_of_their_own(world):
    person = world.person("lea", employment="contractor")
    world.right(person)
    copy = world.copy(person, place="paper.md")
    world.usual_life("lea", "mira")
    at = world.now() + DAY
    world.signin("lea", at, device="dev-lea")
    world.access("lea", at + HOUR, op="CREATE_LINK", key="paper.md")
    assert proposed(solve(world, world.finding(copy))) == []


def test_a_login_that_was_given_to_somebody_else_proposes_nobody(world):
    _, copy = guilty(world)
    world.person("lea")
    document = solve(world, world.finding(copy))
    assert proposed(document) == []
    assert "login_used_twice" in doubts(document)


def test_a_time_that_only_the_post_states_hides_no_other_hand(world):
    _, copy = guilty(world)
    world.signin("lea", world.now() + 2 * DAY, **STRANGER)
    stated = Post(times=(world.now() + DAY + 2 * HOUR,))
    world.import_logs(until_s=world.now() + 3 * DAY)
    document = world.solve(world.finding(copy), posted_at_s=0, post=stated)
    assert proposed(document) == []
    assert "account_takeover_signs" in doubts(document)


def test_a_copy_issued_after_the_post_proposes_nobody(world):
    _, copy = guilty(world)
    posted = world.now() - HOUR
    world.import_logs(until_s=world.now() + DAY)
    document = world.solve(world.finding(copy), posted_at_s=posted)
    assert proposed(document) == []
    assert "issued_after_post" in doubts(document)


def test_a_service_is_nobody(world):
    person = world.person("svc", employment="service", org="vendor")
    copy = world.copy(person, channel="telemetry")
    document = solve(world, world.finding(copy))
    assert document["persons"][0]["tier"] == "none"


def test_the_holder_of_a_copy_from_an_open_store_is_no_lead(world):
    person = world.person("lea")
    world.right(person)
    copy = world.copy(person, channel="store", place="hand/paper.md")
    world.usual_life("lea", "mira")
    world.access("anonymous", world.now() + DAY)
    assert solve(world, world.finding(copy))["persons"][0]["tier"] == "none"


@pytest.mark.parametrize(
    "case",
    [
        {"status": "closed", "purpose": "p", "by": "per_a", "second": "per_b"},
        {"status": "open", "purpose": "", "by": "per_a", "second": "per_b"},
        {"status": "open", "purpose": "p", "by": "per_a", "second": ""},
        {"status": "open", "purpose": "p", "by": "per_a", "second": "per_a"},
    ],
)
def test_holders_are_refused_without_open_case_purpose_and_second_person(case):
    with pytest.raises(Refused):
        check_case(case)
