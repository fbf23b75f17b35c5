"""What all our papers share tells of none; whatever goes beyond it is kept."""

import pytest

from adyton.prints import Match
from adyton.terms import Span
from adyton.trace.evidence import Seen
from adyton.trace.template import longest_beyond, shared_spans, without_template


def seen(asset, version, *spans, share_ppm=20_000):
    places = tuple(Span(start=start, end=end) for start, end in spans or [(100, 250)])
    match = Match(
        asset=asset,
        version=version,
        spans_text=places,
        spans_source=places,
        source_chars=9_000,
        share_ppm=share_ppm,
        evidence_milli=4_000,
        unique=0,
        alike=2,
    )
    return Seen(segment="seg_a", match=match)


THREE = [seen(f"ast_{n}", f"ver_{n}") for n in "abc"]


def test_a_passage_that_all_our_papers_share_is_no_sign_of_any():
    assert without_template(THREE) == []


@pytest.mark.parametrize("edge", [(60, 250), (100, 290), (70, 280)], ids=str)
def test_a_title_before_the_shared_passage_does_not_change_that(edge):
    assert without_template([seen("ast_d", "ver_d", edge), *THREE]) == []


@pytest.mark.parametrize(
    "kept",
    [
        [seen("ast_a", f"ver_{n}") for n in "abc"],
        [seen(f"ast_{n}", f"ver_{n}") for n in "ab"],
        [seen(f"ast_{n}", f"ver_{n}", (100, 500)) for n in "abc"],
        [seen(f"ast_{n}", f"ver_{n}", share_ppm=400_000) for n in "abc"],
        [seen("ast_d", "ver_d", (100, 300)), *THREE],
        [seen("ast_d", "ver_d", (100, 250), (900, 950)), *THREE],
    ],
    ids=["versions-of-one", "two-papers", "much-of-it", "most-of-each", "goes-on", "elsewhere"],
)
def test_what_may_be_a_sign_of_one_paper_is_kept(kept):
    assert without_template(kept) == kept


def test_only_where_three_papers_meet_is_shared():
    held = [
        seen("ast_a", "ver_a", (0, 100)),
        seen("ast_b", "ver_b", (50, 150)),
        seen("ast_c", "ver_c", (60, 90), (140, 200)),
    ]
    assert [(span.start, span.end) for span in shared_spans(held)] == [(60, 90)]


@pytest.mark.parametrize(
    ("shared", "beyond"),
    [([], 100), ([(0, 100)], 0), ([(40, 60)], 40), ([(0, 30), (70, 90)], 40), ([(200, 300)], 100)],
    ids=str,
)
def test_the_longest_stretch_beyond_is_measured_between_shared_ones(shared, beyond):
    spans = [Span(start=start, end=end) for start, end in shared]
    assert longest_beyond([Span(start=0, end=100)], spans) == beyond
