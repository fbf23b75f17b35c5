import pytest
from hypothesis import given
from hypothesis import strategies as st

from adyton.gateway import Limits, Quoted
from adyton.gateway.holdback import HoldBack, Withheld
from adyton.terms import Span

PLANTED = "s3cret-token"


def guard(text):
    start = text.find(PLANTED)
    if start < 0:
        return ()
    return (Quoted(what="key", spans=(Span(start=start, end=start + len(PLANTED)),), never=True),)


def pass_through(hold, pieces, cleared):
    for piece in pieces:
        hold.add(piece, now_s=0.0)
        cleared.append(hold.clear())
    cleared.append(hold.clear(last=True))


@given(st.text("abc ", max_size=400), st.text("abc ", max_size=100), st.integers(1, 50))
def test_no_character_of_a_secret_is_cleared_wherever_the_blocks_fall(before, after, size):
    limits = Limits(tail_chars=len(PLANTED), block_bytes=16, context_chars=64)
    text = before + PLANTED + after
    hold, cleared = HoldBack(egress=guard, limits=limits), []
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    with pytest.raises(Withheld):
        pass_through(hold, pieces, cleared)
    cleared = "".join(cleared)
    assert before.startswith(cleared)
    assert cleared + hold.withheld == text[: len(cleared) + len(hold.withheld)]


@given(st.lists(st.text(max_size=30), max_size=30))
def test_what_is_clean_comes_through_whole(pieces):
    hold = HoldBack(egress=lambda _: (), limits=Limits(tail_chars=7))
    cleared = ""
    for piece in pieces:
        hold.add(piece, now_s=0.0)
        cleared += hold.clear()
    assert cleared + hold.clear(last=True) == "".join(pieces)


def test_a_block_is_due_by_size_or_by_time():
    hold = HoldBack(egress=lambda _: (), limits=Limits(block_bytes=10, block_s=0.25))
    assert not hold.is_due(100.0)
    hold.add("abc", now_s=100.0)
    assert not hold.is_due(100.1)
    assert hold.due_in_s(100.1) == pytest.approx(0.15)
    assert hold.is_due(100.25)
    hold.add("d" * 10, now_s=100.1)
    assert hold.is_due(100.1)


@pytest.mark.parametrize(
    ("quoted", "clean", "stays"),
    [(50, 0, False), (90, 50, True), (90, 300, False), (250, 9000, True)],
)
def test_quotations_end_an_answer_by_length_or_by_share(quoted, clean, stays):
    limits = Limits(quoted_chars=200, quoted_floor_chars=80, quoted_ppm=500_000)

    hold = HoldBack(egress=marked, limits=limits)
    hold.add("c" * clean + "q" * quoted, now_s=0.0)
    if stays:
        with pytest.raises(Withheld):
            hold.clear(last=True)
    else:
        assert len(hold.clear(last=True)) == quoted + clean


def marked(text):
    spans = [Span(start=i, end=i + 1) for i, letter in enumerate(text) if letter == "q"]
    return [Quoted(what="ver_x", spans=tuple(spans))]


def test_a_quotation_dealt_out_in_small_pieces_adds_up():
    limits = Limits(quoted_chars=30, context_chars=20, tail_chars=0)
    hold = HoldBack(egress=marked, limits=limits)
    with pytest.raises(Withheld):
        pass_through(hold, ["q" + "c" * 40] * 31, [])


def test_content_longer_than_the_tail_is_seen_as_a_whole_across_blocks():
    hold = HoldBack(egress=guard, limits=Limits(tail_chars=2, context_chars=64))
    with pytest.raises(Withheld):
        pass_through(hold, [*"some words, ", *PLANTED], [])
