"""Bad requests get a share of the loop's time; beyond it they wait, and nobody else does.

1. What a refusal takes of the loop's time is spent from a purse. It fills with `SHARE` of the time
   that passes and holds `PURSE_S` at most.
2. While it is empty, whoever is known for bad requests waits in one line, first come first served.
   A bit of the line is served in each tick, as far as the purse goes.
3. Nobody waits much longer than `LONGEST_S`: whoever did is served without the purse, still only a
   bit in each tick. The line has `PLACES`, so that is bounded too.
4. Where the line is full, in number or in bytes, the next one is turned away.

A source is noisy after `NOISE` refusals in the running or the last window: its new connections
wait like those that were refused. Pure but for the two functions given; used from one loop.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

SHARE = 0.2
PURSE_S = 0.01
DEBT_S = 0.05  # one read may hold many requests: what it takes is paid off, up to here
TICK_S = 0.01
BIT_S = 0.003  # served at once at most: as long as a good request may have to wait for it
LONGEST_S = 0.5
PLACES = 512
PLACES_BYTES = 8 << 20
NOISE = 8
WINDOW_S = 10.0
SOURCES = 4096  # told apart; where there are more, every further one counts as noisy


class Waiting(Protocol):
    """Whoever waits in the line."""

    def take_turn(self) -> None:
        """Their turn; what it takes is spent by themselves."""


class Pace:
    """The purse, the line, and who is noisy."""

    def __init__(
        self, *, now: Callable[[], float], later: Callable[[float, Callable[[], None]], object]
    ) -> None:
        """`now` in seconds, precisely; `later` calls once, after so many seconds."""
        self._now = now
        self._later = later
        self._left_s, self._filled = PURSE_S, now()
        self._line: OrderedDict[Waiting, tuple[float, int]] = OrderedDict()
        self._bytes = 0
        self._armed = False
        self._window = self._filled
        self._counts: dict[str, int] = {}
        self._before: dict[str, int] = {}

    def crowded(self) -> bool:
        """Whether who is known for bad requests has to wait."""
        return bool(self._line) or self._purse() <= 0

    def noisy(self, source: str) -> bool:
        """Whether much that came from there was refused lately."""
        self._turn_window()
        both = self._counts.get(source, 0) + self._before.get(source, 0)
        return both >= NOISE or (len(self._counts) >= SOURCES and source not in self._counts)

    def refused(self, source: str, count: int, took_s: float) -> None:
        """So many requests from there were refused, and that took so long."""
        self.spend(took_s)
        if source in self._counts or len(self._counts) < SOURCES:
            self._counts[source] = self._counts.get(source, 0) + count

    def spend(self, took_s: float) -> None:
        """Time went to nothing good."""
        self._left_s = max(-DEBT_S, self._left_s - took_s)

    def wait(self, one: Waiting, size: int) -> bool:
        """Into the line with so many bytes more; False where it is full: to be turned away."""
        since, held = self._line.get(one, (self._now(), 0))
        if self._bytes + size > PLACES_BYTES or (not held and len(self._line) >= PLACES):
            return False
        self._line[one] = since, held + size
        self._bytes += size
        self._arm()
        return True

    def forget(self, one: Waiting) -> None:
        """Whoever is gone waits no longer."""
        _, held = self._line.pop(one, (0.0, 0))
        self._bytes -= held

    def _purse(self) -> float:
        now = self._now()
        self._left_s = min(PURSE_S, self._left_s + (now - self._filled) * SHARE)
        self._filled = now
        return self._left_s

    def _arm(self) -> None:
        if self._line and not self._armed:
            self._armed = True
            self._later(TICK_S, self._tick)

    def _tick(self) -> None:
        """A bit of the line."""
        self._armed = False
        self._turn_window()
        start = self._now()
        try:
            while self._line and self._now() - start < BIT_S:
                one, (since, _) = next(iter(self._line.items()))
                if self._purse() <= 0 and start - since < LONGEST_S:
                    break
                self.forget(one)
                one.take_turn()
        finally:
            self._arm()

    def _turn_window(self) -> None:
        now = self._now()
        if now - self._window >= WINDOW_S:
            stale = now - self._window >= 2 * WINDOW_S
            self._before = {} if stale else self._counts
            self._counts, self._window = {}, now
