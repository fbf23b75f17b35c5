from adyton.prints.runs import Hit, find_runs, merge, share_ppm
from adyton.terms import Span


def hits(text_starts, source_starts, *, weight=1000, size=30):
    return [
        Hit(
            hash=number,
            text=Span(start=a, end=a + size),
            source=Span(start=b, end=b + size),
            weight_milli=weight,
            unique=True,
        )
        for number, (a, b) in enumerate(zip(text_starts, source_starts, strict=True))
    ]


def test_hits_in_order_are_one_run():
    steps = range(0, 100, 10)
    assert len(find_runs(hits(steps, [500 + step for step in steps]))) == 1


def test_scattered_hits_are_no_evidence():
    steps = range(0, 10_000, 1000)
    assert find_runs(hits(steps, steps)) == []


def test_hits_out_of_order_are_no_evidence():
    assert find_runs(hits([0, 10, 20, 30, 40], [4000, 3000, 2000, 1000, 0])) == []


def test_what_many_hold_weighs_little():
    steps = range(0, 100, 10)
    assert find_runs(hits(steps, steps, weight=100)) == []


def test_a_broken_run_without_eight_words_in_one_is_no_evidence():
    steps = range(0, 400, 40)
    assert find_runs(hits(steps, steps, size=20)) == []


def test_one_passage_quoted_twice_is_two_runs():
    steps = list(range(0, 100, 10))
    runs = find_runs(hits([*steps, *(5000 + step for step in steps)], steps * 2))
    assert len(runs) == 2


def test_near_spans_are_joined_and_shares_are_bounded():
    spans = merge([Span(start=40, end=60), Span(start=0, end=10)], join=32)
    assert spans == (Span(start=0, end=60),)
    assert merge(spans, join=0) == spans
    assert share_ppm(spans, 120) == 500_000
    assert share_ppm(spans, 30) == 1_000_000
    assert share_ppm((), 0) == 0
