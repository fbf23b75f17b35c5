"""Chances that an innocent copy fits a reading as well as it does: exact, or bounded from above.

Given what was read, the code bits of a copy that was no source are independent of it, whatever
the sources did to the text: so these tails are proofs, not estimates.
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from adyton.marks.fact_values import VALUES

# One matching detail counts as much as five agreeing wordings. Any fixed number keeps the bound
# true; near ln(0.8/2**-16) / ln(0.93/0.07) it is the most powerful.
FACT_WEIGHT = 5
_THETAS = 60
_ROUNDING = 1e-6  # thousandths of a decade: far above the error of log10, far below one unit


@lru_cache(maxsize=64)
def score_tail(agreements_of: int, fact_sizes: tuple[int, ...]) -> tuple[Fraction, ...]:
    """`tail[s]` = exact P(score >= s) of an innocent copy.

    The score is the number of agreements in `agreements_of` slots of bias 1/2, plus FACT_WEIGHT
    for every fact slot whose value is among the candidates read; `fact_sizes` are the numbers of
    candidates.
    """
    ways = [math.comb(agreements_of, hits) for hits in range(agreements_of + 1)]
    for size in fact_sizes:
        longer = [0] * (len(ways) + FACT_WEIGHT)
        for score, count in enumerate(ways):
            longer[score] += count * (VALUES - size)
            longer[score + FACT_WEIGHT] += count * size
        ways = longer
    whole = (1 << agreements_of) * VALUES ** len(fact_sizes)
    tail: list[Fraction] = []
    above = 0
    for count in reversed(ways):
        above += count
        tail.append(Fraction(above, whole))
    return tuple(reversed(tail))


def binomial_at_most(trials: int, hits: int, chance: Fraction) -> Fraction:
    """Exact P(Binomial(trials, chance) <= hits)."""
    yes, whole = chance.numerator, chance.denominator
    ways = sum(
        math.comb(trials, at) * yes**at * (whole - yes) ** (trials - at) for at in range(hits + 1)
    )
    return Fraction(ways, whole**trials)


def chernoff_tail(
    biases: Sequence[float], if_one: Sequence[float], if_zero: Sequence[float], score: float
) -> float:
    """An upper bound of P(S >= score) of an innocent copy, for any biases and scores.

    S adds `if_one[j]` with chance `biases[j]`, else `if_zero[j]`. For mixed biases, where the
    exact tail is too dear.

    Any theta gives a valid bound, so the best of a fixed grid is one (reference, section 2.3).
    """
    p = np.asarray(biases, dtype=np.float64)
    one = np.asarray(if_one, dtype=np.float64)
    zero = np.asarray(if_zero, dtype=np.float64)
    spread = float(np.sqrt(np.sum(p * (1 - p) * (one - zero) ** 2)))
    if spread <= 0.0:
        return 1.0
    grid: npt.NDArray[np.float64] = np.logspace(-3.0, 1.5, _THETAS)[:, None] / spread
    moments = np.logaddexp(np.log(p) + grid * one, np.log1p(-p) + grid * zero).sum(axis=1)
    least = float(np.min(moments - grid[:, 0] * score))
    # A relative margin far above rounding errors keeps the bound on the safe side.
    return min(1.0, math.exp(min(0.0, least)) * (1.0 + 1e-9))


def log10_milli_up(chance: Fraction) -> int:
    """1000 log10(chance), rounded up, so that what is printed is never better than what holds."""
    if chance >= 1:
        return 0
    exact = 1000.0 * (math.log10(chance.numerator) - math.log10(chance.denominator))
    return min(0, math.ceil(exact + _ROUNDING))
