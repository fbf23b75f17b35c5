"""Trusted files on a local disk: written whole, flushed, renamed, and their folder flushed.

After `write_durably` returns the new bytes survive a power cut; killed before, the old ones stand.
"""

import base64
import binascii
import contextlib
import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from adyton.ledger.ports import Head
from adyton.terms.errors import Conflict, Malformed, Tampered, Unavailable

PRIVATE = 0o600
_FOLDER_MODE = 0o700
_MAX_PATH = 200
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
_NAME = re.compile(r"[0-9a-f]{64}")
_ROOT_BYTES = 32


def write_durably(path: Path, data: bytes, *, mode: int = PRIVATE) -> None:
    """Put `data` at `path`, all or nothing; makes missing folders (private ones).

    One writer per path. Raises Unavailable (disk full, no rights); then the old bytes stand.
    """
    fresh = path.with_name(f".{path.name}.new")
    try:
        make_folder(path.parent)
        try:
            _write_new(fresh, data, mode)
            fresh.replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)
            raise
        flush_folder(path.parent)
    except OSError as error:
        raise Unavailable(
            f"{path.name} could not be written", mend="look for a full disk or missing rights"
        ) from error


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, durably, readable by the owner alone."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
    flush_folder(folder.parent)


def flush_folder(folder: Path) -> None:
    """Make renames and new names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_if_there(path: Path) -> bytes | None:
    """The bytes of a file, or None if there is none. Raises Unavailable."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unavailable(f"{path.name} could not be read", mend="look at its rights") from error


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file `path` alone, among threads and processes."""
    try:
        make_folder(path.parent)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
    except OSError as error:
        raise Unavailable(f"{path.name} could not be opened", mend="look at its rights") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


class LocalFiles:
    """`TreeFiles` below one folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, path: str) -> bytes | None:
        """The bytes at `path`, or None."""
        return read_if_there(self._at(path))

    def write(self, path: str, data: bytes) -> None:
        """Put `data` at `path`; the same bytes again cost no write."""
        place = self._at(path)
        if read_if_there(place) != data:
            write_durably(place, data)

    def drop(self, folder: str) -> None:
        """Remove a folder of files. What cannot be removed does no harm: it is never read."""
        shutil.rmtree(self._at(folder), ignore_errors=True)

    def _at(self, path: str) -> Path:
        """The one place that `path` means: strangers may ask for a path over HTTP.

        Only the form that tlog-tiles writes is a path here: no second spelling of a file, no
        root ("/", but also "//"), no step upward, no byte that a file system could trip over.
        """
        if len(path) > _MAX_PATH or _PLAIN_PATH.fullmatch(path) is None:
            raise Malformed("a path leaves its folder")
        return self._root / path


class LocalHead:
    """A `HeadStore` in one file: size, root, size before; a line each."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Head | None:
        """The last head."""
        data = read_if_there(self._path)
        return None if data is None else _parse_head(data, self._path.name)

    def swap(self, old: Head | None, new: Head) -> None:
        """Replace `old` by `new`."""
        with locked(self._path.with_name(f"{self._path.name}.lock")):
            if self.load() != old:
                raise Conflict("the head moved: somebody else signs for this log")
            write_durably(self._path, _head_bytes(new))


class LocalWitnessMemory:
    """A `WitnessMemory` in one folder: `<hex sha256(origin)>/checkpoint`, as witnesses serve it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, origin: str) -> bytes | None:
        """The last checkpoint of a log."""
        return read_if_there(self._at(origin))

    def swap(self, origin: str, old: bytes | None, new: bytes) -> None:
        """Replace `old` by `new`."""
        with locked(self._folder / "memory.lock"):
            if self.load(origin) != old:
                raise Conflict("the witness's memory moved")
            write_durably(self._at(origin), new)

    def show(self, name: str) -> bytes | None:
        """The last checkpoint kept under `name`, the hex SHA-256 of a log's origin."""
        return read_if_there(self._under(name)) if _NAME.fullmatch(name) else None

    def _at(self, origin: str) -> Path:
        return self._under(hashlib.sha256(origin.encode()).hexdigest())

    def _under(self, name: str) -> Path:
        return self._folder / name / "checkpoint"


def _write_new(path: Path, data: bytes, mode: int) -> None:
    path.unlink(missing_ok=True)  # what an earlier kill left
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, mode), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _head_bytes(head: Head) -> bytes:
    return f"{head.size}\n{base64.b64encode(head.root).decode()}\n{head.before}\n".encode()


def _parse_head(data: bytes, name: str) -> Head:
    try:
        size, root, before = data.decode("ascii").splitlines()
        head = Head(size=int(size), root=base64.b64decode(root, validate=True), before=int(before))
    except (ValueError, binascii.Error) as error:
        raise Tampered(f"the head {name} is not readable") from error
    if _head_bytes(head) != data:
        raise Tampered(f"the head {name} is not in its one form")
    if len(head.root) != _ROOT_BYTES or not 0 <= head.before <= head.size:
        raise Tampered(f"the head {name} holds what no head can hold")
    return head
