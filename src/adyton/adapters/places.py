"""Places on this machine's disks: reading only, no link followed, nothing outside. Stores nothing.

Every path is walked from the place downwards by directory handles with `O_NOFOLLOW`, so that a
link that is planted between listing and reading leads nowhere.
"""

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from adyton.sweep import Found, FoundKind, Place
from adyton.terms import Missing, Unavailable

CHUNK_BYTES = 1024 * 1024
DEEPEST = 64  # folders within folders; deeper ones are reported as closed
FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK  # a pipe cannot block us


def temporary_folder() -> str:
    """Where programs of this user put their temporary files."""
    return tempfile.gettempdir()


class LocalPlaces:
    """Port `Places`: folders of the local file system, or a single file as a place."""

    def walk(self, place: Place) -> Iterator[Found]:
        """Everything below the place, in the order of names. Raises Missing."""
        try:
            status = os.lstat(place.path)
        except OSError as error:
            raise Missing("a place to sweep is not there", mend="check the path") from error
        if stat.S_ISDIR(status.st_mode):
            handle = os.open(place.path, FOLDER_FLAGS)
            try:
                yield from _below(handle, "", 0)
            finally:
                os.close(handle)
        else:
            yield _found("", status)

    def read(self, place: Place, path: str) -> Iterator[bytes]:
        """The bytes of one file in chunks. Raises Unavailable where it cannot be read."""
        try:
            with _opened(place, path) as handle:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    raise Unavailable("not a plain file any more")
                while chunk := os.read(handle, CHUNK_BYTES):
                    yield chunk
        except OSError as error:
            raise Unavailable("cannot be read") from error


@contextmanager
def _opened(place: Place, path: str) -> Iterator[int]:
    """A handle of the file, reached step by step from the place."""
    with ExitStack() as handles:
        if not path:
            here = os.open(place.path, FILE_FLAGS)
            handles.callback(os.close, here)
        else:
            *folders, name = path.split("/")
            if ".." in folders or name == "..":
                raise Unavailable("a path that leads upwards")
            here = os.open(place.path, FOLDER_FLAGS)
            handles.callback(os.close, here)
            for folder in folders:
                here = os.open(folder, FOLDER_FLAGS, dir_fd=here)
                handles.callback(os.close, here)
            here = os.open(name, FILE_FLAGS, dir_fd=here)
            handles.callback(os.close, here)
        yield here


def _below(handle: int, path: str, depth: int) -> Iterator[Found]:
    for name in sorted(os.listdir(handle)):
        inner = f"{path}/{name}" if path else name
        try:
            status = os.stat(name, dir_fd=handle, follow_symlinks=False)
        except OSError:
            continue  # gone since it was listed
        if not stat.S_ISDIR(status.st_mode):
            yield _found(inner, status)
            continue
        try:
            folder = os.open(name, FOLDER_FLAGS, dir_fd=handle)
        except OSError:
            yield _closed(inner)
            continue
        try:
            if depth >= DEEPEST:
                yield _closed(inner)
            else:
                yield from _below(folder, inner, depth + 1)
        finally:
            os.close(folder)


def _closed(path: str) -> Found:
    return Found(path=path, kind=FoundKind.CLOSED, size_bytes=0, mode=0)


def _found(path: str, status: os.stat_result) -> Found:
    kind = FoundKind.OTHER
    if stat.S_ISREG(status.st_mode):
        kind = FoundKind.FILE
    elif stat.S_ISLNK(status.st_mode):
        kind = FoundKind.LINK
    return Found(path=path, kind=kind, size_bytes=status.st_size, mode=stat.S_IMODE(status.st_mode))
