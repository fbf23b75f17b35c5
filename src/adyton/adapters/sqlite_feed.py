"""The fact store and the body keys as followers read them: read-only, in short reads."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import cast
from urllib.parse import quote

from adyton.ledger.ports import BodyKey, SealedBody, StoredFact
from adyton.terms import Tampered, Unavailable

_BUSY_S = 5.0


class SqliteFeed:
    """A `FactFeed` over the files of another process or thread. Nothing here can write."""

    def __init__(self, facts: Path, keys: Path) -> None:
        """Raises Unavailable where the files are not there."""
        self._lock = Lock()
        with _reporting():
            self._facts = _connect(facts)
            self._keys = _connect(keys)

    def size(self) -> int:
        """How many facts there are."""
        rows = self._ask(self._facts, "SELECT COALESCE(MAX(position) + 1, 0) FROM entries", ())
        return cast("int", rows[0][0])

    def read(self, start: int, limit: int) -> Sequence[StoredFact]:
        """Facts from `start` on."""
        query = (
            "SELECT position, receipt, data, NULL, NULL FROM entries"
            " WHERE position >= ? ORDER BY position LIMIT ?"
        )
        rows = self._ask(self._facts, query, (start, limit))
        return [StoredFact.of_columns(row, where="the fact store") for row in rows]

    def body(self, index: int) -> SealedBody | None:
        """The sealed body of one fact."""
        query = "SELECT key_id, sealed FROM bodies WHERE position = ?"
        for key_id, sealed in self._ask(self._facts, query, (index,)):
            if not isinstance(sealed, bytes):
                raise Tampered(f"the fact store: the body of entry {index} is not bytes")
            return SealedBody(key_id=str(key_id), sealed=sealed)
        return None

    def key(self, key_id: str) -> BodyKey | None:
        """The key of sealed bodies."""
        query = "SELECT key_id, subject, month, key FROM body_keys WHERE key_id = ?"
        for found, subject, month, key in self._ask(self._keys, query, (key_id,)):
            return BodyKey(
                key_id=str(found), subject=str(subject), month=str(month), key=cast("bytes", key)
            )
        return None

    def close(self) -> None:
        """Let go of the files."""
        self._facts.close()
        self._keys.close()

    def _ask(
        self, connection: sqlite3.Connection, query: str, values: tuple[object, ...]
    ) -> list[tuple[object, ...]]:
        with self._lock, _reporting():
            return connection.execute(query, values).fetchall()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode=ro",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=_BUSY_S,
    )
    connection.execute("PRAGMA query_only = ON")
    return connection


@contextmanager
def _reporting() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise Unavailable("the fact store cannot be read", mend="look at its rights") from error
    except sqlite3.DatabaseError as error:
        raise Tampered("the fact store is damaged", mend="run adyton ledger verify") from error
