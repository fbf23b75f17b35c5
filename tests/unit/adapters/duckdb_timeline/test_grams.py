"""The prefilter never hides what is there, and spares most of what is not."""

from hypothesis import given
from hypothesis import strategies as st

from adyton.adapters.duckdb_timeline.grams import BYTES, grams_of, joined, may_hold

TEXTS = st.lists(st.text(max_size=30), max_size=6)


@given(TEXTS, TEXTS, st.data())
def test_every_part_of_a_text_may_be_there(one, other, data):
    bitmap = joined([grams_of(one), grams_of(other)])
    for text in one + other:
        start = data.draw(st.integers(0, len(text)))
        assert may_hold(bitmap, text[start : data.draw(st.integers(start, len(text)))])


def test_what_is_not_there_is_mostly_spared():
    bitmap = grams_of(f'{{"status":"complete","size":{n}}}' for n in range(5000))
    assert not may_hold(bitmap, "nowhere")
    assert may_hold(bitmap, "499")
    assert may_hold(bitmap, "no")  # too short to tell


def test_a_text_does_not_reach_from_one_fact_into_the_next():
    assert not may_hold(grams_of(["abc", "def"]), "cde")


def test_a_bitmap_of_another_size_spares_nothing():
    assert len(grams_of([])) == BYTES
    assert may_hold(b"", "nowhere")
