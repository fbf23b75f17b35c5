"""What a sweep looks at and what it answers."""

from dataclasses import dataclass
from enum import StrEnum

from adyton.terms import AssetId, CopyId, CredentialId, Span, VersionId


class PlaceKind(StrEnum):
    """What a place is, and so what would be wrong in it."""

    FOLDER = "folder"  # any folder: our content or keys should not lie here
    HOME = "home"  # our own home: no plaintext, nothing readable by others
    TEMPORARY = "temporary"  # our own scratch folder: empty when idle
    STORE_CONFIG = "store_config"  # saved configuration of object stores, one JSON per bucket


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place to look at. `path` is absolute."""

    kind: PlaceKind
    path: str


class ExposureKind(StrEnum):
    """What is wrong."""

    CONTENT = "content"  # protected text
    WEIGHTS = "weights"  # blocks of a protected file
    CREDENTIAL = "credential"  # a key of ours
    PERMISSION = "permission"  # others may read or write what only we should
    LEFTOVER = "leftover"  # a file in scratch space that should be empty
    STORE = "store"  # an object store that lets others in


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """One thing that lies where it should not.

    `detail` is a fixed word, never content. `path` is relative to the place; with `inside`, the
    name of the member of an archive. Spans are characters of the text, or bytes of the file.
    """

    kind: ExposureKind
    place: Place
    path: str
    detail: str
    inside: str = ""
    asset: AssetId | None = None
    version: VersionId | None = None
    copy: CopyId | None = None
    credential: CredentialId | None = None
    spans: tuple[Span, ...] = ()
    share_ppm: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NotScanned:
    """A file whose content nobody looked at, and why."""

    place: Place
    path: str
    reason: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepResult:
    """All of one sweep. Coverage: `scanned_files` of `scanned_files + len(not_scanned)`."""

    places: tuple[Place, ...]
    exposures: tuple[Exposure, ...]
    scanned_files: int
    scanned_bytes: int
    not_scanned: tuple[NotScanned, ...]
    took_s: int
