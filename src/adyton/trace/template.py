"""The house's template: passages that stand alike in several of our own papers.

They are what our papers have in common with whoever uses the same template, and no sign of any
one of them. A match that shows nothing beyond them is none; one that shows much is kept, for a
paper may be protected several times under several names.
"""

import itertools
from collections.abc import Iterable, Sequence

from adyton.prints.runs import MIN_UNBROKEN
from adyton.terms import AssetId, SegmentId, Span
from adyton.trace.evidence import Seen

TEMPLATE_ASSETS = 3  # a passage in so many assets of ours is the house's


def without_template(seen: Sequence[Seen]) -> list[Seen]:
    """What was seen, but for segments that show the house's template alone."""
    segments: dict[SegmentId, list[Seen]] = {}
    for item in seen:
        segments.setdefault(item.segment, []).append(item)
    return [item for part in segments.values() if not _is_template(part) for item in part]


def shared_spans(seen: Sequence[Seen]) -> list[Span]:
    """The stretches of one segment that so many of our assets hold; apart, in order."""
    spans: dict[AssetId, set[tuple[int, int]]] = {}
    for item in seen:
        held = spans.setdefault(item.match.asset, set())
        held.update((span.start, span.end) for span in item.match.spans_text)
    edges = sorted({edge for held in spans.values() for span in held for edge in span})
    stretches = itertools.pairwise(edges)
    return [
        Span(start=start, end=end)
        for start, end in stretches
        if sum(_covers(held, start, end) for held in spans.values()) >= TEMPLATE_ASSETS
    ]


def longest_beyond(spans: Iterable[Span], shared: Sequence[Span]) -> int:
    """The longest stretch of `spans`, in characters, of which nothing is in `shared`."""
    longest = 0
    for span in spans:
        at = span.start
        for one in shared:
            if one.end > at and one.start < span.end:
                longest = max(longest, one.start - at)
                at = max(at, one.end)
        longest = max(longest, span.end - at)
    return longest


def _is_template(segment: Sequence[Seen]) -> bool:
    versions = [item for item in segment if item.match.version is not None]
    shared = shared_spans(versions)
    return bool(shared) and not any(
        item.strong or longest_beyond(item.match.spans_text, shared) >= MIN_UNBROKEN
        for item in segment
    )


def _covers(spans: Iterable[tuple[int, int]], start: int, end: int) -> bool:
    return any(first <= start and end <= last for first, last in spans)
