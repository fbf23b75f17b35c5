import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adyton.marks.tails import (
    FACT_WEIGHT,
    binomial_at_most,
    chernoff_tail,
    log10_milli_up,
    score_tail,
)


def test_the_tail_of_agreements_is_the_binomial_one():
    tail = score_tail(10, ())
    assert tail[0] == 1
    assert tail[10] == Fraction(1, 1024)
    assert tail[9] == Fraction(11, 1024)


def test_one_detail_alone_is_one_in_65536_times_what_it_could_have_been():
    assert score_tail(0, (1,))[FACT_WEIGHT] == Fraction(1, 65536)
    assert score_tail(0, (7,))[FACT_WEIGHT] == Fraction(7, 65536)
    assert score_tail(0, (1, 1))[2 * FACT_WEIGHT] == Fraction(1, 65536**2)


def test_the_joint_tail_is_the_one_of_simulated_innocents():
    rng = np.random.default_rng(5)
    agreements = rng.binomial(12, 0.5, 400_000)
    details = rng.random(400_000) < 4096 / 65536
    scores = agreements + FACT_WEIGHT * details
    for score, exact in enumerate(score_tail(12, (4096,))):
        assert np.mean(scores >= score) == pytest.approx(float(exact), abs=0.004)


@given(st.integers(1, 120), st.data())
def test_chernoff_is_never_below_the_exact_tail(slots, data):
    hits = data.draw(st.integers(0, slots))
    exact = float(score_tail(slots, ())[hits])
    bound = chernoff_tail([0.5] * slots, [1.0] * slots, [0.0] * slots, float(hits))
    assert exact <= bound <= 1.0


@given(st.lists(st.sampled_from([0.2, 0.5, 0.8]), min_size=1, max_size=10), st.integers(0, 10))
def test_chernoff_holds_for_mixed_biases(biases, hits):
    exact = 0.0
    for pattern in range(2 ** len(biases)):
        ones = [pattern >> at & 1 for at in range(len(biases))]
        if sum(ones) >= hits:
            exact += math.prod(p if one else 1 - p for p, one in zip(biases, ones, strict=True))
    bound = chernoff_tail(biases, [1.0] * len(biases), [0.0] * len(biases), float(hits))
    assert exact <= bound + 1e-12


def test_chernoff_of_nothing_proves_nothing():
    assert chernoff_tail([], [], [], 0.0) == 1.0


@given(st.integers(1, 10**40), st.integers(1, 10**60))
def test_logarithms_are_rounded_up_so_that_nothing_is_promised_that_does_not_hold(top, bottom):
    chance = Fraction(top, bottom)
    milli = log10_milli_up(chance)
    if chance >= 1:
        assert milli == 0
        return
    assert isinstance(milli, int)
    # 10**milli >= chance**1000, compared as whole numbers of digits.
    assert milli >= 1000 * (math.log10(chance.numerator) - math.log10(chance.denominator))


def test_the_lower_tail_is_exact():
    assert binomial_at_most(2, 1, Fraction(9, 10)) == Fraction(19, 100)
    assert binomial_at_most(0, 0, Fraction(9, 10)) == 1
