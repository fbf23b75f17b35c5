"""A signed list of files: path, size and SHA-256 of each, whose they are, and of which log.

    <version>
    case <id>                      `backup <time>` in a backup
    log <origin>
    file <sha256> <size> <path>    sorted by path

Signed as a note with exactly one line, the log's, and in its one form.
"""

import re
from dataclasses import dataclass

from adyton.crypto.checkpoints import parse_size
from adyton.crypto.notes import VerifierKey, open_note
from adyton.terms.errors import Malformed, Tampered

MANIFEST = "MANIFEST"
BUNDLE_VERSION = "adyton-bundle/v1"
BACKUP_VERSION = "adyton-backup/v1"
MAX_MANIFEST_BYTES = 16_000_000  # about 100,000 files
_WORDS = {BUNDLE_VERSION: "case", BACKUP_VERSION: "backup"}
_HEADER_LINES = 3
_DIGEST = re.compile(r"[0-9a-f]{64}")
_ID = re.compile(r"[a-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFile:
    """What a manifest states of one file."""

    path: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What it is of (the id of a case, the time of a backup), the log, and every other file."""

    case: str
    origin: str
    files: tuple[ListedFile, ...]
    version: str = BUNDLE_VERSION

    def to_text(self) -> str:
        """The text to be signed."""
        lines = [self.version, f"{_WORDS[self.version]} {self.case}", f"log {self.origin}"]
        lines += [f"file {one.sha256} {one.size_bytes} {one.path}" for one in self.files]
        return "\n".join(lines) + "\n"


def parse_manifest(text: str, *, version: str = BUNDLE_VERSION) -> Manifest:
    """The manifest of that version in a note's text. Raises Malformed."""
    lines = text.removesuffix("\n").split("\n")
    if len(lines) < _HEADER_LINES or lines[0] != version:
        raise Malformed("is not a manifest of version 1")
    word = f"{_WORDS[version]} "
    if not lines[1].startswith(word) or not lines[2].startswith("log "):
        raise Malformed("does not name its case and log")
    manifest = Manifest(
        version=version,
        case=lines[1].removeprefix(word),
        origin=lines[2].removeprefix("log "),
        files=tuple(_listed(line) for line in lines[_HEADER_LINES:]),
    )
    paths = [one.path for one in manifest.files]
    if paths != sorted(set(paths)) or MANIFEST in paths or not _ID.fullmatch(manifest.case):
        raise Malformed("has files out of order, doubled, or no proper case id")
    return manifest


def open_manifest(data: bytes, log: VerifierKey, *, version: str = BUNDLE_VERSION) -> Manifest:
    """The manifest signed by `log`, in its one form. Raises Malformed or Tampered."""
    note = open_note(data, (log,), limit_bytes=MAX_MANIFEST_BYTES)
    manifest = parse_manifest(note.text, version=version)
    if len(note.signatures) != 1 or note.to_bytes() != data or manifest.to_text() != note.text:
        raise Tampered("is not in its one form with one signature")
    if manifest.origin != log.name:
        raise Tampered("is of another log")
    return manifest


def check_path(path: str) -> None:
    """Raise Malformed unless `path` stays inside the bundle and prints as it is."""
    parts = path.split("/")
    if not path.isprintable() or "\\" in path or any(part in {"", ".", ".."} for part in parts):
        raise Malformed("a path is not a plain one inside the bundle")


def _listed(line: str) -> ListedFile:
    word, _, rest = line.partition(" ")
    digest, _, rest = rest.partition(" ")
    size, _, path = rest.partition(" ")
    if word != "file" or not _DIGEST.fullmatch(digest):
        raise Malformed("has a line that is not of a file")
    check_path(path)
    return ListedFile(
        path=path, sha256=digest, size_bytes=parse_size(size, what="the size of a file")
    )
