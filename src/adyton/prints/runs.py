"""Single hits to runs: places that follow each other in the text as they do in the source."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from adyton.terms import Span

GAP = 200  # characters without a hit that a run may bridge: about two sentences
DRIFT = 64  # characters by which text and source may shift from one hit to the next (slots)
JOIN = 32  # spans closer than this are shown as one
# What makes a run evidence; measured in docs/formats/prints.md.
MIN_COVERED = 60  # characters under hits, all told
MIN_UNBROKEN = 48  # characters under hits that follow each other without a gap: eight words
MIN_EVIDENCE_MILLI = 4000  # four hashes that this source alone holds
PPM = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One hash that text and source share: spans in both, weight, and whose it is alone."""

    hash: int
    text: Span
    source: Span
    weight_milli: int
    unique: bool


@dataclass(slots=True, eq=False)
class Run:
    """Hits in the same order in both, growing."""

    hits: list[Hit] = field(default_factory=list)

    def is_left_behind(self, hit: Hit) -> bool:
        """Whether `hit`, and so all that come later in the text, is too far ahead."""
        return hit.text.start - self.hits[-1].text.start > GAP

    def distance(self, hit: Hit) -> int | None:
        """How far `hit` is off this run's line, or None if it cannot go on with it."""
        last = self.hits[-1]
        ahead = hit.text.start - last.text.start
        shift = abs(hit.source.start - last.source.start - ahead)
        within = ahead <= GAP and shift <= DRIFT and hit.source.start >= last.source.start - DRIFT
        return shift if within else None

    def is_evidence(self) -> bool:
        """Long enough, and not only of what others hold too."""
        weights = {hit.hash: hit.weight_milli for hit in self.hits}
        spans = merge((hit.source for hit in self.hits), join=0)
        unbroken = max(span.end - span.start for span in spans)
        long_enough = unbroken >= MIN_UNBROKEN and total(spans) >= MIN_COVERED
        return long_enough and sum(weights.values()) >= MIN_EVIDENCE_MILLI


def find_runs(hits: list[Hit]) -> list[Run]:
    """The runs of `hits` that count as evidence."""
    done: list[Run] = []
    active: list[Run] = []
    for hit in sorted(hits, key=lambda one: (one.text.start, one.source.start)):
        done += [run for run in active if run.is_left_behind(hit)]
        active = [run for run in active if not run.is_left_behind(hit)]
        near = [
            (off, at) for at, run in enumerate(active) if (off := run.distance(hit)) is not None
        ]
        if near:
            active[min(near)[1]].hits.append(hit)
        else:
            active.append(Run([hit]))
    return [run for run in done + active if run.is_evidence()]


def merge(spans: Iterable[Span], *, join: int = JOIN) -> tuple[Span, ...]:
    """The same places as sorted spans, those closer than `join` made one."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda one: one.start):
        if merged and span.start <= merged[-1].end + join:
            end = max(merged[-1].end, span.end)
            merged[-1] = Span(start=merged[-1].start, end=end)
        else:
            merged.append(span)
    return tuple(merged)


def total(spans: Iterable[Span]) -> int:
    """The length of spans that are apart."""
    return sum(span.end - span.start for span in spans)


def share_ppm(spans: Iterable[Span], length: int) -> int:
    """The part of `length` that `spans` cover, in parts per million."""
    return min(PPM, total(spans) * PPM // length) if length else 0
