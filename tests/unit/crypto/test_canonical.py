import enum
import json
from array import array
from collections import deque

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from adyton.crypto.canonical import canonical_json, plain_json
from adyton.crypto.plainjson import parse_canonical
from adyton.terms import AssetKind
from adyton.terms.errors import Malformed

LEAVES = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text()
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def test_names_are_sorted_by_utf16_as_the_rfc_says():
    value = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\x80": 6, "\u00f6": 7}
    names = ["\r", "1", "\x80", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    assert list(parse_canonical(canonical_json(value), what="x")) == names


def test_enumerations_and_tuples_are_written_as_what_they_are():
    value = {"kind": AssetKind.WEIGHTS, "list": ("a", 1)}
    assert canonical_json(value) == b'{"kind":"weights","list":["a",1]}'


class OldEnum(str, enum.Enum):  # noqa: UP042 - the old way, whose str() is its own name
    B_FIRST = "b"
    A_SECOND = "a"


class Loud(str):
    """Shows itself as something else."""

    __slots__ = ()

    def __str__(self):
        return "loud"

    def encode(self, *_args):
        return b"loud"

    def __lt__(self, other):
        return not str.__lt__(self, other)


class Odd(int):
    def __int__(self):
        return 7

    def __abs__(self):
        return 0


def test_what_is_of_a_kind_of_text_or_number_is_written_as_its_value():
    assert canonical_json({"v": OldEnum.B_FIRST}) == b'{"v":"b"}'
    assert canonical_json({"k": Loud("x"), "n": Odd(5)}) == b'{"k":"x","n":5}'
    assert canonical_json({OldEnum.B_FIRST: 1, OldEnum.A_SECOND: 2}) == b'{"a":2,"b":1}'
    assert canonical_json({Loud("b"): 1, Loud("a"): 2, "\u20ac": 3}) == (
        '{"a":2,"b":1,"\u20ac":3}'.encode()
    )
    for value in (OldEnum.B_FIRST, Loud("x"), Odd(5)):
        assert type(plain_json(value)) in {str, int}


class Apart(str):
    """The same text, and yet another name in a dict."""

    __slots__ = ()

    def __hash__(self):
        return 1

    def __eq__(self, other):
        return self is other


def test_a_name_that_would_stand_twice_is_malformed():
    doubled = {Apart("a"): 1, "a": 2}
    assert len(doubled) == 2
    with pytest.raises(Malformed, match="twice"):
        canonical_json(doubled)


@given(VALUES)
def test_what_is_written_is_the_one_form_that_is_read(value):
    assert parse_canonical(canonical_json(value), what="x") == value


REFUSED = {
    "float": 1.5,
    "whole_float": 1.0,
    "deep_float": {"a": [1, {"b": 0.1}]},
    "huge": 2**53,
    "surrogate": "\ud800",
    "bytes": b"x",
    "name": {1: "x"},
    "set": {"a": {1}},
    "nan": float("nan"),
    "infinite": [float("inf")],
    "huge_of_a_kind": Odd(2**53),
    "bytes_seen": memoryview(b"ab"),
    "bytes_grown": bytearray(b"ab"),
    "range": range(3),
    "queue": deque([1]),
    "numbers": array("i", [1]),
    "surrogate_name": {"\udc00": 1},
    "name_of_bytes": {b"a": 1},
    "no_name": {None: 1},
}
APPENDIX = {  # RFC 8785, section 3.2.2 and 3.2.4, without its floats
    '{"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}': {
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"\u002f"
    },
    '{"literals":[null,true,false]}': {"literals": (None, True, False)},
    '["\\b\\t\\n\\f\\r\\u0000\\u001f\x7f\u2028"]': ["\b\t\n\f\r\x00\x1f\x7f\u2028"],
    "[9007199254740991,-9007199254740991,0]": [2**53 - 1, -(2**53) + 1, -0],
}


@pytest.mark.parametrize("value", REFUSED.values(), ids=REFUSED)
def test_what_has_no_one_form_is_malformed(value):
    with pytest.raises(Malformed):
        canonical_json(value)


@pytest.mark.parametrize(("text", "value"), APPENDIX.items())
def test_text_is_written_as_the_rfc_shows(text, value):
    assert canonical_json(value) == text.encode()
    assert parse_canonical(text.encode(), what="x") == plain_json(value)


def test_deep_nesting_is_malformed():
    value = []
    for _ in range(100):
        value = [value]
    with pytest.raises(Malformed):
        canonical_json(value)


ASCII = st.text(st.characters(max_codepoint=127))


@given(
    VALUES
    | st.recursive(ASCII, lambda inner: st.lists(inner) | st.dictionaries(ASCII, inner))
    | st.just({chr(code): chr(code) for code in range(128)})
)
def test_the_quick_writer_writes_what_the_library_writes(value):
    assert canonical_json(value) == rfc8785.dumps(value)


@given(VALUES)
def test_the_plain_value_is_the_one_that_is_read_back_in_the_same_order(value):
    read = parse_canonical(canonical_json(value), what="x")
    assert json.dumps(plain_json(value)) == json.dumps(read)
