"""A copy of the fact store's trusted part: entries and sealed bodies, without rows of state.

Rows are left out because they hold in clear what bodies hold sealed: an erasure after the copy
could not reach them there. They are rebuilt from the facts when a copy is restored.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from urllib.parse import quote

from adyton.ledger.ports import StoredFact
from adyton.terms.errors import Tampered, Unavailable

_SELECT = (
    "SELECT entries.position, receipt, data, key_id, sealed"
    " FROM entries LEFT JOIN bodies ON bodies.position = entries.position"
    " WHERE entries.position >= ? ORDER BY entries.position LIMIT ?"
)
_SELECT_CLEAR = (
    "SELECT position, receipt, data, NULL, NULL FROM entries"
    " WHERE position >= ? ORDER BY position LIMIT ?"
)
_BUSY_S = 30.0
_WHERE = "the copy of the facts"


def copy_facts(source: Path, target: Path) -> None:
    """Write what `source` held at one moment into the new file `target`, durably.

    Others may go on committing meanwhile: the copy reads one snapshot. Raises Unavailable.
    """
    script = (resources.files("adyton.adapters") / "sql" / "facts.sql").read_text("utf-8")
    with _reporting(target):
        target.touch(mode=0o600, exist_ok=False)
        connection = sqlite3.connect(target, isolation_level=None, uri=True, timeout=_BUSY_S)
        try:
            connection.execute("PRAGMA synchronous = FULL")
            connection.executescript(script)
            connection.execute("ATTACH ? AS live", (f"file:{quote(str(source))}?mode=ro",))
            connection.execute("BEGIN")
            connection.execute("INSERT INTO entries SELECT * FROM live.entries")
            connection.execute("INSERT INTO bodies SELECT * FROM live.bodies")
            connection.execute("COMMIT")
        finally:
            connection.close()
        _flush(target)


class FactsCopy:
    """A `FactReader` over a file that nobody writes; the file is not touched."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with _reporting(path):
            self._connection = sqlite3.connect(
                f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True, check_same_thread=False
            )

    def read(self, start: int, limit: int, *, bodies: bool = True) -> Sequence[StoredFact]:
        """Facts from `start` on."""
        with _reporting(self._path):
            query = _SELECT if bodies else _SELECT_CLEAR
            rows = self._connection.execute(query, (start, limit)).fetchall()
        return [StoredFact.of_columns(row, where=_WHERE) for row in rows]

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


def _flush(path: Path) -> None:
    for place, flags in ((path, os.O_RDONLY), (path.parent, os.O_RDONLY | os.O_DIRECTORY)):
        descriptor = os.open(place, flags)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _reporting(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.OperationalError, OSError) as error:
        raise Unavailable(
            f"{path.name} could not be read or written",
            mend="look for a full disk or missing rights",
        ) from error
    except sqlite3.DatabaseError as error:
        raise Tampered(f"{path.name} is damaged") from error
