"""What the timeline holds: a list of segments with the digest of every file, and their check.

    timeline/segments.json           its own SHA-256 in hex on the first line, then the list
    timeline/facts/<start>-<end>.…   Parquet: all columns; names by name; words; and grams of words
    timeline/rows/<source>.…         one foreign log in parts, and grams of what it says

A file that is not on the list is none: it is left over from a kill, and the next writer removes it.
"""

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

import msgspec

from adyton.terms import Conflict, Tampered, Unavailable

FORMAT = 2
LIST = "segments.json"
_PLAIN = re.compile(
    r"facts/[0-9]{12}-[0-9]{12}\.((main|names|words)\.parquet|grams)"
    r"|rows/[a-z0-9_]{1,80}\.([0-9]{1,4}\.parquet|grams)"
)
_BLOCK = 1 << 20
_PRIVATE = 0o600
_FOLDER = 0o700


class SegmentFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file: its name below the timeline's folder, and what its bytes hash to."""

    name: str
    sha256: str


class FactSegment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Facts from `start` up to but without `end`; `last` is the receipt of the last of them.

    `grams` holds a bitmap for each `block` of facts in a row.
    """

    start: int
    end: int
    block: int
    time_from: int
    time_to: int
    last: str
    main: SegmentFile
    names: SegmentFile
    words: SegmentFile
    grams: SegmentFile

    @property
    def files(self) -> tuple[SegmentFile, ...]:
        """All its files."""
        return (self.main, self.names, self.words, self.grams)


class RowSegment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rows of one foreign log, which came in with fact `entry`, sealed under key `key_id`."""

    source: str
    entry: int
    key_id: str
    rows: int
    time_from: int
    time_to: int
    parts: tuple[SegmentFile, ...]
    grams: SegmentFile

    @property
    def files(self) -> tuple[SegmentFile, ...]:
        """Its files."""
        return (*self.parts, self.grams)


class SegmentList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that is there; facts are whole from 0 to `end`."""

    format: int = FORMAT
    facts: tuple[FactSegment, ...] = ()
    rows: tuple[RowSegment, ...] = ()

    @property
    def end(self) -> int:
        """The index behind the last fact."""
        return self.facts[-1].end if self.facts else 0


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a file looked like when its digest was found right."""

    inode: int
    size: int
    changed_ns: int
    sha256: str


