"""What intake takes and what it gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from adyton.terms import ExhibitId, SegmentId, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Six kinds of time, kept apart; integer epoch seconds, 0 = not known.

    `event`: the thing itself (a file's last change); `posted`: made public or sent; `captured`:
    a picture or export was taken; `acquired`: it came into our hands; `ingested`: it was read
    here; `recorded`: its fact was recorded. What comes out of the bytes is a claim of whoever made
    them.
    """

    event_s: int = 0
    posted_s: int = 0
    captured_s: int = 0
    acquired_s: int = 0
    ingested_s: int = 0
    recorded_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RawFile:
    """A file as brought: name, bytes, and what the bringer knows of it."""

    name: str
    data: bytes
    times: Times = field(default_factory=Times)
    provenance: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A statement with nothing to show for it ("we have the weights"). An exhibit too."""

    text: str
    times: Times = field(default_factory=Times)
    provenance: Mapping[str, str] = field(default_factory=dict)


class SegmentKind(StrEnum):
    """What kind of text a segment is."""

    TEXT = "text"
    MESSAGE = "message"  # one message of a chat or mail
    RECORDS = "records"  # strings out of structured data
    CLAIM = "claim"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """One thing found outside, or one member of it. `form` is what opened it, or what it seems.

    `blocks` are the digests of 64 KiB blocks, for binary forms only. `parent` is the archive or
    mail it came from. `posted_known`: the time of posting is the bringer's word, not the bytes'.
    """

    id: ExhibitId
    parent: ExhibitId | None
    name: str
    form: str
    sha256: str
    size_bytes: int
    blocks: tuple[str, ...]
    times: Times
    provenance: Mapping[str, str]
    posted_known: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A piece of text that can be matched.

    `origin` is where it lies in the exhibit, in bytes. `anchors` are pairs (place in `text`,
    place in the exhibit in bytes), ascending: text between two anchors follows the first.
    """

    id: SegmentId
    exhibit: ExhibitId
    kind: SegmentKind
    text: str
    origin: Span
    anchors: tuple[tuple[int, int], ...]
    posted_s: int
    provenance: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """What was not read, wholly or in part, and why."""

    exhibit: ExhibitId
    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """All that was found. `contained_by` lists the limits of the kernel that held while reading.

    Empty means that it was read in the caller's own process.
    """

    exhibits: tuple[Exhibit, ...]
    segments: tuple[Segment, ...]
    unread: tuple[Unread, ...]
    contained_by: tuple[str, ...] = ()
