import pytest
from hypothesis import given
from hypothesis import strategies as st

from adyton.crypto.plainjson import parse_canonical, parse_json
from adyton.terms.errors import Malformed

OTHER_FORMS = {
    "space": b'{"a": 1}',
    "order": b'{"b":1,"a":1}',
    "escape": b'"\\u0041"',
    "slash": b'"\\/"',
    "newline": b"1\n",
    "minus_zero": b"-0",
}
NO_JSON = {
    "float": b"1.0",
    "exponent": b"1e3",
    "huge": b"9007199254740992",
    "very_huge": b"9" * 5000,
    "doubled": b'{"a":1,"a":1}',
    "nan": b"NaN",
    "no_utf8": b'"\xff"',
    "surrogate": b'"\\ud800"',
    "deep": b"[" * 100_000,
    "empty": b"",
    "two": b"1 2",
    "bom": b"\xef\xbb\xbf1",
}


@pytest.mark.parametrize("data", (OTHER_FORMS | NO_JSON).values(), ids=OTHER_FORMS | NO_JSON)
def test_i7_only_the_one_form_is_read(data):
    with pytest.raises(Malformed, match="the thing"):
        parse_canonical(data, what="the thing")


def test_plain_json_may_have_any_spacing():
    assert parse_json(b' {"b": 1, "a": [true, null]} ', what="x") == {"b": 1, "a": [True, None]}


@pytest.mark.parametrize("data", NO_JSON.values(), ids=NO_JSON)
def test_i7_what_has_no_one_meaning_is_malformed_in_any_spacing(data):
    if b"ud800" not in data:  # a lone surrogate has a meaning, but no canonical bytes
        with pytest.raises(Malformed):
            parse_json(b" " + data, what="x")


@given(st.binary(max_size=60))
def test_i7_any_bytes_give_a_value_or_malformed(data):
    try:
        parse_canonical(data, what="x")
    except Malformed:
        return
