"""Files of a home: folders, small files, the owner's lock.

What lies here is trusted unless the function says otherwise. Small files are written to a
temporary name, flushed, renamed, and the folder flushed.
"""

import fcntl
import os
from pathlib import Path

from adyton.terms import Conflict, Malformed, Missing, Unavailable

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600
LARGEST_SMALL_FILE = 64 * 1024 * 1024  # what one call may read into memory


class HomeLock:
    """The lock of the one process that owns a home; freed by the kernel when it dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def take(self) -> None:
        """Own the home, or raise Conflict if somebody does."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            raise Conflict(
                "another process owns this home", mend="use that one, or stop it first"
            ) from error
        self._descriptor = descriptor

    def free(self) -> None:
        """Give the home up."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def make_folder(path: Path) -> None:
    """A private folder at `path`, with its parents."""
    try:
        path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"cannot make the folder {path.name}: {error.strerror}") from error


def write_private(path: Path, content: bytes) -> None:
    """Put `content` at `path`, mode 0600, whole or not at all, durable on return."""
    scratch = path.with_name(f".{path.name}.new")
    try:
        descriptor = os.open(
            scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, PRIVATE_FILE
        )
        try:
            view = memoryview(content)
            while view:
                view = view[os.write(descriptor, view) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        scratch.replace(path)
        flush_folder(path.parent)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        raise Unavailable(
            f"cannot write {path.name}: {error.strerror}", mend="free space or mend permissions"
        ) from error


def flush_folder(path: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_small(path: Path, *, limit_bytes: int = LARGEST_SMALL_FILE) -> bytes:
    """The bytes of a file, at most `limit_bytes`. Raises Missing, Malformed (too large)."""
    try:
        if path.is_dir():
            raise Malformed(f"{path.name} is a folder, a file is needed")
        if path.stat().st_size > limit_bytes:
            raise Malformed(f"{path.name} is over {limit_bytes} bytes")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise Missing(f"there is no file {path.name}", mend="check the path") from error
    except OSError as error:
        raise Unavailable(
            f"cannot read {path.name}: {error.strerror}", mend="check its permissions"
        ) from error


def list_files(folder: Path) -> tuple[Path, ...]:
    """All regular files below `folder` in order of their paths; links are not followed."""
    if not folder.exists():
        raise Missing(f"there is no folder {folder.name}", mend="check the path")
    if folder.is_file():
        return (folder,)
    found = (p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
    return tuple(sorted(found))
