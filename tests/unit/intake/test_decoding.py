import pytest
from hypothesis import given
from hypothesis import strategies as st

from adyton.intake.decoding import decode, looks_like_text, printable
from adyton.terms import Malformed


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_common_encodings_are_told_apart(encoding):
    text = "na\u00efve text"
    assert decode(text.encode(encoding)).text == text


def test_a_mark_that_lies_is_malformed():
    with pytest.raises(Malformed):
        decode(b"\xff\xfea")


@given(st.text(st.characters(codec="utf-8"), max_size=50), st.sampled_from(["utf-8", "utf-8-sig"]))
def test_places_in_text_lead_back_to_bytes(text, encoding):
    data = text.encode(encoding)
    decoded = decode(data)
    offsets = decoded.byte_places(list(range(len(decoded.text) + 1)))
    for place, offset in enumerate(offsets[:-1]):
        assert data[offset:].decode("utf-8")[0] == decoded.text[place]


def test_binary_is_no_text():
    assert not looks_like_text(b"abc\0def")
    assert not looks_like_text(b"\x01\x02\x03\x04" * 10)
    assert looks_like_text(b"\x1b[31mred\x1b[0m plain")
    assert looks_like_text(b"")


def test_lone_surrogates_are_replaced():
    assert printable("a\ud800b") == "a?b"
