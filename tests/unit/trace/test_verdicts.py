from dataclasses import replace

import pytest

from adyton.prints import FileMatch, Match
from adyton.terms import CopyId, SegmentId, Span, Verdict, VersionId
from adyton.trace.claims import Claims
from adyton.trace.evidence import Evidence, Seen
from adyton.trace.verdicts import judge, overall
from tests.unit.trace.world import ASSET, ENDPOINT

NO_CLAIMS = Claims(lines=(), copies=(), ids=False, mentioned=(), titled=(), words=200)
NOTHING = Evidence(
    text="",
    posted_s=0,
    claims=NO_CLAIMS,
    versions=(),
    answers=(),
    files=(),
    files_disclosed=frozenset(),
    unread=(),
)
WEIGHTS = VersionId("ver_" + "w" * 26)
FILE = FileMatch(
    asset=ASSET,
    version=WEIGHTS,
    exact=True,
    blocks=8,
    shared=0,
    spans_source=(Span(start=0, end=8),),
    share_ppm=1_000_000,
)


def answer(copy, alike=0, end=400, share_ppm=900_000):
    match = Match(
        asset=ENDPOINT,
        copy=CopyId(copy),
        spans_text=(Span(start=0, end=end),),
        spans_source=(Span(start=0, end=end),),
        share_ppm=share_ppm,
        source_chars=440,
        evidence_milli=90_000,
        unique=0 if alike else 90,
        alike=alike,
    )
    return Seen(segment=SegmentId("seg_a"), match=match)


def test_weights_are_a_leak_that_tells_no_copy():
    judgement = judge(replace(NOTHING, files=(FILE,)))
    assert judgement.verdict is Verdict.LEAK
    assert judgement.copies == ()
    assert "tell no copy" in judgement.reasons[0]


def test_disclosed_weights_are_no_leak():
    evidence = replace(NOTHING, files=(FILE,), files_disclosed=frozenset([WEIGHTS]))
    assert judge(evidence).verdict is Verdict.OURS_NO_LEAK


def test_blocks_of_a_common_ancestor_do_not_tell():
    shared = replace(FILE, exact=False, shared=8)
    assert judge(replace(NOTHING, files=(shared,))).verdict is Verdict.UNSURE


def test_answers_that_explain_a_text_alike_are_listed_in_doubt():
    judgement = judge(replace(NOTHING, answers=(answer("cpy_a", 1), answer("cpy_b", 1))))
    assert judgement.verdict is Verdict.UNSURE
    assert [copy.copy for copy in judgement.copies] == ["cpy_a", "cpy_b"]
    assert not any(copy.named for copy in judgement.copies)


def test_a_phrase_of_an_answer_is_too_little():
    few = answer("cpy_a", end=60, share_ppm=20_000)
    assert judge(replace(NOTHING, answers=(few,))).verdict is Verdict.UNSURE


def test_i5_an_answer_is_weak_evidence_without_a_bound():
    (copy,) = judge(replace(NOTHING, answers=(answer("cpy_a"),))).copies
    assert copy.weak
    assert copy.log10_bound_milli == 0


@pytest.mark.parametrize(
    ("claims", "unread", "verdict"),
    [
        (NO_CLAIMS, (), Verdict.NOT_OURS),
        (NO_CLAIMS, ("a picture",), Verdict.UNSURE),
        (replace(NO_CLAIMS, mentioned=(ASSET,)), (), Verdict.UNSUBSTANTIATED),
        (replace(NO_CLAIMS, titled=(ASSET,), words=20), (), Verdict.UNSUBSTANTIATED),
        (replace(NO_CLAIMS, titled=(ASSET,)), (), Verdict.FORGED),
        (replace(NO_CLAIMS, copies=(CopyId("cpy_a"),)), (), Verdict.FORGED),
    ],
)
def test_where_nothing_of_ours_is_found_claims_decide(claims, unread, verdict):
    assert judge(replace(NOTHING, claims=claims, unread=unread)).verdict is verdict


def test_i6_doubt_about_one_exhibit_outweighs_clearance_of_another():
    assert overall([Verdict.NOT_OURS, Verdict.UNSURE, Verdict.OURS_NO_LEAK]) is Verdict.UNSURE
    assert overall([Verdict.LEAK, Verdict.FORGED]) is Verdict.LEAK
    assert overall([]) is Verdict.NOT_OURS
