"""How full a disk is."""

import os
from pathlib import Path

from adyton.ledger.ports import Space
from adyton.terms.errors import Unavailable


class LocalSpace:
    """The `FreeSpace` of the file system that a folder lies on, as its owner may use it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def measure(self) -> Space:
        """Free and total bytes now. Raises Unavailable."""
        try:
            found = os.statvfs(self._folder)
        except OSError as error:
            raise Unavailable("the disk of the record cannot be looked at") from error
        unit = found.f_frsize
        return Space(free_bytes=found.f_bavail * unit, total_bytes=found.f_blocks * unit)
