"""When a year's shard ends: the rule of the clock.

The first fact of a new calendar year (UTC) is looked for from the end of the epoch. The epoch ends
by itself only if all of this holds; else it goes on until an operator says that the clock is right:

- the clock is not behind the last fact (a clock that went back turns nothing, and nothing is ever
  turned back);
- the year now is later than that of the epoch's first fact;
- the step from the last fact of the old year to the first of the new one (or to now) is at most
  a day: a perimeter that runs records something far more often, so that a longer step is a clock
  that jumped, or a long rest.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from adyton.ledger.ledger import Ledger

LONGEST_STEP_S = 86_400
_PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class YearEnd:
    """Whether the epoch's year is over, and why it does not end by itself although it is."""

    over: bool
    doubt: str = ""


def year_of(time_s: float) -> int:
    """The calendar year (UTC)."""
    return datetime.fromtimestamp(time_s, tz=UTC).year


def year_end(ledger: Ledger, now_s: int) -> YearEnd:
    """Whether a new epoch is due by the clock."""
    position = ledger.trees.position
    begun = ledger.entries(after=position.first - 1, limit=1)
    if not begun or year_of(now_s) <= year_of(begun[0].recorded_at_s):
        return YearEnd(over=False)
    old, new = _border(ledger, year_of(begun[0].recorded_at_s), now_s)
    last = ledger.entries(after=position.size - 2, limit=1)[0].recorded_at_s
    if now_s < last:
        return YearEnd(over=True, doubt="the clock is behind the last fact")
    if not 0 <= new - old <= LONGEST_STEP_S:
        return YearEnd(over=True, doubt="the clock stepped over the turn of the year")
    return YearEnd(over=True)


def _border(ledger: Ledger, year: int, now_s: int) -> tuple[int, int]:
    """The times of the last fact of the old year and of what came after it."""
    position, after = ledger.trees.position, now_s
    end = position.size
    while end > position.first:
        start = max(position.first, end - _PAGE)
        for entry in reversed(ledger.entries(after=start - 1, limit=end - start)):
            if year_of(entry.recorded_at_s) <= year:
                return entry.recorded_at_s, after
            after = entry.recorded_at_s
        end = start
    return after, after
