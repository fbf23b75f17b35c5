"""Every way out, and every confounder that makes the lazy answer wrong."""

import json

import pytest

from adyton.incident import PATHWAYS, Post, packaged_field_map
from adyton.terms import Verdict
from tests.unit.incident.world import DAY, HOUR, STRANGER, World, first, names, share

QUIET = 0.06  # what is left to a takeover when a whole log shows nothing of it


@pytest.fixture
def world():
    return World()


def crowd(world):
    """Two colleagues with narrow rights and copies of their own, and their usual life."""
    people = [world.person(login) for login in ("mira", "jon")]
    for person in people:
        world.right(person)
        world.copy(person)
    world.usual_life("mira", "jon", "lea")
    return people


def leak(world, copy, **how):
    posted = world.now() + 3 * DAY
    chosen = {name: how.pop(name) for name in ("idp", "store") if name in how}
    if how.pop("logs", True):
        world.import_logs(until_s=posted + DAY, **chosen)
    return world.solve(world.finding(copy, **how), posted_at_s=posted)


def holder(world, login="lea", *, broad=False, **about):
    person = world.person(login, **about)
    world.right(person, broad=broad)
    return person


# --- the pathways ------------------------------------------------------------------------------


def test_a_strange_signin_between_issue_and_post_means_a_compromised_account(world):
    crowd(world)
    copy = world.copy(holder(world))
    world.signin("lea", world.now() + DAY, **STRANGER)
    document = leak(world, copy)
    assert first(document) == "compromised_account"
    assert share(document, "compromised_account") > 0.8


def test_a_stolen_session_that_only_renews_its_token_is_seen_too(world):
    crowd(world)
    copy = world.copy(holder(world))
    world.signin("lea", world.now() + DAY, event="token_refresh", **STRANGER)
    assert first(leak(world, copy)) == "compromised_account"


def test_a_session_from_before_the_issue_counts_only_if_it_took_the_copy(world):
    crowd(world)
    world.signin("lea", world.now() - HOUR, ip="198.51.100.9", **STRANGER)
    copy = world.copy(holder(world), channel="store", place="hand/paper.md")
    idle = World()
    crowd(idle)
    idle.signin("lea", idle.now() - HOUR, ip="198.51.100.9", **STRANGER)
    quiet = leak(idle, idle.copy(holder(idle), channel="store", place="hand/paper.md"))
    world.access("lea", world.now() + HOUR, ip="198.51.100.9")
    assert first(leak(world, copy)) == "compromised_account"
    assert share(quiet, "compromised_account") < QUIET


def test_the_copy_read_from_the_strangers_address_makes_it_stronger(world):
    crowd(world)
    copy = world.copy(holder(world), channel="store", place="hand/paper.md")
    world.signin("lea", world.now() + DAY, ip="198.51.100.9", **STRANGER)
    world.access("lea", world.now() + DAY + HOUR, ip="198.51.100.9")
    document = leak(world, copy)
    assert first(document) == "compromised_account"
    assert "copy_taken_in_session" in names(document, "compromised_account", "for")


def test_whoever_broke_in_before_the_issue_is_no_habit(world):
    crowd(world)
    world.signin("lea", world.now() - 4 * DAY, **STRANGER)
    copy = world.copy(holder(world))
    world.signin("lea", world.now() + DAY, **STRANGER)
    assert first(leak(world, copy)) == "compromised_account"


def test_where_nobody_ever_shows_a_second_factor_the_usual_device_is_usual(world):
    crowd(world)
    for day in range(-9, 3):
        world.signin("gus", world.now() + day * DAY, device="dev-gus", mfa="none")
    assert share(leak(world, world.copy(holder(world, "gus"))), "compromised_account") < QUIET


@pytest.mark.parametrize(
    "about",
    [
        {"employment": "contractor"},
        {"employment": "partner", "org": "partner"},
        {"employment": "employee", "org": "vendor"},
    ],
)
def test_a_direct_copy_of_somebody_elses_employee_means_contractor(world, about):
    crowd(world)
    copy = world.copy(holder(world, **about))
    assert first(leak(world, copy)) == "contractor"


def test_an_open_store_read_by_strangers_means_misconfigured_storage(world):
    crowd(world)
    copy = world.copy(holder(world), channel="store", place="store/hand/paper.md")
    world.access("ops", world.now() + HOUR, op="PUT_ACL", acl="public-read")
    world.access("anonymous", world.now() + DAY)
    document = leak(world, copy)
    assert first(document) == "misconfigured_storage"
    assert share(document, "misconfigured_storage") > 0.9


