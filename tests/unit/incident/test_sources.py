"""Logs that are not ours: read as they are, hostile or not, and recorded once."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adyton.incident import packaged_field_map, read_field_map, read_source
from adyton.incident.sources import iso_time_s
from adyton.terms import Conflict, Malformed, Missing, TooLarge
from tests.unit.incident.world import DAY, World

IDP = packaged_field_map("idp-signin")
STORE = packaged_field_map("object-store-access")
SIGNIN = {
    "time": "2026-11-24T08:00:00Z",
    "event": "signin",
    "user": "lea",
    "ip": "192.0.2.1",
    "asn": 64500,
    "country": "CH",
    "device_id": "dev-1",
    "mfa": "passkey",
    "user_agent": "browser",
}
ACCESS = {
    "time": "2026-11-24T09:00:00+01:00",
    "op": "PUT_ACL",
    "requester": "-",
    "bucket": "store",
    "key": "a/b.md",
    "status": 403,
    "bytes": 0,
    "remote_ip": "192.0.2.9",
    "acl": "public-read",
}


def lines(*records):
    return "\n".join(json.dumps(record) for record in records).encode()


def test_a_signin_line_becomes_a_row_in_normal_words():
    (row,) = read_source(lines(SIGNIN), IDP).rows
    assert row == {
        "n": 1,
        "t": 1795507200,
        "action": "signin.ok",
        "actor": "lea",
        "address": "192.0.2.1",
        "asn": "64500",
        "country": "CH",
        "device": "dev-1",
        "mfa": "passkey",
        "agent": "browser",
    }


def test_a_store_line_becomes_a_row_with_result_and_access():
    (row,) = read_source(lines(ACCESS), STORE).rows
    assert (row["action"], row["actor"], row["result"], row["acl"]) == (
        "acl.changed",
        "anonymous",
        "denied",
        "public",
    )
    assert row["t"] == 1795507200


def test_lines_that_do_not_fit_are_listed_by_number_and_the_rest_is_read():
    raw = b"\n".join(
        [
            lines(SIGNIN),
            b"not json",
            b"[]",
            b'{"time": "yesterday", "event": "signin"}',
            b'{"time": "2026-11-24T08:00:00", "event": "signin", "user": "x"}',
            b'{"time": "2026-11-24T08:00:00Z", "event": {"a": 1}, "user": "x"}',
            b'{"time": "2026-11-24T08:00:00Z", "event": "signin", "user": ["x"]}',
            b"[" * 100_000,
            b"",
            lines(SIGNIN),
        ]
    )
    read = read_source(raw, IDP)
    assert [row["n"] for row in read.rows] == [1, 10]
    assert read.malformed == (2, 3, 4, 5, 6, 7, 8)
    assert read.lines == 9


@pytest.mark.parametrize("agent", ["a\u200bb", "tab\there", "\u202ereversed", "x" * 5_000])
def test_i7_a_row_does_not_vanish_because_its_subject_chose_strange_signs(agent):
    read = read_source(lines({**SIGNIN, "user_agent": agent}), IDP)
    assert [row["actor"] for row in read.rows] == [SIGNIN["user"]]
    assert read.malformed == ()


def test_i7_bytes_that_are_no_text_do_not_hide_their_row():
    raw = lines({**SIGNIN, "user_agent": "XX"}).replace(b"XX", b"\xff\xfe")
    assert len(read_source(raw, IDP).rows) == 1


def test_i6_a_row_that_names_nobody_is_no_anonymous_read():
    bare = {key: value for key, value in ACCESS.items() if key != "requester"}
    (row,) = read_source(lines(bare), STORE).rows
    assert "actor" not in row
    (told,) = read_source(lines({**ACCESS, "requester": None}), STORE).rows
    assert told["actor"] == "anonymous"


def test_an_action_that_nobody_mapped_is_kept_as_other():
    (row,) = read_source(lines({**SIGNIN, "event": "profile_viewed"}), IDP).rows
    assert row["action"] == "other"


def test_a_log_in_which_nothing_fits_is_the_wrong_mapping():
    with pytest.raises(Malformed):
        read_source(lines(ACCESS, ACCESS), read_field_map(CUSTOM))


def test_a_log_over_the_limit_is_too_large():
    with pytest.raises(TooLarge):
        read_source(b"\n" * 200_001, IDP)


@given(st.binary(max_size=300))
def test_i7_whatever_the_bytes_only_malformed_comes_out(raw):
    for field_map in (IDP, STORE):
        with contextlib.suppress(Malformed):
            read_source(raw, field_map)


@given(st.text(max_size=60))
def test_i7_whatever_the_text_a_time_is_a_number_or_nothing(text):
    assert iso_time_s(text) is None or iso_time_s(text) > 0


CUSTOM = b"""
format = 1
name = "mine"
kind = "idp"
[time]
field = "ts"
form = "epoch_ms"
[fields]
action = "what"
actor = "who"
[values.action]
login = "signin.ok"
"""


def test_a_mapping_of_ones_own_reads_other_names_and_epoch_times():
    field_map = read_field_map(CUSTOM)
    record = {"ts": 1795507200123, "what": "login", "who": "lea"}
    assert read_source(lines(record), field_map).rows == (
        {"n": 1, "t": 1795507200, "action": "signin.ok", "actor": "lea"},
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"format = 1", b"format = 2"),
        (b'form = "epoch_ms"', b'form = "julian"'),
        (b'actor = "who"', b'shoe_size = "who"'),
        (b'"signin.ok"', b'"signin.great"'),
        (b'name = "mine"', b"name = 7"),
        (b"[fields]", b"[fields"),
        (b"[values.action]", b"[values.shoe]"),
    ],
)
def test_a_mapping_that_is_wrong_is_malformed(old, new):
    with pytest.raises(Malformed):
        read_field_map(CUSTOM.replace(old, new))


@given(st.binary(max_size=200))
def test_i7_whatever_the_bytes_a_mapping_is_read_or_malformed(raw):
    with contextlib.suppress(Malformed):
        read_field_map(raw)


def test_a_mapping_that_does_not_come_with_the_package_is_missing():
    with pytest.raises(Missing):
        packaged_field_map("../../etc/passwd")


# --- imports -----------------------------------------------------------------------------------


def bring(world, raw=None, **how):
    raw = lines(SIGNIN) if raw is None else raw
    return world.sources.import_source(raw, field_map=IDP, name="idp", by=world.opener, **how)


def test_an_import_keeps_digest_skew_and_coverage_and_the_rows_are_sealed():
    world = World()
    source = bring(world, skew_s=60, coverage_from_s=1000, coverage_to_s=2000)
    row = world.ledger.state.get("sources", source)
    assert (row["skew_s"], row["coverage_from_s"], row["coverage_basis"]) == (60, 1000, "stated")
    entry = world.ledger.entry(row["receipt"])
    assert "lea" not in repr(dict(entry.public))
    (loaded,) = world.sources.loaded()
    assert loaded.rows[0].time_s == 1795507200 - 60
    assert (loaded.rows[0].cite.entry, loaded.rows[0].cite.line) == (entry.index, 1)


def test_the_same_log_twice_is_a_conflict():
    world = World()
    bring(world)
    with pytest.raises(Conflict):
        bring(world)


def test_coverage_that_nobody_stated_is_merely_observed():
    world = World()
    bring(world, lines(SIGNIN, {**SIGNIN, "time": "2026-11-24T10:00:00Z"}))
    (row,) = world.sources.listed()
    assert (row["coverage_from_s"], row["coverage_to_s"]) == (1795507200, 1795514400)
    assert row["coverage_basis"] == "observed"


@pytest.mark.parametrize(
    "how",
    [
        {"skew_s": 8 * DAY},
        {"coverage_from_s": 5},
        {"coverage_from_s": 9, "coverage_to_s": 5},
    ],
)
def test_a_skew_or_coverage_that_cannot_be_is_malformed(how):
    with pytest.raises(Malformed):
        bring(World(), **how)


def test_i6_a_source_covers_nothing_of_what_came_after_its_import():
    world = World()
    bring(world, coverage_from_s=1000, coverage_to_s=2**40)  # as an older version believed it
    (loaded,) = world.sources.loaded()
    assert loaded.coverage.end_s == world.now()


def test_i6_a_source_whose_body_was_erased_covers_nothing():
    world = World()
    source = bring(world, coverage_from_s=1000, coverage_to_s=2_000_000_000)
    world.ledger.erase(source, "2027-01")
    (loaded,) = world.sources.loaded()
    assert not loaded.readable
    assert loaded.rows == ()
