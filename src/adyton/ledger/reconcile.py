"""What others counted beside what we recorded: the only sight of an event that was never recorded.

Enters: our own counts, each as a range (`least` to `most`, because some events leave their size
open), and the count of somebody else over the same window. Leaves: a verdict for each, with what
it may mean.

Agreement says that as much happened there as we recorded, not that it was the same. Whoever can
change both counts, or what is counted, is not seen. A count that nobody took is unknown, which is
not agreement.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How two counts stand to each other."""

    AGREES = "agrees"
    MORE = "more than recorded"
    FEWER = "fewer than recorded"
    UNKNOWN = "not known"


MEANINGS = {
    Verdict.AGREES: "as much happened there as is on record",
    Verdict.MORE: "something happened past the record: a stolen key, a way round gateway or vault, "
    "or facts that were kept from being written",
    Verdict.FEWER: "their counter began anew, their log lacks rows, or the record holds what never "
    "happened there",
    Verdict.UNKNOWN: "nobody counted: this says nothing",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """One thing that both sides count, in one window (epoch seconds).

    `subject` is the opaque id of what was counted at: a session, a version, a source. `most` None
    means that our record sets no upper bound; `theirs` None that nobody counted; `note` says why.
    """

    what: str
    subject: str
    start_s: int
    end_s: int
    least: int
    most: int | None
    theirs: int | None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A count and what it comes to; `by` is how far it lies outside our range."""

    count: Count
    verdict: Verdict
    by: int

    @property
    def meaning(self) -> str:
        """What the verdict may mean, in words."""
        return MEANINGS[self.verdict]


def judge(count: Count) -> Judged:
    """Hold one count against ours."""
    theirs = count.theirs
    if theirs is None:
        return Judged(count=count, verdict=Verdict.UNKNOWN, by=0)
    if count.most is not None and theirs > count.most:
        return Judged(count=count, verdict=Verdict.MORE, by=theirs - count.most)
    if theirs < count.least:
        return Judged(count=count, verdict=Verdict.FEWER, by=count.least - theirs)
    return Judged(count=count, verdict=Verdict.AGREES, by=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """A whole run."""

    judged: tuple[Judged, ...]

    @property
    def agrees(self) -> bool:
        """True where no count contradicts ours; unknown ones do not, and say nothing."""
        return not any(one.verdict in {Verdict.MORE, Verdict.FEWER} for one in self.judged)

    def number(self, verdict: Verdict) -> int:
        """How many counts came to `verdict`."""
        return sum(one.verdict is verdict for one in self.judged)


def reconcile(counts: Iterable[Count]) -> Reconciled:
    """Every count judged, in order."""
    return Reconciled(judged=tuple(judge(one) for one in counts))
