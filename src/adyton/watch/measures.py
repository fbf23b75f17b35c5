"""Robust figures: a few wild days do not move them."""

from collections.abc import Sequence
from statistics import median

_TO_SIGMA = 1.4826  # MAD to standard deviation for a normal distribution


def spread(values: Sequence[float]) -> float:
    """The median absolute deviation, scaled to a standard deviation. `values` is not empty."""
    middle = median(values)
    return _TO_SIGMA * median(abs(value - middle) for value in values)


def near(first: float, second: float, *, share: float, slack: float) -> bool:
    """Whether two figures differ by no more than a share of the larger, or by `slack`."""
    return abs(first - second) <= max(slack, share * max(abs(first), abs(second)))
