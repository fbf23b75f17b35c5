"""Signs of life of the process that owns a home; what they mean is said in `ledger.signs`.

Bound: one beat a minute, two for each listener's life, one start, one stop, and at most one fact of
jumps a minute, however often the clock jumps: about 1,500 facts a day of a quiet perimeter.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock

from adyton.ledger import Ledger
from adyton.ledger.signs import (
    BEAT_S,
    CLOCK_JUMPED,
    WRITER_BEAT,
    WRITER_LOST,
    WRITER_STARTED,
    WRITER_STOPPED,
    WRITERS,
    number,
)
from adyton.terms import AdytonError, Clock, Fact, Json, State

WRITER = "owner"
OPERATIONS = "operations"
ANSWERS = "answers"
JUMP_MS = 1000
DIARY = logging.getLogger("adyton.owner")
"""What the two clocks may differ by between two looks; slewing makes far less."""
_MS = 1000


@dataclass(slots=True, kw_only=True)
class Jumps:
    """Jumps of the wall clock that are not on record yet."""

    count: int = 0
    forward_ms: int = 0
    back_ms: int = 0
    since: float = 0.0  # monotonic, of the last look before the first of them


class Heart:
    """Writes the signs. Nothing is written before `start`. Safe from threads."""

    def __init__(
        self, *, ledger: Ledger, clock: Clock, counters: Mapping[str, Callable[[], int]]
    ) -> None:
        """`counters`: what each sign counts beside, such as refusals on record."""
        self._ledger = ledger
        self._clock = clock
        self._counters = counters
        self._alive: dict[str, Callable[[], bool]] = {OPERATIONS: lambda: True}
        self._jumps = Jumps()
        self._told: float | None = None  # monotonic, of the last sign; None: not started
        self._told_wall = 0.0
        self._looked = (0.0, 0.0)  # wall and monotonic of the last look
        self._jumped = 0.0  # monotonic, of the last fact of jumps
        self._lock = RLock()

    def find_lost(self) -> None:
        """Record that the last life never stopped, where that is so. For whoever opens a home."""
        row = self._ledger.state.get(WRITERS, WRITER)
        if row is not None and row["alive"] is True:
            public = {"writer": WRITER, "started": row["entry"]}
            self._ledger.append(Fact(type=WRITER_LOST, public=public))

    def start(self) -> None:
        """The first sign; a second start changes nothing."""
        with self._lock:
            if self._told is not None:
                return
            now = self._looked = self._now()
            self._jumped = now[1] - BEAT_S
            self._look_back()
            self._say(WRITER_STARTED, "started", since=now)
            self._told_wall, self._told = now

    def turn(self) -> None:
        """Call it every few seconds: looks at the clocks, and beats when a minute has passed."""
        with self._lock:
            if self._told is None:
                return
            self._look_at_clocks()
            if self._now()[1] - self._told >= BEAT_S:
                self._beat(WRITER_BEAT, "time")

    @contextmanager
    def recording(self, kind: str, alive: Callable[[], bool]) -> Iterator[None]:
        """While inside, events of `kind` can be recorded, as long as `alive` says so."""
        with self._lock:
            self._alive[kind] = alive
            self._change("opened")
        try:
            yield
        finally:
            with self._lock:
                del self._alive[kind]
                self._change("closed")

    def stop(self, reason: str) -> None:
        """The last sign, if there was a first one. One that cannot be recorded is missing then."""
        with self._lock:
            if self._told is None:
                return
            try:
                self._look_at_clocks(last=True)
                self._beat(WRITER_STOPPED, reason)
            except AdytonError as error:
                DIARY.warning("the last sign of life was not recorded: %s", error.message)
            self._told = None

    def _change(self, reason: str) -> None:
        """Said at once; where that fails the next beat says it."""
        if self._told is None:
            return
        try:
            self._beat(WRITER_BEAT, reason)
        except AdytonError as error:
            DIARY.warning("a sign of life was not recorded: %s", error.message)

    def _beat(self, kind: str, reason: str) -> None:
        now = self._now()
        since = now[1] if self._told is None else self._told
        self._say(kind, reason, since=(self._told_wall, since))
        self._told_wall, self._told = now

    def _say(self, kind: str, reason: str, *, since: tuple[float, float]) -> None:
        wall, monotonic = self._now()
        public: dict[str, Json] = {
            "writer": WRITER,
            "reason": reason,
            "records": sorted(kind for kind, alive in self._alive.items() if alive()),
            "cosigned": self._ledger.cosigned(),
            "wall_ms": _ms(wall - since[0]),
            "mono_ms": _ms(monotonic - since[1]),
            "counts": {name: count() for name, count in self._counters.items()},
        }
        self._ledger.append(Fact(type=kind, public=public))

    def _look_back(self) -> None:
        """A clock that stands before the last fact of an earlier life went back in between."""
        size = self._ledger.clear.size()
        last = self._ledger.clear.read(size - 1, 1) if size else ()
        back_ms = _ms(last[0][1].time_s - self._looked[0]) if last else 0
        if back_ms > JUMP_MS:
            self._jumps = Jumps(count=1, back_ms=back_ms, since=self._looked[1])
            self._tell_jumps()

    def _look_at_clocks(self, *, last: bool = False) -> None:
        before, self._looked = self._looked, self._now()
        jump_ms = _ms((self._looked[0] - before[0]) - (self._looked[1] - before[1]))
        if abs(jump_ms) > JUMP_MS:
            self._jumps.since = self._jumps.since if self._jumps.count else before[1]
            self._jumps.count += 1
            self._jumps.forward_ms += max(0, jump_ms)
            self._jumps.back_ms += max(0, -jump_ms)
        due = last or self._looked[1] - self._jumped >= BEAT_S
        if self._jumps.count and due:
            self._tell_jumps()

    def _tell_jumps(self) -> None:
        jumps = self._jumps
        public: dict[str, Json] = {
            "writer": WRITER,
            "jumps": jumps.count,
            "forward_ms": jumps.forward_ms,
            "back_ms": jumps.back_ms,
            "mono_ms": _ms(self._looked[1] - jumps.since),
        }
        self._ledger.append(Fact(type=CLOCK_JUMPED, public=public))
        self._jumps, self._jumped = Jumps(), self._looked[1]

    def _now(self) -> tuple[float, float]:
        return self._clock.now_s(), self._clock.monotonic_s()


def refused_on_record(state: State) -> int:
    """How many requests the record says were refused."""
    return sum(number(row, "count") for _, row in state.scan("refusals"))


def _ms(seconds: float) -> int:
    return round(seconds * _MS)