class Segments:
    """The folder of one timeline. `write` puts a small file down durably."""

    def __init__(self, folder: Path, *, write: Callable[[Path, bytes], None]) -> None:
        self.folder = folder
        self._write = write
        self._seen: dict[str, _Seen] = {}

    def is_there(self) -> bool:
        """Whether there is a list."""
        return (self.folder / LIST).exists()

    def load(self) -> SegmentList:
        """The list; an empty one where there is none. Raises Tampered for one that is damaged."""
        try:
            data = (self.folder / LIST).read_bytes()
        except FileNotFoundError:
            return SegmentList()
        except OSError as error:
            raise Unavailable("the timeline cannot be read", mend="look at its rights") from error
        digest, _, text = data.partition(b"\n")
        if digest != hashlib.sha256(text).hexdigest().encode():
            raise Tampered(f"timeline/{LIST} is damaged", mend="it is made again by itself")
        try:
            found = msgspec.json.decode(text, type=SegmentList)
        except msgspec.DecodeError as error:
            raise Tampered(f"timeline/{LIST} is of another form") from error
        _check(found)
        return found

    def store(self, found: SegmentList) -> None:
        """Make this the list, durably."""
        text = msgspec.json.encode(found)
        digest = hashlib.sha256(text).hexdigest().encode()
        self._write(self.folder / LIST, digest + b"\n" + text)

    def path(self, file: SegmentFile) -> str:
        """Where a file lies."""
        return str(self.folder / file.name)

    def problem(self, files: Iterable[SegmentFile]) -> str:
        """What is wrong with the first file that is not as it was written; "" if none is.

        A file is hashed when this process first meets it, whenever it looks changed, and when
        `look_again` asks for it.
        """
        for file in files:
            try:
                if not self._holds(file):
                    return f"timeline/{file.name} is damaged"
            except FileNotFoundError:
                return f"timeline/{file.name} is missing"
            except OSError:
                return f"timeline/{file.name} cannot be read"
        return ""

    def look_again(self) -> None:
        """Hash one file again at its next look, the one that was not hashed for longest.

        A disk may change a bit and leave the file's times as they were.
        """
        if self._seen:
            del self._seen[next(iter(self._seen))]

    def make_folders(self) -> None:
        """The folders, for their owner alone."""
        for place in (self.folder, self.folder / "facts", self.folder / "rows"):
            place.mkdir(mode=_FOLDER, parents=True, exist_ok=True)

    def read(self, file: SegmentFile) -> bytes:
        """The bytes of a small file, as they were written. Raises Tampered."""
        data = (self.folder / file.name).read_bytes()
        if hashlib.sha256(data).hexdigest() != file.sha256:
            raise Tampered(f"timeline/{file.name} is damaged", mend="it is made again by itself")
        return data

    def put(self, name: str, data: bytes) -> SegmentFile:
        """A small file, durable."""
        self._write(self.folder / name, data)
        return SegmentFile(name=name, sha256=hashlib.sha256(data).hexdigest())

    def fresh(self, name: str) -> Path:
        """An empty private file under a temporary name, to be filled and then `settle`d."""
        place = self.folder / f"{name}.new"
        os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, _PRIVATE))
        return place

    def settle(self, name: str) -> SegmentFile:
        """Flush a filled file, give it its name, flush the folder."""
        place = self.folder / name
        filled = self.folder / f"{name}.new"
        digest = _digest(filled, flush=True)
        filled.replace(place)
        flush_folder(place.parent)
        return SegmentFile(name=name, sha256=digest)

    def remove_cursors(self) -> None:
        """Let every follower begin anew."""
        for one in self.folder.glob("*.cursor"):
            one.unlink(missing_ok=True)
        flush_folder(self.folder)

    def remove_strays(self, found: SegmentList) -> None:
        """Remove every file that is not on the list."""
        listed = set(_names(found))
        for kind in ("facts", "rows"):
            strays = [
                one for one in (self.folder / kind).iterdir() if f"{kind}/{one.name}" not in listed
            ]
            for one in strays:
                one.unlink(missing_ok=True)
            if strays:
                flush_folder(self.folder / kind)

    def _holds(self, file: SegmentFile) -> bool:
        path = self.folder / file.name
        looks = path.stat()
        now = _Seen(looks.st_ino, looks.st_size, looks.st_mtime_ns, file.sha256)
        if self._seen.get(file.name) == now:
            return True
        if _digest(path, flush=False) != file.sha256:
            return False
        self._seen.pop(file.name, None)  # so that the order is that of hashing
        self._seen[file.name] = now
        return True


@contextmanager
def writer_lock(folder: Path) -> Iterator[None]:
    """While inside: no other process writes this timeline. Raises Conflict if one does."""
    try:
        folder.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
        place = os.open(folder / "writer.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _PRIVATE)
    except OSError as error:
        raise Unavailable("the timeline cannot be written", mend="look at its rights") from error
    try:
        flock(place, LOCK_EX | LOCK_NB)
    except OSError as error:
        os.close(place)
        raise Conflict("another process writes the timeline") from error
    try:
        yield
    finally:
        os.close(place)


def flush_folder(place: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _digest(path: Path, *, flush: bool) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
        if flush:
            os.fsync(file.fileno())
    return digest.hexdigest()


def _names(found: SegmentList) -> Iterator[str]:
    """The names of all files on the list."""
    for facts in found.facts:
        yield from (file.name for file in facts.files)
    for rows in found.rows:
        yield from (file.name for file in rows.files)


def _check(found: SegmentList) -> None:
    starts = [one.start for one in found.facts]
    whole = starts == [0, *(one.end for one in found.facts)][: len(starts)]
    if (
        found.format != FORMAT
        or not whole
        or not all(_PLAIN.fullmatch(one) for one in _names(found))
    ):
        raise Tampered(f"timeline/{LIST} is of another form")
