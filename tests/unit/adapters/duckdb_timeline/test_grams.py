"""The prefilter never hides what is there, and spares most of what is not."""

from hypothesis import given
from hypothesis import strategies as st

from adyton.adapters.duckdb_timeline.grams import FACT_BITS, ROW_BITS, grams_of, may_hold

TEXTS = st.lists(st.text(max_size=30), max_size=6)
BITS = st.sampled_from([FACT_BITS, ROW_BITS])


@given(TEXTS, TEXTS, BITS, st.data())
def test_every_part_of_a_text_may_be_where_it_is(one, other, bits, data):
    bitmaps = grams_of(one, bits=bits) + grams_of(other, bits=bits)
    for number, texts in enumerate((one, other)):
        for text in texts:
            start = data.draw(st.integers(0, len(text)))
            part = text[start : data.draw(st.integers(start, len(text)))]
            assert number in may_hold(bitmaps, part, bits=bits)


def test_what_is_not_there_is_mostly_spared():
    sizes = (f'{{"status":"complete","size":{7919 * n % 100_000}}}' for n in range(4000))
    bitmaps = grams_of(["elsewhere"], bits=FACT_BITS) + grams_of(sizes, bits=FACT_BITS)
    assert list(may_hold(bitmaps, "nowhere", bits=FACT_BITS)) == []
    assert list(may_hold(bitmaps, "91827364546372819", bits=FACT_BITS)) == []
    assert list(may_hold(bitmaps, "complete", bits=FACT_BITS)) == [1]
    assert list(may_hold(bitmaps, "now", bits=FACT_BITS)) == [0, 1]  # too short to tell


def test_a_text_does_not_reach_from_one_fact_into_the_next():
    assert list(may_hold(grams_of(["abcd", "efgh"], bits=FACT_BITS), "cdef", bits=FACT_BITS)) == []


def test_many_long_texts_are_all_there():
    texts = [f"{number:06}" + "x" * 70_000 for number in range(40)]
    bitmap = grams_of(texts, bits=ROW_BITS)
    assert all(may_hold(bitmap, text[:6], bits=ROW_BITS) for text in texts)
