"""Real time: a drill plays in the world outside, where waiting takes as long as it takes."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

POLL_S = 0.05


class WorldClock:
    """The time of day, and a stopwatch for each stage of a story."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def now_s(self) -> int:
        """Seconds since the Unix epoch."""
        return int(time.time())  # noqa: TID251 - outside the perimeter, in real time

    def wait_until(self, ready: Callable[[], bool], *, at_most_s: float) -> bool:
        """Whether `ready` came true in time."""
        end = time.monotonic() + at_most_s  # noqa: TID251 - outside the perimeter, in real time
        while not ready():
            if time.monotonic() > end:  # noqa: TID251 - outside the perimeter, in real time
                return False
            time.sleep(POLL_S)  # noqa: TID251 - outside the perimeter, in real time
        return True

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measures what happens inside as the stage `name`."""
        begin = time.monotonic()  # noqa: TID251 - outside the perimeter, in real time
        try:
            yield
        finally:
            end = time.monotonic()  # noqa: TID251 - outside the perimeter, in real time
            self.seconds[name] = round(self.seconds.get(name, 0.0) + end - begin, 2)