def test_a_whole_bucket_made_public_counts_for_what_lies_in_it(world):
    crowd(world)
    copy = world.copy(holder(world), channel="store", place="hand/paper.md")
    world.access("lea", world.now() + 60)
    world.access("ops", world.now() + HOUR, op="PUT_ACL", key="*", acl="public-read")
    document = leak(world, copy)
    assert "made_public" in names(document, "misconfigured_storage", "for")


def test_an_archive_that_was_forwarded_means_forwarded_archive(world):
    crowd(world)
    posted = world.now() + 3 * DAY
    copy = world.copy(holder(world), channel="archive", place="pack/paper.md")
    world.import_logs(until_s=posted)
    post = Post(forwards=("a channel",), members=("pack/paper.md",))
    document = world.solve(world.finding(copy), posted_at_s=posted, post=post)
    assert first(document) == "forwarded_archive"
    assert share(document, "forwarded_archive") > 0.8


def test_a_contractors_archive_that_was_forwarded_is_a_forwarded_archive(world):
    crowd(world)
    posted = world.now() + 3 * DAY
    person = holder(world, employment="contractor")
    copy = world.copy(person, channel="archive", place="pack.zip")
    world.import_logs(until_s=posted)
    post = Post(forwards=("a channel",), members=("paper.md",))
    assert first(world.solve(world.finding(copy), posted_at_s=posted, post=post)) == (
        "forwarded_archive"
    )


def test_a_copy_sent_over_telemetry_means_logging_at_a_third_party(world):
    crowd(world)
    service = holder(world, "svc-logs", employment="service", org="vendor")
    document = leak(world, world.copy(service, channel="telemetry"))
    assert first(document) == "third_party_logging"
    assert "vendor_logs" in names(document, "third_party_logging", "missing")


def test_an_employee_with_nothing_but_a_broad_right_means_broad_permissions(world):
    crowd(world)
    person = holder(world, broad=True, team="sales")
    document = leak(world, world.copy(person))
    assert first(document) == "broad_permissions"
    assert "outside_team" in names(document, "broad_permissions", "for")


def test_an_employee_with_a_narrow_right_and_no_trace_stays_unknown(world):
    crowd(world)
    document = leak(world, world.copy(holder(world)))
    assert first(document) == "unknown"
    assert share(document, "unknown") > 0.5


def test_a_broad_right_that_everybody_has_tells_nothing(world):
    for login in ("mira", "jon", "ada", "max"):
        world.right(world.person(login), broad=True)
    world.usual_life("lea", "mira")
    document = leak(world, world.copy(holder(world, broad=True)))
    found = next(one for one in document["pathways"] if one["id"] == "broad_permissions")
    weights = {one["name"]: one["weight_milli"] for one in found["evidence"]["for"]}
    assert weights["broad_right"] < 100
    assert share(document, "broad_permissions") < 0.5


def test_among_contractors_being_one_tells_nothing(world):
    for login in ("mira", "jon", "ada", "max"):
        world.copy(world.person(login, employment="contractor"))
    world.usual_life("lea", "mira")
    document = leak(world, world.copy(holder(world, employment="contractor")))
    assert share(document, "contractor") < 0.35


# --- confounders -------------------------------------------------------------------------------


def test_a_traveller_with_own_device_and_passkey_is_no_takeover(world):
    crowd(world)
    copy = world.copy(holder(world))
    world.signin("lea", world.now() + DAY, device="dev-lea", country="JP", asn=64777)
    document = leak(world, copy)
    assert share(document, "compromised_account") < QUIET
    assert "own_device_abroad" in names(document, "compromised_account", "against")


def test_a_new_laptop_at_home_with_a_code_is_no_takeover(world):
    crowd(world)
    copy = world.copy(holder(world))
    world.signin("lea", world.now() + DAY, device="dev-new", mfa="otp")
    assert share(leak(world, copy), "compromised_account") < 0.15


def test_a_new_device_with_a_passkey_is_no_takeover(world):
    crowd(world)
    copy = world.copy(holder(world))
    world.signin("lea", world.now() + DAY, device="dev-new", country="JP", asn=64777)
    assert share(leak(world, copy), "compromised_account") < QUIET


