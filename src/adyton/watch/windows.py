"""Time cut into windows: the current one, and the history before it."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

from adyton.terms import Entry

WINDOW_S = 86_400
HISTORY_WINDOWS = 30  # a month: weekly rhythms are in it, last year's habits are not

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Log:
    """Entries in order of time, with what was worked out per window so far."""

    entries: Sequence[Entry]
    times: Sequence[int]
    worked_out: dict[tuple[object, int], object]


class History:
    """Entries seen from one moment: the day-long window that ends there, and the days before.

    Windows are counted back from that moment, so that an hour of the clock means nothing. An
    entry is in the window with `start < time <= end`.
    """

    def __init__(self, log: _Log, end_s: int) -> None:
        self._log = log
        self.end_s = end_s

    @classmethod
    def of(cls, entries: Sequence[Entry], end_s: int) -> "History":
        """The history that these entries give at `end_s`; later ones are not looked at."""
        ordered = sorted(entries, key=_when)
        times = [entry.recorded_at_s for entry in ordered]
        return cls(_Log(entries=ordered, times=times, worked_out={}), end_s)

    @property
    def start_s(self) -> int:
        """Where the current window begins."""
        return self.end_s - WINDOW_S

    def window(self, back: int) -> Sequence[Entry]:
        """The entries of the window `back` windows before the current one."""
        end = self.end_s - back * WINDOW_S
        times = self._log.times
        return self._log.entries[bisect_right(times, end - WINDOW_S) : bisect_right(times, end)]

    def each(self, work: Callable[[Sequence[Entry]], T]) -> list[T]:
        """What `work` (a pure function of a module) makes of each window, the current one first.

        Every window is worked out once, however often histories of one log ask.
        """
        return [self._worked_out(work, back) for back in range(self._reach() + 1)]

    def earlier(self) -> Iterator["History"]:
        """The same log as it looked at the end of each earlier window that holds an entry."""
        for back in range(1, self._reach() + 1):
            if self.window(back):
                yield History(self._log, self.end_s - back * WINDOW_S)

    def _reach(self) -> int:
        """How many windows back there are entries, at most thirty."""
        if not self._log.times:
            return 0
        oldest = (self.end_s - self._log.times[0]) // WINDOW_S
        return max(0, min(HISTORY_WINDOWS, oldest))

    def _worked_out(self, work: Callable[[Sequence[Entry]], T], back: int) -> T:
        key = (work, self.end_s - back * WINDOW_S)
        if key not in self._log.worked_out:
            self._log.worked_out[key] = work(self.window(back))
        return cast("T", self._log.worked_out[key])


def _when(entry: Entry) -> tuple[int, int]:
    return entry.recorded_at_s, entry.index
