"""Sealed versions in local files: `<root>/<asset>/<version>/…`, drafts under `<root>/.draft`.

Trusted to keep: a file is written, flushed, and its folder flushed before `put` returns; a
version appears by one rename. Drafts that an earlier process left are removed at the start: they
are disposable. Files are 0600, folders 0700. What lies here is ciphertext, hashes and sizes.
"""

import contextlib
import errno
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from adyton.terms import AssetId, Conflict, Malformed, Missing, Span, Unavailable, VersionId

_DRAFTS = ".draft"
_NAME = re.compile(r"[a-z0-9_]+(\.[a-z]+)?(/[a-z0-9_]+(\.[a-z]+)?)?")
_ID = re.compile(r"[a-z]{3}_[a-z2-7]{26}")


class LocalShelf:
    """The `SealedShelf` port of the vault over one folder, owned by one process."""

    def __init__(self, root: Path) -> None:
        self._root = root
        with _disk():
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.rmtree(root / _DRAFTS, ignore_errors=True)
            (root / _DRAFTS).mkdir(mode=0o700)
            _flush_folder(root)

    def put(self, asset: AssetId, version: VersionId, name: str, blocks: Iterable[bytes]) -> int:
        """Write one file of a draft, durably. Raises Conflict for a name already written."""
        path = self._draft(asset, version) / _checked(name)
        with _disk():
            for folder in (path.parent.parent, path.parent):
                folder.mkdir(mode=0o700, exist_ok=True)
            length = _write(path, blocks)
            _flush_folder(path.parent)
            _flush_folder(path.parent.parent)
        return length

    def publish(self, asset: AssetId, version: VersionId) -> None:
        """Rename the draft into its place. Raises Conflict if a version is there."""
        place = self._place(asset, version)
        with _disk():
            place.parent.mkdir(mode=0o700, exist_ok=True)
            _flush_folder(self._root)
            if place.exists():
                raise Conflict("this version is on the shelf already")
            self._draft(asset, version).rename(place)
            _flush_folder(place.parent)

    def discard(self, asset: AssetId, version: VersionId) -> None:
        """Remove draft and version."""
        for folder in (self._draft(asset, version), self._place(asset, version)):
            shutil.rmtree(folder, ignore_errors=True)

    def read(self, asset: AssetId, version: VersionId, name: str, span: Span) -> bytes:
        """The bytes of `span`, fewer only where the file ends."""
        with _disk(), self._find(asset, version, name).open("rb", buffering=0) as file:
            pieces, at = [], span.start
            while at < span.end:
                piece = os.pread(file.fileno(), span.end - at, at)
                if not piece:
                    break
                pieces.append(piece)
                at += len(piece)
        return b"".join(pieces)

    def size(self, asset: AssetId, version: VersionId, name: str) -> int:
        """The file's length."""
        with _disk():
            return self._find(asset, version, name).stat().st_size

    def _find(self, asset: AssetId, version: VersionId, name: str) -> Path:
        inner = _checked(name)
        for folder in (self._place(asset, version), self._draft(asset, version)):
            if (folder / inner).is_file():
                return folder / inner
        raise Missing("nothing of that name lies on the shelf")

    def _place(self, asset: AssetId, version: VersionId) -> Path:
        return self._root / _checked_id(asset) / _checked_id(version)

    def _draft(self, asset: AssetId, version: VersionId) -> Path:
        return self._root / _DRAFTS / f"{_checked_id(asset)}.{_checked_id(version)}"


def _write(path: Path, blocks: Iterable[bytes]) -> int:
    length = 0
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError as error:
        raise Conflict("this file of the draft was written already") from error
    with os.fdopen(descriptor, "wb") as file:
        for block in blocks:
            length += file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return length


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise Missing("nothing of that name lies on the shelf") from error
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        raise Unavailable(
            "the shelf's disk is full" if full else "the shelf cannot be read or written",
            mend="free space on it" if full else "check the disk and the folder's rights",
        ) from error


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise Malformed("not a name for the shelf")
    return name


def _checked_id(identity: str) -> str:
    if not _ID.fullmatch(identity):
        raise Malformed("not an id for the shelf")
    return identity
