import pytest
from hypothesis import given
from hypothesis import strategies as st

from adyton.gateway import Limits
from adyton.gateway.answer import Finish
from adyton.gateway.frames import FrameReader
from adyton.terms import Unavailable
from tests.unit.gateway.dialogue import frame

STREAM = (
    b": keepalive\r\n\r\n"
    + frame("Grüße ")
    + frame("alle")
    + frame(finish="length")
    + b"data: [DONE]\n\n"
)


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_the_text_is_the_same_however_the_bytes_are_cut(cuts):
    reader, text, last = FrameReader(Limits()), "", 0
    for cut in [*sorted(cuts), len(STREAM)]:
        text += "".join(reader.feed(STREAM[last:cut]))
        last = cut
    assert text == "Grüße alle"
    assert reader.done
    assert reader.finish is Finish.LENGTH


@given(st.binary(max_size=200))
def test_hostile_bytes_of_the_upstream_are_unavailable_and_nothing_else(data):
    reader = FrameReader(Limits())
    try:
        reader.feed(b"data: " + data + b"\n\n")
        reader.end()
    except Unavailable:
        pass


@pytest.mark.parametrize("data", [b"x" * 5000, b"data: x\n" * 700])
def test_a_frame_over_the_limit_is_given_up(data):
    with pytest.raises(Unavailable):
        FrameReader(Limits(frame_bytes=4096)).feed(data)


def test_a_missing_done_is_fine_and_a_missing_end_is_not():
    reader = FrameReader(Limits())
    reader.feed(frame("a"))
    with pytest.raises(Unavailable):
        reader.end()
    reader.feed(frame(finish="stop"))
    reader.end()
    assert reader.usage.tokens_out == 1
