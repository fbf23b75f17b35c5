"""The index of prints: in memory, rebuildable from the sealed blobs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from adyton.prints.blob import BlobKind, unpack, unseal
from adyton.prints.keys import PrintKey
from adyton.prints.matches import FileMatch, Match
from adyton.prints.places import Hashes, Printed, print_text, to_hashes
from adyton.prints.postings import Meeting, Postings, meet, postings_of, with_added
from adyton.prints.runs import Hit, find_runs, merge, share_ppm
from adyton.prints.wholes import FileIndex
from adyton.terms import AssetId, CopyId, Malformed, Span, VersionId

MOST_PLACES = 4096  # a hash with more places than this says nothing
MOST_ALIGNED = 8  # sources that are looked at closely, best first
FLOOR_MILLI = 100  # weight of a hash that very many hold: echoing an answer cannot erase it
ALIKE_PERCENT = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Whose prints were added. `group`: hashes are common if several groups hold them."""

    asset: AssetId
    version: VersionId | None
    copy: CopyId | None
    group: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Weighed:
    """The meeting of a text with the sources of one kind, weighed. Arrays run along the pairs."""

    meeting: Meeting
    weights: npt.NDArray[np.int64]  # thousandths
    unique: npt.NDArray[np.bool_]


class PrintIndex:
    """Finds of which versions and answers a text holds content.

    One thread adds; any thread may match meanwhile and sees what was added before it began.
    """

    def __init__(self, key: PrintKey) -> None:
        self._key = key
        self._sources: list[Source] = []
        self._groups: dict[str, int] = {}
        self._tiers: dict[BlobKind, tuple[Postings, ...]] = {
            BlobKind.TEXT: (),
            BlobKind.ANSWER: (),
        }
        self._background: Hashes = np.zeros(0, dtype=np.uint64)
        self._files = FileIndex(key)

    def add(self, *, asset: AssetId, version: VersionId, blob: bytes) -> None:
        """Know a version by its text prints or by the prints of one of its files."""
        kind, plain = unseal(blob, self._key)
        if kind is BlobKind.FILE:
            self._files.add(asset=asset, version=version, plain=plain)
        elif kind is BlobKind.TEXT:
            printed = unpack(plain)
            source = self._source(printed, asset, version, None, group=asset)
            self._add(kind, printed, source)
        else:
            raise Malformed("print blob: not of a version")

    def add_answer(self, *, asset: AssetId, copy: CopyId, blob: bytes) -> None:
        """Know an answer of the endpoint `asset` by its prints."""
        kind, plain = unseal(blob, self._key)
        if kind is not BlobKind.ANSWER:
            raise Malformed("print blob: not of an answer")
        printed = unpack(plain)
        self._add(kind, printed, self._source(printed, asset, None, copy, group=copy))

    def exclude(self, blob: bytes) -> None:
        """Never count the hashes of this public background as evidence."""
        kind, plain = unseal(blob, self._key)
        if kind is not BlobKind.BACKGROUND:
            raise Malformed("print blob: not of public background")
        self._background = np.union1d(self._background, to_hashes(plain))

    def match(self, text: str) -> tuple[Match, ...]:
        """The versions that `text` holds content of, best first, then the answers."""
        asked = print_text(text, self._key, shingles=True)
        public = _among(asked.hashes, self._background)
        asked = Printed(
            hashes=asked.hashes[~public],
            starts=asked.starts[~public],
            ends=asked.ends[~public],
            length=asked.length,
        )
        return self._match(BlobKind.TEXT, asked) + self._match(BlobKind.ANSWER, asked)

    def match_file(
        self, *, sha256: str, size_bytes: int, blocks: Sequence[str]
    ) -> tuple[FileMatch, ...]:
        """The versions that a file holds blocks of, given what `intake.digest_file` says of it."""
        return self._files.match(sha256=sha256, size_bytes=size_bytes, blocks=blocks)

    def knows_files(self) -> bool:
        """Whether any file prints were added, so that reading binary files is worth it."""
        return bool(self._files)

    def _source(
        self,
        printed: Printed,
        asset: AssetId,
        version: VersionId | None,
        copy: CopyId | None,
        *,
        group: str,
    ) -> Source:
        number = self._groups.setdefault(group, len(self._groups))
        return Source(asset=asset, version=version, copy=copy, group=number, length=printed.length)

    def _add(self, kind: BlobKind, printed: Printed, source: Source) -> None:
        self._sources.append(source)  # before the postings that point to it
        added = postings_of(printed, len(self._sources) - 1)
        self._tiers[kind] = with_added(self._tiers[kind], added)

    def _match(self, kind: BlobKind, asked: Printed) -> tuple[Match, ...]:
        weighed = self._weigh(asked, meet(self._tiers[kind], asked.hashes, most=MOST_PLACES))
        sources = weighed.meeting.sources
        totals = np.bincount(sources, weights=weighed.weights) if len(sources) else np.zeros(0)
        best = np.argsort(-totals, kind="stable")[:MOST_ALIGNED]
        found = [
            match
            for number in best[totals[best] > 0].tolist()
            if (match := self._align(number, asked, weighed)) is not None
        ]
        found.sort(key=lambda match: (-match.evidence_milli, -match.unique))
        return tuple(_with_alike(match, found) for match in found)

    def _weigh(self, asked: Printed, meeting: Meeting) -> _Weighed:
        """Weigh each pair by how many groups hold its hash, and see whose it is alone."""
        groups = np.array([source.group for source in self._sources], dtype=np.int64)
        distinct, hashes = np.unique(asked.hashes[meeting.asked], return_inverse=True)
        holders = _holders(hashes, groups[meeting.sources], len(distinct))
        single = _holders(hashes, meeting.sources, len(distinct)) == 1
        weights = np.maximum(1000 // np.maximum(holders, 1), FLOOR_MILLI)
        return _Weighed(meeting=meeting, weights=weights[hashes], unique=single[hashes])

    def _align(self, number: int, asked: Printed, weighed: _Weighed) -> Match | None:
        runs = find_runs(_hits(np.flatnonzero(weighed.meeting.sources == number), asked, weighed))
        if not runs:
            return None
        used = [hit for run in runs for hit in run.hits]
        source = self._sources[number]
        spans = merge(hit.source for hit in used)
        return Match(
            asset=source.asset,
            version=source.version,
            copy=source.copy,
            spans_text=merge(hit.text for hit in used),
            spans_source=spans,
            source_chars=source.length,
            share_ppm=share_ppm(spans, source.length),
            evidence_milli=sum({hit.hash: hit.weight_milli for hit in used}.values()),
            unique=len({hit.hash for hit in used if hit.unique}),
            alike=0,
        )


def _hits(at: npt.NDArray[np.int64], asked: Printed, weighed: _Weighed) -> list[Hit]:
    """The pairs at `at`, as hits."""
    meeting = weighed.meeting
    which = meeting.asked[at]
    columns = (
        asked.hashes[which],
        asked.starts[which],
        asked.ends[which],
        meeting.starts[at],
        meeting.ends[at],
        weighed.weights[at],
        weighed.unique[at],
    )
    return [
        Hit(
            hash=hash_,
            text=Span(start=start, end=end),
            source=Span(start=source_start, end=source_end),
            weight_milli=weight,
            unique=unique,
        )
        for hash_, start, end, source_start, source_end, weight, unique in zip(
            *(column.tolist() for column in columns), strict=True
        )
    ]


def _among(asked: Hashes, held: Hashes) -> npt.NDArray[np.bool_]:
    """Which of `asked` stand in `held`, which is sorted."""
    left = np.searchsorted(held, asked, side="left")
    return np.searchsorted(held, asked, side="right") > left


def _holders(
    hashes: npt.NDArray[np.int64], owners: npt.NDArray[np.int64], count: int
) -> npt.NDArray[np.int64]:
    """How many different owners hold each hash."""
    several = int(owners.max(initial=0)) + 1
    pairs = np.unique(hashes * several + owners)
    return np.bincount(pairs // several, minlength=count)


def _with_alike(match: Match, found: list[Match]) -> Match:
    enough = match.evidence_milli * ALIKE_PERCENT // 100
    others = [other for other in found if other is not match and other.evidence_milli >= enough]
    return replace(match, alike=len(others))
