import json

import pytest

from adyton.faces.problems import (
    TABLE,
    bug_text,
    error_body,
    problem_of,
    public_text,
    terminal_line,
)
from adyton.terms import (
    AdytonError,
    Conflict,
    Exhausted,
    Malformed,
    Misconfigured,
    Missing,
    Refused,
    Tampered,
    TooLarge,
    Unavailable,
    Unidentified,
)

EXPECTED = {
    Unidentified: (401, 3),
    Refused: (403, 3),
    Missing: (404, 4),
    Malformed: (400, 5),
    TooLarge: (413, 5),
    Tampered: (422, 6),
    Conflict: (409, 7),
    Exhausted: (429, 8),
    Unavailable: (503, 9),
    Misconfigured: (500, 10),
    ValueError: (500, 70),
}
SILENT = (Unidentified, Refused, Missing, Misconfigured, ValueError)


@pytest.mark.parametrize("family", EXPECTED)
def test_each_family_has_its_status_and_exit_code(family):
    problem = problem_of(family("x"))
    assert (problem.status, problem.exit_code) == EXPECTED[family]


def families(base):
    for one in base.__subclasses__():
        if one.__module__ == base.__module__:
            yield one
            yield from families(one)


def test_no_family_is_without_a_row():
    assert set(families(AdytonError)) == {family for family, _ in TABLE}


@pytest.mark.parametrize("family", SILENT)
def test_constant_texts_say_nothing_of_the_cause(family):
    assert public_text(family("planted detail")) == public_text(family("another"))
    assert b"planted" not in error_body(family("planted detail"), request_id="r")


def test_what_mends_it_is_told():
    assert public_text(Malformed("field n", mend="leave it out")) == "field n: leave it out"
    assert terminal_line(Misconfigured("config.toml: port", mend="0 to 65535")) == (
        "config.toml: port: 0 to 65535"
    )
    assert terminal_line(ValueError("planted")) == "internal error"


def test_i2_the_body_of_what_is_missing_is_the_same_bytes_every_time():
    one = error_body(Missing("hidden", mend="x"), request_id="rct_a")
    assert one == error_body(Missing("unknown"), request_id="rct_b")


def test_one_body_serves_both_sdks():
    body = json.loads(error_body(Refused("x"), request_id="rct_a", code="session_locked"))
    assert body["type"] == "error"
    assert body["error"]["code"] == body["error"]["details"]["error_code"] == "session_locked"
    assert body["request_id"] == "rct_a"


def test_the_diary_names_a_bugs_place_and_never_its_message():
    def falls():
        raise KeyError("planted")

    try:
        falls()
    except KeyError as error:
        text = bug_text(error)
    assert "KeyError at " in text
    assert "falls:" in text
    assert "planted" not in text
    assert bug_text(ValueError("planted")) == "ValueError"
