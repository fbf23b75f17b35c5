"""What an investigation says. Copy and person are two findings; abstaining is an answer."""

from dataclasses import dataclass
from enum import StrEnum

from adyton.terms.ids import AssetId, CopyId, ExhibitId, PersonId, SegmentId, VersionId


class Verdict(StrEnum):
    """Is it ours, and is it a leak (DECISIONS: one enum)."""

    LEAK = "leak"
    OURS_NO_LEAK = "ours_no_leak"
    NOT_OURS = "not_ours"
    FORGED = "forged"
    UNSUBSTANTIATED = "unsubstantiated"
    UNSURE = "unsure"


class Tier(StrEnum):
    """How strongly a person is connected. `accuse` needs two kinds of evidence and a sign-off."""

    NONE = "none"
    LEAD = "lead"
    ACCUSE = "accuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Half-open range of characters (text) or bytes (files): `start <= i < end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionMatch:
    """A segment holds content of a version: where in both, and how much of the version."""

    asset: AssetId
    version: VersionId
    segment: SegmentId
    spans_segment: tuple[Span, ...]
    spans_version: tuple[Span, ...]
    share_ppm: int  # revealed share of the version's text, parts per million


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyNamed:
    """A copy with its wrong-copy bound.

    `log10_bound_milli`: the bound is 10**(log10_bound_milli/1000); it already counts suspects
    and tries. `named` is true where the bound is within the ε of this finding and the budget
    allowed it; else the copy is merely listed. `weak` marks evidence from online keys.
    """

    copy: CopyId
    log10_bound_milli: int
    named: bool
    weak: bool
    slots_read: int
    agreements: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What `trace` says of one exhibit. It names copies, never people."""

    exhibit: ExhibitId
    verdict: Verdict
    matches: tuple[VersionMatch, ...]
    copies: tuple[CopyNamed, ...]
    reasons: tuple[str, ...]
    unread: tuple[str, ...]  # what could not be looked at, with the reason
    suspects_considered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonTier:
    """A person and how strongly evidence connects them; made only by `incident`."""

    person: PersonId
    tier: Tier
    evidence: tuple[str, ...]
