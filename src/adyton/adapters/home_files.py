"""Files of a home and of a command: folders, small files, streams, the owner's lock.

What lies here is trusted unless the function says otherwise. Files are written to a temporary
name, flushed, renamed, and the folder flushed: whole or not at all, durable on return.
"""

import fcntl
import hashlib
import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from adyton.terms import Conflict, Malformed, Missing, Unavailable

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600
LARGEST_SMALL_FILE = 64 * 1024 * 1024  # what one call may read into memory
BLOCK_BYTES = 1024 * 1024
WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK  # a pipe cannot block us
MEND_WRITE = "free space or mend permissions"
MEND_READ = "check its permissions"


class HomeLock:
    """The lock of the one process that owns a home; freed by the kernel when it dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def take(self) -> None:
        """Own the home, or raise Conflict if somebody does."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
        except OSError as error:
            raise Unavailable(f"cannot lock the home: {error.strerror}", mend=MEND_WRITE) from error
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
        raise Unavailable(
            f"cannot make the folder {path.name}: {error.strerror}", mend=MEND_WRITE
        ) from error


def is_in_use(path: Path) -> bool:
    """Whether something stands at `path`: a file, or a folder that is not empty."""
    try:
        return path.exists() and (not path.is_dir() or any(path.iterdir()))
    except OSError as error:
        raise Unavailable(f"cannot read {path.name}: {error.strerror}", mend=MEND_READ) from error


def remove(path: Path) -> None:
    """Take a file or folder away, as far as it can be; nothing where there is none."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def write_private(path: Path, content: bytes) -> None:
    """Put `content` at `path`, mode 0600, whole or not at all, durable on return."""
    write_stream(path, (content,))


def write_stream(path: Path, pieces: Iterable[bytes]) -> str:
    """Put `pieces` at `path`, mode 0600, whole or not at all, durable; their SHA-256 in hex."""
    digest = hashlib.sha256()
    scratch = path.with_name(f".{path.name}.new")
    try:
        descriptor = os.open(scratch, WRITE, PRIVATE_FILE)
        try:
            for piece in pieces:
                digest.update(piece)
                view = memoryview(piece)
                while view:
                    view = view[os.write(descriptor, view) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        scratch.replace(path)
        flush_folder(path.parent)
    except OSError as error:
        raise Unavailable(f"cannot write {path.name}: {error.strerror}", mend=MEND_WRITE) from error
    finally:
        drop(scratch)
    return digest.hexdigest()


def drop(path: Path) -> None:
    """Take a scratch file away; where its folder is out of reach there is none."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return


def reserve(path: Path) -> None:
    """Claim the name `path` for a file to come. Raises Conflict if it is taken, Unavailable."""
    make_folder(path.parent)
    try:
        os.close(os.open(path, WRITE | os.O_EXCL, PRIVATE_FILE))
    except FileExistsError as error:
        raise Conflict(f"{path.name} exists already", mend="choose a new file") from error
    except OSError as error:
        raise Unavailable(f"cannot write {path.name}: {error.strerror}", mend=MEND_WRITE) from error


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
            raise Malformed(f"{path.name} is a folder", mend="give a file")
        with path.open("rb") as file:
            content = file.read(limit_bytes + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Missing(f"there is no file {path.name}", mend="check the path") from error
    except OSError as error:
        raise Unavailable(f"cannot read {path.name}: {error.strerror}", mend=MEND_READ) from error
    if len(content) > limit_bytes:
        raise Malformed(f"{path.name} is over {limit_bytes} bytes", mend="give a smaller file")
    return content


def size_of(path: Path) -> int:
    """A file's size in bytes. Raises Missing, Unavailable."""
    try:
        return path.stat().st_size
    except FileNotFoundError as error:
        raise Missing(f"there is no file {path.name}", mend="check the path") from error
    except OSError as error:
        raise Unavailable(f"cannot read {path.name}: {error.strerror}", mend=MEND_READ) from error


def read_blocks(path: Path) -> Iterator[bytes]:
    """A regular file's bytes in blocks. A link in its place is not followed: Unavailable."""
    try:
        descriptor = os.open(path, READ)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Malformed(f"{path.name} is no regular file", mend="give a file")
            while block := os.read(descriptor, BLOCK_BYTES):
                yield block
        finally:
            os.close(descriptor)
    except FileNotFoundError as error:
        raise Missing(f"there is no file {path.name}", mend="check the path") from error
    except OSError as error:
        raise Unavailable(f"cannot read {path.name}: {error.strerror}", mend=MEND_READ) from error


def list_files(place: Path) -> tuple[Path, ...]:
    """The file at `place`, or all regular files below it in order; links are not followed.

    Raises Missing, and Unavailable for a folder that cannot be looked into: what is not seen
    must not pass for empty.
    """
    try:
        status = place.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Missing(f"there is nothing at {place.name}", mend="check the path") from error
    except OSError as error:
        raise Unavailable(f"cannot read {place.name}: {error.strerror}", mend=MEND_READ) from error
    if not stat.S_ISDIR(status.st_mode):
        return (place,)
    return tuple(sorted(_below(place)))


def _below(folder: Path) -> Iterator[Path]:
    try:
        for entry in os.scandir(folder):
            if entry.is_dir(follow_symlinks=False):
                yield from _below(Path(entry.path))
            elif entry.is_file(follow_symlinks=False):
                yield Path(entry.path)
    except OSError as error:
        raise Unavailable(f"cannot read {folder.name}: {error.strerror}", mend=MEND_READ) from error
