"""Affirmed, possible, excluded: what was not posted counts too, and little is ever excluded."""

import pytest

from adyton.incident import Post
from adyton.terms import Verdict
from tests.unit.incident.world import DAY, HOUR, World


@pytest.fixture
def world():
    return World()


def ids(document, name, kind):
    return {item["id"] for item in document["scope"][name] if item["kind"] == kind}


def solve(world, *findings):
    posted = world.now() + 3 * DAY
    world.import_logs(until_s=posted)
    return world.solve(*findings, posted_at_s=posted)


def test_what_stands_in_the_exhibit_is_affirmed_with_its_spans(world):
    copy = world.copy(world.person("lea", employment="contractor"))
    document = solve(world, world.finding(copy))
    assert ids(document, "affirmed", "copy") == {copy}
    assert ids(document, "affirmed", "version") == {world.version}
    spans = [item for item in document["scope"]["affirmed"] if item["kind"] == "span"]
    assert [(span["start"], span["end"]) for span in spans] == [(10, 110)]


def test_what_the_same_holder_had_and_did_not_post_is_possible(world):
    person = world.person("lea", employment="contractor")
    _, other = world.document()
    kept = world.copy(person, version=other)
    copy = world.copy(person)
    document = solve(world, world.finding(copy))
    assert kept in ids(document, "possible", "copy")
    assert copy not in ids(document, "possible", "copy")


def test_what_lay_in_the_same_open_place_is_possible_whoever_held_it(world):
    _, other = world.document()
    near = world.copy(world.person("jon"), channel="store", place="hand/b.md", version=other)
    far = world.copy(world.person("ada"), channel="store", place="vault/c.md", version=other)
    copy = world.copy(world.person("lea"), channel="store", place="hand/paper.md")
    world.access("anonymous", world.now() + DAY)
    possible = ids(solve(world, world.finding(copy)), "possible", "copy")
    assert near in possible
    assert far not in possible


def test_everything_sent_to_the_same_service_is_possible(world):
    service = world.person("svc", employment="service", org="vendor")
    _, other = world.document()
    sent = world.copy(service, channel="telemetry", version=other)
    copy = world.copy(service, channel="telemetry")
    assert sent in ids(solve(world, world.finding(copy)), "possible", "copy")


def test_other_holders_copies_are_neither_reached_nor_excluded(world):
    innocent = world.copy(world.person("jon"))
    copy = world.copy(world.person("lea", employment="contractor"))
    document = solve(world, world.finding(copy))
    assert innocent not in ids(document, "excluded", "copy")
    others = [item for item in document["scope"]["possible"] if item["kind"] == "others"]
    assert [(item["count"], item["reach"]) for item in others] == [(1, "weak")]


def test_only_a_copy_issued_after_the_post_is_excluded(world):
    person = world.person("lea", employment="contractor")
    copy = world.copy(person)
    world.clock.advance(5 * DAY)
    late = world.copy(world.person("jon"))
    world.import_logs(until_s=world.now())
    document = world.solve(world.finding(copy), posted_at_s=world.now() - DAY)
    assert ids(document, "excluded", "copy") == {late}


def test_without_a_time_of_posting_no_copy_is_excluded(world):
    copy = world.copy(world.person("lea", employment="contractor"))
    world.clock.advance(5 * DAY)
    world.copy(world.person("jon"))
    document = world.solve(world.finding(copy), posted_at_s=0)
    assert ids(document, "excluded", "copy") == set()


def test_an_asset_that_was_never_released_is_excluded_and_a_requested_one_is_not(world):
    _, sealed = world.document()
    asset, asked = world.document()
    world.put("requests", {"asset": asset, "version": asked}, prefix="req", index=asset)
    copy = world.copy(world.person("lea", employment="contractor"))
    assert ids(solve(world, world.finding(copy)), "excluded", "version") == {sealed}


def test_a_time_that_only_the_post_states_excludes_nothing(world):
    copy = world.copy(world.person("lea", employment="contractor"))
    planted = world.now() + HOUR
    world.clock.advance(5 * DAY)
    late = world.copy(world.person("jon"))
    stated = Post(times=(planted,))
    document = world.solve(world.finding(copy), posted_at_s=0, post=stated)
    assert late not in ids(document, "excluded", "copy")
    both = world.solve(
        world.finding(copy), posted_at_s=planted, post=Post(times=(world.now() + DAY,))
    )
    assert late not in ids(both, "excluded", "copy")


def test_where_a_leak_names_no_copy_nothing_is_excluded_as_never_released(world):
    world.document()
    copy = world.copy(world.person("lea", employment="contractor"))
    named = solve(world, world.finding(copy), world.finding())
    assert ids(named, "excluded", "version") == set()


def test_what_a_sweep_found_outside_is_not_excluded(world):
    asset, _ = world.document()
    world.put("exposures", {"asset": asset, "kind": "content"}, prefix="exp", index=asset)
    copy = world.copy(world.person("lea", employment="contractor"))
    assert ids(solve(world, world.finding(copy)), "excluded", "version") == set()


def test_what_lies_in_the_same_outside_organisation_is_possible(world):
    _, other = world.document()
    beside = world.copy(world.person("max", employment="partner", org="partner"), version=other)
    copy = world.copy(world.person("lea", employment="partner", org="partner"))
    assert beside in ids(solve(world, world.finding(copy)), "possible", "copy")


def test_what_strangers_read_in_another_folder_is_possible_too(world):
    _, other = world.document()
    far = world.copy(world.person("ada"), channel="store", place="vault/c.md", version=other)
    copy = world.copy(world.person("lea"), channel="store", place="hand/paper.md")
    world.access("anonymous", world.now() + DAY)
    world.access("anonymous", world.now() + DAY, key="vault/c.md")
    assert far in ids(solve(world, world.finding(copy)), "possible", "copy")


@pytest.mark.parametrize("verdict", [Verdict.NOT_OURS, Verdict.FORGED, Verdict.OURS_NO_LEAK])
def test_without_a_leak_there_is_no_scope(world, verdict):
    world.copy(world.person("lea"))
    document = solve(world, world.finding(verdict=verdict))
    assert document["scope"] == {"affirmed": [], "possible": [], "excluded": []}


def test_an_unnamed_leak_makes_every_copy_of_the_version_possible(world):
    copies = {world.copy(world.person(login)) for login in ("lea", "jon")}
    document = solve(world, world.finding())
    assert ids(document, "possible", "copy") == copies
