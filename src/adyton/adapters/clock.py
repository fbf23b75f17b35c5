"""Time and chance from the operating system."""

import os
import time


class SystemClock:
    """The machine's clock."""

    def now_s(self) -> float:
        """Seconds since the Unix epoch, UTC."""
        return time.time()  # noqa: TID251 - here the ban ends: this is the clock

    def monotonic_s(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()  # noqa: TID251 - here the ban ends: this is the clock


class SystemEntropy:
    """The kernel's random bytes."""

    def token(self, size_bytes: int) -> bytes:
        """Fresh random bytes."""
        return os.urandom(size_bytes)
