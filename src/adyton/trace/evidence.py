"""What was found out about one exhibit; the verdict is drawn from this and nothing else."""

from dataclasses import dataclass

from adyton.marks import Ranking, Reading, Seal, VisibleLine
from adyton.prints import FileMatch, Match
from adyton.terms import CopyId, SegmentId, VersionId, VersionMatch
from adyton.trace.claims import Claims
from adyton.trace.disclosures import Disclosure

STRONG_CHARS = 350  # some 55 words of ours: beyond what different authors write alike
STRONG_SHARE_PPM = 300_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A match of one segment."""

    segment: SegmentId
    match: Match

    @property
    def strong(self) -> bool:
        """Whether it alone says that the content is of this source."""
        chars = sum(span.end - span.start for span in self.match.spans_text)
        return chars >= STRONG_CHARS or self.match.share_ppm >= STRONG_SHARE_PPM


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedLine:
    """A visible line and whether its seal is ours; None: not for this version, or not checked."""

    line: VisibleLine
    seal: Seal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionEvidence:
    """All that connects an exhibit with one version.

    `reading` is None when no session is open (`sealed`) or reading was not needed.
    """

    version: VersionId
    seen: tuple[Seen, ...]
    disclosed: Disclosure | None
    protected_at_s: int
    sealed: bool
    reading: Reading | None = None
    ranking: Ranking | None = None
    lines: tuple[CheckedLine, ...] = ()
    suspects: tuple[CopyId, ...] = ()
    incomparable: int = 0  # suspects written with another layout or key

    @property
    def matched_chars(self) -> int:
        """Characters of the exhibit that are of this version."""
        return sum(span.end - span.start for item in self.seen for span in item.match.spans_text)

    @property
    def share_ppm(self) -> int:
        """The greatest share of the version that one segment shows."""
        return max((item.match.share_ppm for item in self.seen), default=0)

    @property
    def strong(self) -> bool:
        """Whether the match alone says that the content is of this version."""
        return self.matched_chars >= STRONG_CHARS or self.share_ppm >= STRONG_SHARE_PPM

    @property
    def matches(self) -> tuple[VersionMatch, ...]:
        """The same in the words of a finding."""
        return tuple(item.match.for_segment(item.segment) for item in self.seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that is known of one exhibit. `posted_s` is when it was posted, 0 if unknown.

    `posted_known`: whoever brought it says so; else it only says so of itself.
    """

    text: str
    posted_s: int
    claims: Claims
    versions: tuple[VersionEvidence, ...]
    answers: tuple[Seen, ...]
    files: tuple[FileMatch, ...]
    files_disclosed: frozenset[VersionId]
    unread: tuple[str, ...]
    posted_known: bool = False
