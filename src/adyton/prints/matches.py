"""What the index answers."""

from dataclasses import dataclass

from adyton.terms import AssetId, CopyId, Malformed, SegmentId, Span, VersionId, VersionMatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A text holds content of one source: a version (`version` set) or an answer (`copy` set).

    Spans are in characters, sorted, apart from each other. `share_ppm` is the part of the source
    (`source_chars` long) that shows in the text. `evidence_milli` weighs the matched hashes, each
    by one over the number of assets (or answers) that hold it. `unique` counts matched hashes that
    no other version of the asset (no other answer) has; `alike` counts other sources that explain
    the text about as well: where `alike` > 0 and `unique` = 0, the choice among them is open.
    """

    asset: AssetId
    version: VersionId | None = None
    copy: CopyId | None = None
    spans_text: tuple[Span, ...]
    spans_source: tuple[Span, ...]
    source_chars: int
    share_ppm: int
    evidence_milli: int
    unique: int
    alike: int

    def for_segment(self, segment: SegmentId) -> VersionMatch:
        """The same as the domain's word for it. Raises Malformed if this is an answer's match."""
        if self.version is None:
            raise Malformed("this match is of an answer, not of a version")
        return VersionMatch(
            asset=self.asset,
            version=self.version,
            segment=segment,
            spans_segment=self.spans_text,
            spans_version=self.spans_source,
            share_ppm=self.share_ppm,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMatch:
    """A file holds blocks of a protected file. `exact`: all of its bytes are the same.

    `spans_source` are in bytes of the protected file; `shared` counts the matched blocks that
    several assets hold, such as those of a common ancestor.
    """

    asset: AssetId
    version: VersionId
    exact: bool
    blocks: int
    shared: int
    spans_source: tuple[Span, ...]
    share_ppm: int