def test_failed_signins_alone_are_no_takeover(world):
    crowd(world)
    copy = world.copy(holder(world))
    for minute in range(30):
        world.signin("lea", world.now() + DAY + minute * 60, event="signin_failed", **STRANGER)
    document = leak(world, copy)
    assert share(document, "compromised_account") < QUIET
    assert "failed_only" in names(document, "compromised_account", "against")


@pytest.mark.parametrize("at", [-2 * DAY, 4 * DAY])
def test_a_strange_signin_before_the_issue_or_after_the_post_says_nothing(world, at):
    crowd(world)
    copy = world.copy(holder(world))
    world.signin("lea", world.now() + at, **STRANGER)
    assert share(leak(world, copy), "compromised_account") < QUIET


def test_a_strange_signin_of_somebody_else_says_nothing(world):
    crowd(world)
    copy = world.copy(holder(world))
    world.signin("mira", world.now() + DAY, **STRANGER)
    assert share(leak(world, copy), "compromised_account") < QUIET


def test_a_scanner_that_was_turned_away_is_no_open_store(world):
    crowd(world)
    copy = world.copy(holder(world), channel="store", place="hand/paper.md")
    world.access("anonymous", world.now() + DAY, status=403)
    document = leak(world, copy)
    assert first(document) != "misconfigured_storage"
    assert "turned_away" in names(document, "misconfigured_storage", "against")


def test_strangers_reading_other_keys_say_nothing_of_this_one(world):
    crowd(world)
    copy = world.copy(holder(world), channel="store", place="hand/paper.md")
    world.access("anonymous", world.now() + DAY, key="public/logo.md")
    world.access("anonymous", world.now() + DAY, key="hand/other/paper.md")
    assert share(leak(world, copy), "misconfigured_storage") < 0.1


@pytest.mark.parametrize("at", [-2 * DAY, 4 * DAY])
def test_strangers_reading_before_the_issue_or_after_the_post_say_nothing(world, at):
    crowd(world)
    copy = world.copy(holder(world), channel="store", place="hand/paper.md")
    world.access("anonymous", world.now() + at)
    assert share(leak(world, copy), "misconfigured_storage") < 0.1


def test_a_place_made_public_and_private_again_before_the_issue_says_nothing(world):
    crowd(world)
    copy = world.copy(holder(world), channel="store", place="hand/paper.md")
    world.access("ops", world.now() - 2 * DAY, op="PUT_ACL", acl="public-read")
    world.access("ops", world.now() - DAY, op="PUT_ACL", acl="private")
    assert share(leak(world, copy), "misconfigured_storage") < 0.1


def test_a_place_that_stood_open_when_the_copy_was_laid_there_counts(world):
    crowd(world)
    copy = world.copy(holder(world), channel="store", place="hand/paper.md")
    world.access("ops", world.now() - 2 * DAY, op="PUT_ACL", acl="public-read")
    world.access("anonymous", world.now() + DAY)
    assert first(leak(world, copy)) == "misconfigured_storage"


def test_an_open_store_says_nothing_of_a_copy_that_never_lay_there(world):
    crowd(world)
    copy = world.copy(holder(world, broad=True), place="paper-lea.md")
    world.access("ops", world.now() + HOUR, op="PUT_ACL", acl="public-read")
    world.access("anonymous", world.now() + DAY)
    assert first(leak(world, copy)) == "broad_permissions"


def test_archives_of_other_people_say_nothing_of_this_copy(world):
    mira, _ = crowd(world)
    world.copy(mira, channel="archive", place="pack.zip")
    posted = world.now() + 3 * DAY
    copy = world.copy(holder(world, employment="contractor"))
    world.import_logs(until_s=posted)
    post = Post(forwards=("a channel",))
    document = world.solve(world.finding(copy), posted_at_s=posted, post=post)
    assert first(document) == "contractor"


def test_a_heavy_reader_with_a_narrow_right_is_not_suspected_for_reading_much(world):
    mira, _ = crowd(world)
    for _ in range(20):
        world.copy(mira)
        world.clock.advance(60)
    document = leak(world, world.copy(mira))
    assert share(document, "broad_permissions") < 0.1
    assert "everyday_reader" in names(document, "broad_permissions", "against")


# --- what is missing ---------------------------------------------------------------------------


def test_i6_a_missing_signin_log_is_missing_evidence_and_no_exoneration(world):
    crowd(world)
    copy = world.copy(holder(world))
    document = leak(world, copy, idp=False)
    assert "no_signin_log" in names(document, "compromised_account", "missing")
    assert share(document, "compromised_account") > 0.2


