import json

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
}


@pytest.mark.parametrize("value", REFUSED.values(), ids=REFUSED)
def test_what_has_no_one_form_is_malformed(value):
    with pytest.raises(Malformed):
        canonical_json(value)


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
