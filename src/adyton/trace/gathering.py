"""Gathers the evidence on one exhibit: prints, then blind readings, then rankings."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from adyton.intake import Exhibit, Intake, Segment, SegmentKind
from adyton.marks import (
    LEAK_CHARS_MAX,
    Reading,
    check_line,
    copies_written_with,
    key_id,
    rank_copies,
    read_symbols,
    registered_copies,
)
from adyton.prints import Match
from adyton.terms import ExhibitId, State, VersionId
from adyton.trace.claims import claims_of
from adyton.trace.disclosures import disclosure_of
from adyton.trace.evidence import (
    CheckedLine,
    Evidence,
    Seen,
    VersionEvidence,
)
from adyton.trace.facts import number
from adyton.trace.ports import Masters, OpenVersion, Prints
from adyton.trace.template import without_template

READINGS_MAX = 6  # versions read per exhibit: each one is a try that the bound pays for
MARGIN_CHARS = 800  # text kept around matched spans when an exhibit is too long to read whole
FILE_BLOCKS_MIN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """One exhibit as intake gave it."""

    exhibit: Exhibit
    segments: tuple[Segment, ...]
    unread: tuple[str, ...]

    @property
    def text(self) -> str:
        """All of its text."""
        return "\n\n".join(segment.text for segment in self.segments)

    @property
    def posted_s(self) -> int:
        """When it was posted, the latest that is known; 0 if unknown."""
        return max([self.exhibit.times.posted_s, *(part.posted_s for part in self.segments)])


def materials(intake: Intake) -> tuple[Material, ...]:
    """The exhibits to judge. A container is judged by its members, unless it was not read."""
    parents = {exhibit.parent for exhibit in intake.exhibits}
    segments: dict[ExhibitId, list[Segment]] = {}
    unread: dict[ExhibitId, list[str]] = {}
    for segment in intake.segments:
        segments.setdefault(segment.exhibit, []).append(segment)
    for missed in intake.unread:
        unread.setdefault(missed.exhibit, []).append(missed.reason)
    every = (
        Material(
            exhibit=exhibit,
            segments=tuple(segments.get(exhibit.id, ())),
            unread=tuple(unread.get(exhibit.id, ())),
        )
        for exhibit in intake.exhibits
    )
    return tuple(
        item for item in every if item.segments or item.unread or item.exhibit.id not in parents
    )


def match_prints(material: Material, *, prints: Prints, state: State) -> Evidence:
    """What prints and claims say; no version was opened for it."""
    seen = [
        Seen(segment=segment.id, match=match)
        for segment in material.segments
        if segment.kind is not SegmentKind.CLAIM
        for match in prints.match(segment.text)
    ]
    exhibit = material.exhibit
    files = prints.match_file(
        sha256=exhibit.sha256, size_bytes=exhibit.size_bytes, blocks=exhibit.blocks
    )
    known_s = material.posted_s if exhibit.posted_known else 0
    disclosed = {
        file.version for file in files if disclosure_of(state, file.version, posted_s=known_s)
    }
    return Evidence(
        text=material.text,
        posted_s=material.posted_s,
        posted_known=exhibit.posted_known,
        claims=claims_of(material.text, state),
        versions=_versions(seen, state, known_s),
        answers=tuple(item for item in seen if item.match.copy is not None),
        files=tuple(file for file in files if file.exact or file.blocks >= FILE_BLOCKS_MIN),
        files_disclosed=frozenset(disclosed),
        unread=material.unread,
    )


def _versions(seen: Sequence[Seen], state: State, known_s: int) -> tuple[VersionEvidence, ...]:
    grouped: dict[VersionId, list[Seen]] = {}
    for item in without_template(seen):
        if item.match.version is not None:
            grouped.setdefault(item.match.version, []).append(item)
    disclosed = {version: disclosure_of(state, version, posted_s=known_s) for version in grouped}
    public = {item.match.asset for item in seen if disclosed.get(_version(item.match))}
    return tuple(
        VersionEvidence(
            version=version,
            seen=tuple(items),
            disclosed=disclosed[version],
            protected_at_s=number(state.get("versions", version) or {}, "protected_at"),
            sealed=False,
        )
        for version, items in grouped.items()
        # What a disclosed version explains as well is no sign of its unpublished sister.
        if disclosed[version]
        or any(item.match.unique or item.match.asset not in public for item in items)
    )


def _version(match: Match) -> VersionId:
    return match.version or VersionId("")


def read_blind(
    evidence: Evidence,
    material: Material,
    *,
    masters: Masters,
    record: Callable[[VersionId, Reading], None],
) -> tuple[Evidence, Mapping[VersionId, OpenVersion]]:
    """Readings of all open, undisclosed versions, each recorded before any codeword is made."""
    opened: dict[VersionId, OpenVersion] = {}
    versions: list[VersionEvidence] = []
    for item in evidence.versions:
        open_version = masters.opened(item.version) if item.disclosed is None else None
        if open_version is None or len(opened) >= READINGS_MAX:
            versions.append(replace(item, sealed=item.disclosed is None and open_version is None))
            continue
        reading = read_symbols(_readable(material, item), open_version.master)
        record(item.version, reading)
        opened[item.version] = open_version
        versions.append(replace(item, reading=reading))
    return replace(evidence, versions=tuple(versions)), opened


def _readable(material: Material, item: VersionEvidence) -> str:
    """The text to read: all, or what lies around the matched spans of a very long exhibit."""
    whole = material.text
    if len(whole) <= LEAK_CHARS_MAX:
        return whole
    texts = {segment.id: segment.text for segment in material.segments}
    cuts: list[str] = []
    for seen in item.seen:
        end = 0
        for span in seen.match.spans_text:
            start = max(end, span.start - MARGIN_CHARS)
            end = max(end, span.end + MARGIN_CHARS)
            cuts.append(texts[seen.segment][start:end])
    return "".join(cuts)


def rank_versions(
    evidence: Evidence,
    opened: Mapping[VersionId, OpenVersion],
    *,
    state: State,
    epsilon: Fraction,
    permitted: Callable[[], bool],
) -> Evidence:
    """Rankings of all readings. Each of them counts as a try in every bound."""
    tries = len(opened)
    allowed = permitted() if opened else True
    versions: list[VersionEvidence] = []
    for item in evidence.versions:
        if item.reading is None:
            versions.append(item)
            continue
        own = opened[item.version]
        suspects = registered_copies(state, item.version)
        comparable = copies_written_with(
            state, item.version, layout=item.reading.layout, key_name=key_id(own.key)
        )
        ranking = rank_copies(
            item.reading,
            key=own.key,
            version=item.version,
            copies=comparable,
            epsilon=epsilon,
            tries=tries,
            permitted=lambda: allowed,
        )
        lines = tuple(
            CheckedLine(line=line, seal=check_line(line, key=own.key, version=item.version))
            for line in evidence.claims.lines
        )
        versions.append(
            replace(
                item,
                ranking=ranking,
                lines=lines,
                suspects=suspects,
                incomparable=len(suspects) - len(comparable),
            )
        )
    return replace(evidence, versions=tuple(versions))
