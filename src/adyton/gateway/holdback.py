"""Hold-back and output guard: text leaves in blocks, each one after the guard has read it.

The guard reads every block together with released text before it, so that content split over
frames or blocks is recognised. Behind each block a tail stays back until more text or the end.
"""

from adyton.gateway.limits import Limits
from adyton.gateway.ports import Egress
from adyton.terms import Refused

PPM = 1_000_000


class Withheld(Refused):
    """The answer holds protected content: it ends here, natively."""


class HoldBack:
    """The text of one answer between the model and the caller. One exchange, one instance."""

    def __init__(self, *, egress: Egress, limits: Limits) -> None:
        self._egress = egress
        self._limits = limits
        self._waiting: list[str] = []
        self._waiting_bytes = 0
        self._since_s: float | None = None
        self._cleared = ""
        self._quoted: list[tuple[int, int]] = []
        self.scanned_chars = 0
        self.received_bytes = 0  # UTF-8 bytes that came from the model so far

    @property
    def withheld(self) -> str:
        """The text that came from the model and was not cleared."""
        return "".join(self._waiting)

    @property
    def received(self) -> str:
        """All text that came from the model."""
        return self._cleared + self.withheld

    def add(self, text: str, *, now_s: float) -> None:
        """Take text from the model."""
        self._waiting.append(text)
        size_bytes = len(text.encode())
        self._waiting_bytes += size_bytes
        self.received_bytes += size_bytes
        if self._since_s is None:
            self._since_s = now_s

    def is_due(self, now_s: float) -> bool:
        """Whether a block is full or has waited its time."""
        if self._since_s is None:
            return False
        full = self._waiting_bytes >= self._limits.block_bytes
        return full or now_s - self._since_s >= self._limits.block_s

    def due_in_s(self, now_s: float) -> float:
        """How long the next block may wait."""
        if self._since_s is None:
            return self._limits.block_s
        return max(0.0, self._limits.block_s - (now_s - self._since_s))

    def clear(self, *, last: bool = False) -> str:
        """The text that may leave now; all that is left where it is the `last` block.

        Raises Withheld; and whatever the guard raises: then nothing is cleared.
        """
        waiting = self.withheld
        self._look(waiting)
        keep = 0 if last else min(self._limits.tail_chars, len(waiting))
        block, tail = waiting[: len(waiting) - keep], waiting[len(waiting) - keep :]
        self._cleared += block
        self._waiting = [tail] if tail else []
        self._waiting_bytes = len(tail.encode())
        self._since_s = None
        return block

    def _look(self, waiting: str) -> None:
        start = max(0, len(self._cleared) - self._limits.context_chars)
        found = self._egress(self._cleared[start:] + waiting)
        self.scanned_chars = len(self._cleared) + len(waiting)
        spans = [(start + span.start, start + span.end) for one in found for span in one.spans]
        self._quoted = _joined([*self._quoted, *spans])
        if any(one.never and one.spans for one in found) or self._too_much():
            raise Withheld("the answer repeats protected content")

    def _too_much(self) -> bool:
        quoted = sum(end - start for start, end in self._quoted)
        share_ppm = quoted * PPM // max(1, self.scanned_chars)
        return quoted >= self._limits.quoted_chars or (
            quoted >= self._limits.quoted_floor_chars and share_ppm >= self._limits.quoted_ppm
        )


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
