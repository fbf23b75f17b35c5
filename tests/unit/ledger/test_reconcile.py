import pytest

from adyton.ledger.reconcile import Count, Verdict, judge, reconcile


def count(least, most, theirs):
    return Count(
        what="tokens", subject="ses_a", start_s=0, end_s=60, least=least, most=most, theirs=theirs
    )


@pytest.mark.parametrize(
    ("least", "most", "theirs", "verdict", "by"),
    [
        (5, 5, 5, Verdict.AGREES, 0),
        (5, 5, 6, Verdict.MORE, 1),
        (5, 5, 4, Verdict.FEWER, 1),
        (5, 9, 9, Verdict.AGREES, 0),
        (5, 9, 10, Verdict.MORE, 1),
        (1, None, 10**9, Verdict.AGREES, 0),
        (1, None, 0, Verdict.FEWER, 1),
        (0, 0, 0, Verdict.AGREES, 0),
        (0, 0, None, Verdict.UNKNOWN, 0),
    ],
)
def test_two_counts_beside_each_other(least, most, theirs, verdict, by):
    judged = judge(count(least, most, theirs))
    assert (judged.verdict, judged.by) == (verdict, by)
    assert judged.meaning


def test_i6_a_count_that_nobody_took_is_counted_apart_and_is_no_agreement():
    run = reconcile([count(0, 0, None), count(1, 1, 1)])
    assert run.agrees
    assert run.number(Verdict.UNKNOWN) == run.number(Verdict.AGREES) == 1
    assert not reconcile([count(1, 1, 1), count(0, 0, 1)]).agrees