def test_i6_a_log_that_ends_early_counts_only_for_what_it_covers(world):
    crowd(world)
    copy = world.copy(holder(world))
    world.import_logs(until_s=world.now() + DAY)
    document = world.solve(world.finding(copy), posted_at_s=world.now() + 4 * DAY)
    whole = World()
    crowd(whole)
    full = leak(whole, whole.copy(holder(whole)))
    assert "signin_log_gap" in names(document, "compromised_account", "missing")
    assert share(document, "compromised_account") > share(full, "compromised_account")


def test_i6_a_login_that_the_log_does_not_know_is_missing_evidence(world):
    crowd(world)
    document = leak(world, world.copy(holder(world, "nina")))
    assert "login_not_in_log" in names(document, "compromised_account", "missing")
    assert "usual_signins" not in names(document, "compromised_account", "against")


def test_i6_a_store_log_of_other_places_is_missing_evidence(world):
    crowd(world)
    world.access("ops", world.now() + HOUR, key="elsewhere/x.md")
    copy = world.copy(holder(world), channel="store", place="hand/paper.md")
    document = leak(world, copy)
    assert "place_not_in_log" in names(document, "misconfigured_storage", "missing")
    assert "quiet_store" not in names(document, "misconfigured_storage", "against")


def test_a_bucket_made_public_counts_though_no_row_shows_the_object(world):
    crowd(world)
    copy = world.copy(holder(world), channel="store", place="s3://store/hand/paper.md")
    world.access("ops", world.now() + HOUR, op="PUT_ACL", key="*", acl="public-read")
    assert first(leak(world, copy)) == "misconfigured_storage"


def test_i6_a_missing_store_log_is_said(world):
    crowd(world)
    copy = world.copy(holder(world), channel="store", place="hand/paper.md")
    document = leak(world, copy, store=False)
    assert "no_store_log" in names(document, "misconfigured_storage", "missing")
    assert share(document, "misconfigured_storage") > 0.2


def test_a_clock_that_runs_ahead_is_put_right_before_anything_is_compared(world):
    crowd(world)
    copy = world.copy(holder(world))
    posted = world.now() + 3 * DAY
    world.signin("lea", world.now() + 3 * DAY + HOUR, **STRANGER)
    raw = "\n".join(json.dumps(row) for row in world.signins).encode()
    world.sources.import_source(
        raw,
        field_map=packaged_field_map("idp-signin"),
        name="idp",
        by=world.opener,
        skew_s=2 * HOUR,
    )
    document = world.solve(world.finding(copy), posted_at_s=posted)
    assert first(document) == "compromised_account"


# --- the distribution --------------------------------------------------------------------------


def test_shares_sum_to_a_million_and_unknown_keeps_mass_of_its_own(world):
    crowd(world)
    copy = world.copy(holder(world), channel="store", place="hand/paper.md")
    world.access("anonymous", world.now() + DAY)
    document = leak(world, copy)
    assert sum(one["p_ppm"] for one in document["pathways"]) == 1_000_000
    assert {one["id"] for one in document["pathways"]} == {one.id for one in PATHWAYS}
    assert share(document, "unknown") >= 0.02


def test_without_a_suspect_copy_unknown_holds_everything(world):
    document = world.solve(world.finding(verdict=Verdict.NOT_OURS), posted_at_s=world.now() + DAY)
    assert share(document, "unknown") == 1.0


def test_every_piece_of_evidence_cites_the_ledger(world):
    crowd(world)
    copy = world.copy(holder(world), channel="store", place="hand/paper.md")
    world.access("anonymous", world.now() + DAY)
    document = leak(world, copy)
    last = world.ledger.entries(after=-1, limit=10_000)[-1].index
    for pathway in document["pathways"]:
        for pieces in pathway["evidence"].values():
            for piece in pieces:
                assert piece["cites"]
                assert all(0 <= entry <= last for entry in piece["cites"])
    anonymous = next(
        piece
        for piece in document["pathways"][0]["evidence"]["for"]
        if piece["name"] == "read_anonymously"
    )
    assert anonymous["lines"][0]["line"] == 1


def test_an_unnamed_copy_leaves_the_pathway_to_all_copies_of_the_version(world):
    people = crowd(world)
    person = holder(world, broad=True)
    world.copy(person)
    world.import_logs(until_s=world.now() + 4 * DAY)
    document = world.solve(world.finding(), posted_at_s=world.now() + 3 * DAY)
    assert document["basis"] == "version"
    assert document["persons"] == []
    assert people
