"""Followers' cursors, a small file each. Rebuildable: without one, a follower begins anew."""

import json
import re
from collections.abc import Callable
from pathlib import Path

from adyton.ledger.ports import Cursor
from adyton.terms import Malformed, Unavailable

_NAME = re.compile(r"[a-z][a-z_]{0,40}")
_LARGEST = 4096


class CursorFiles:
    """A `CursorStore` in one folder. `write` puts a small file down durably, or Unavailable."""

    def __init__(self, folder: Path, *, write: Callable[[Path, bytes], None]) -> None:
        self._folder = folder
        self._write = write

    def load(self, name: str) -> Cursor | None:
        """The cursor of that name; one that cannot be read is none."""
        try:
            with self._at(name).open("rb") as file:
                found = json.loads(file.read(_LARGEST))
            position, at_s = found["position"], found["at_s"]
            failed, note = str(found["failed"]), str(found["note"])
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Unavailable("a cursor cannot be read", mend="look at its rights") from error
        except (ValueError, KeyError, TypeError):
            return None
        if type(position) is not int or type(at_s) is not int or position < 0:
            return None
        return Cursor(position=position, at_s=at_s, failed=failed, note=note)

    def store(self, name: str, cursor: Cursor) -> None:
        """Keep the cursor of that name."""
        found = {
            "position": cursor.position,
            "at_s": cursor.at_s,
            "failed": cursor.failed,
            "note": cursor.note,
        }
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise Unavailable("no place for a cursor", mend="look at its rights") from error
        self._write(self._at(name), json.dumps(found).encode() + b"\n")

    def _at(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise Malformed("the name of a follower: small letters")
        return self._folder / f"{name}.cursor"
