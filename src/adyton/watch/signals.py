"""What a detector says: a signal with its evidence and base rate, or that it cannot judge."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from adyton.watch.windows import History


class Severity(StrEnum):
    """How soon a person should look."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseRate:
    """How often a detector calls in ordinary times, measured on this perimeter.

    `per_thousand` of earlier windows in which it would have called; None where there were too few
    windows to say (`windows` says how many there were).
    """

    per_thousand: int | None
    windows: int

    @property
    def text(self) -> str:
        """The figure as people read it."""
        if self.per_thousand is None:
            return f"no history ({self.windows} earlier windows)"
        return f"{self.per_thousand} of 1000 earlier windows (measured on {self.windows})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What one detector sees in one window: opaque ids, the entries, and why."""

    subjects: tuple[str, ...]
    evidence: tuple[int, ...]
    severity: Severity
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unjudged:
    """A subject that a detector could not judge, and why."""

    detector: str
    subject: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """An alarm of the window that ends now: `window[0] < time <= window[1]`, in epoch seconds.

    `evidence` are indexes of ledger entries. `summary` holds counts and opaque ids, no names.
    """

    detector: str
    subjects: tuple[str, ...]
    evidence: tuple[int, ...]
    base_rate: BaseRate
    severity: Severity
    window: tuple[int, int]
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """Everything one look gives."""

    signals: tuple[Signal, ...]
    unjudged: tuple[Unjudged, ...]


class Detector(Protocol):
    """One way to notice. Pure; keeps nothing between calls."""

    @property
    def name(self) -> str:
        """Its name on record."""

    def alarms(self, history: History) -> tuple[Alarm, ...]:
        """What it sees in the current window of `history`, given what came before."""

    def unjudged(self, history: History) -> tuple[Unjudged, ...]:
        """Which subjects of the current window it cannot judge."""
