"""Which sources hold a hash, and where: sorted arrays, merged as they grow. Rebuildable."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from adyton.prints.places import Bounds, Hashes, Printed


@dataclass(frozen=True, slots=True, kw_only=True)
class Postings:
    """Hashes sorted; `sources[i]` holds `hashes[i]` at `starts[i]:ends[i]`."""

    hashes: Hashes
    sources: Bounds
    starts: Bounds
    ends: Bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """Pairs of a place in the text (index into the asked hashes) and a place in a source."""

    asked: Bounds
    sources: Bounds
    starts: Bounds
    ends: Bounds


def postings_of(printed: Printed, source: int) -> Postings:
    """The postings of one source."""
    order = np.argsort(printed.hashes, kind="stable")
    return Postings(
        hashes=printed.hashes[order],
        sources=np.full(len(order), source, dtype=np.int64),
        starts=printed.starts[order],
        ends=printed.ends[order],
    )


def _merged(one: Postings, other: Postings) -> Postings:
    hashes = np.concatenate((one.hashes, other.hashes))
    order = np.argsort(hashes, kind="stable")
    return Postings(
        hashes=hashes[order],
        sources=np.concatenate((one.sources, other.sources))[order],
        starts=np.concatenate((one.starts, other.starts))[order],
        ends=np.concatenate((one.ends, other.ends))[order],
    )


def with_added(tiers: Sequence[Postings], added: Postings) -> tuple[Postings, ...]:
    """`tiers` and `added`, kept few: a tier no larger than twice the next is merged with it."""
    kept = [*tiers, added]
    while len(kept) > 1 and len(kept[-2].hashes) <= 2 * len(kept[-1].hashes):
        last = kept.pop()
        kept[-1] = _merged(kept[-1], last)
    return tuple(kept)


def meet(tiers: Sequence[Postings], asked: Hashes, *, most: int) -> Meeting:
    """Where `asked` hashes are held; a hash with over `most` places in a tier is passed over."""
    pairs = [_meet_one(tier, asked, most) for tier in tiers]
    nothing = np.zeros(0, dtype=np.int64)
    columns = list(zip(*pairs, strict=True)) or [(nothing,)] * 4
    return Meeting(
        asked=np.concatenate(columns[0]),
        sources=np.concatenate(columns[1]),
        starts=np.concatenate(columns[2]),
        ends=np.concatenate(columns[3]),
    )


def _meet_one(tier: Postings, asked: Hashes, most: int) -> tuple[Bounds, Bounds, Bounds, Bounds]:
    left = np.searchsorted(tier.hashes, asked, side="left")
    counts = np.searchsorted(tier.hashes, asked, side="right") - left
    counts[counts > most] = 0
    which = np.repeat(np.arange(len(asked), dtype=np.int64), counts)
    within = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    at = np.repeat(left, counts) + within
    return which, tier.sources[at], tier.starts[at], tier.ends[at]
