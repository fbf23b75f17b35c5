"""The ledger's fact store and body keys in SQLite.

One owner process. A commit is durable when it returns (WAL with synchronous FULL, both read back
at start). What rows were before an erasure is in no page of the files afterwards. Reads come from
connections of their own and never wait for the writer.
"""

import contextlib
import json
import queue
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from threading import Event, Lock
from typing import cast

from adyton.ledger.erasing import ERASURES
from adyton.ledger.ports import BodyKey, StoredFact
from adyton.terms.errors import Conflict, Misconfigured, Tampered, Unavailable
from adyton.terms.facts import Json, Row
from adyton.terms.ids import ReceiptId

_FULL = 2
_MAX_INTEGER = 2**63 - 1
_BUSY_S = 5.0
_ROWS_AT_ONCE = 256
_WRITER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class SqliteFacts:
    """A `FactStore` in one database file.

    `held` names tables whose rows are kept in memory too, for what every request asks.
    """

    def __init__(self, path: Path, *, held: Sequence[str] = ()) -> None:
        _make(path)
        with _reporting(path):
            self._writing = _connect(path)
            _set(self._writing, "journal_mode", "WAL", expected="wal")
            _set(self._writing, "synchronous", "FULL", expected=_FULL)
            _set(self._writing, "secure_delete", "ON", expected=1)
            self._writing.executescript(_script("facts.sql"))
        self._path = path
        self._readers = _Readers(path)
        self._state = SqliteState(self._readers, held)
        self._next = self._count()

    @property
    def size(self) -> int:
        """How many facts are committed."""
        return self._next

    def commit(self, facts: Sequence[StoredFact], rows: Sequence[Row]) -> None:
        """Facts, bodies and rows in one transaction."""
        indexes = [one.index for one in facts]
        if indexes != list(range(self._next, self._next + len(facts))):
            raise Conflict("facts are not contiguous with those that are there")
        with _reporting(self._path):
            self._writing.execute("BEGIN IMMEDIATE")
            try:
                self._write(facts, rows)
                self._writing.execute("COMMIT")
            except BaseException:
                # a full disk may have rolled the transaction back by itself
                if self._writing.in_transaction:
                    self._writing.execute("ROLLBACK")
                raise
        self._next += len(facts)
        self._state.touch(rows)
        if any(row.table == ERASURES for row in rows):
            self._forget()

    def _forget(self) -> None:
        """After an erasure: no page of the write-ahead log holds a row as it was before.

        A reader in the way, or a disk that fails, leaves it to the next erasure or to `close`.
        """
        with contextlib.suppress(sqlite3.OperationalError):
            self._writing.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def read(self, start: int, limit: int, *, bodies: bool = True) -> Sequence[StoredFact]:
        """Facts from `start` on."""
        if start > _MAX_INTEGER:
            return []
        rows = self._readers.select(
            f"{_SELECT if bodies else _SELECT_CLEAR}"
            " WHERE entries.position >= ? ORDER BY entries.position LIMIT ?",
            (start, limit),
        )
        return [StoredFact.of_columns(row, where=_WHERE) for row in rows]

    def find(self, receipt: ReceiptId) -> StoredFact | None:
        """The fact with that receipt."""
        rows = self._readers.select(f"{_SELECT} WHERE receipt = ?", (receipt,))
        return StoredFact.of_columns(rows[0], where=_WHERE) if rows else None

    def state(self) -> "SqliteState":
        """Current rows."""
        return self._state

    def close(self) -> None:
        """Close every connection; the last one folds the write-ahead log into the file."""
        self._readers.close()
        self._writing.close()

    def _count(self) -> int:
        rows = self._readers.select("SELECT COALESCE(MAX(position) + 1, 0) FROM entries", ())
        return cast("int", rows[0][0])

    def _write(self, facts: Sequence[StoredFact], rows: Sequence[Row]) -> None:
        kept = [(row, row.data) for row in rows if row.data is not None]
        self._insert(
            "INSERT INTO entries VALUES", [(one.index, one.receipt, one.data) for one in facts]
        )
        self._insert(
            "INSERT INTO bodies VALUES",
            [(one.index, one.body.key_id, one.body.sealed) for one in facts if one.body],
        )
        if len(kept) < len(rows):
            self._writing.executemany(
                "DELETE FROM state_rows WHERE tbl = ? AND key = ?",
                [(row.table, row.key) for row in rows if row.data is None],
            )
        self._insert(
            "INSERT OR REPLACE INTO state_rows VALUES",
            [(row.table, row.key, row.index, _text(data)) for row, data in kept],
        )
        self._writing.executemany(
            "INSERT INTO versions VALUES (?, 1)"
            " ON CONFLICT (tbl) DO UPDATE SET version = version + 1",
            [(table,) for table in sorted({row.table for row in rows})],
        )

    def _insert(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        """Many rows in one step: each step lets other threads run, and then waits for them."""
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            some = rows[start : start + _ROWS_AT_ONCE]
            places = ",".join([f"({','.join('?' * len(some[0]))})"] * len(some))
            self._writing.execute(f"{statement} {places}", [one for row in some for one in row])


class SqliteState:
    """Rows of current state; versions are kept in memory, as one process owns the file.

    So are the rows of `held` tables, for `get`: another process's edit of the file is not seen
    there, and is found when the rows are compared with the facts.
    """

    def __init__(self, readers: "_Readers", held: Sequence[str] = ()) -> None:
        self._readers = readers
        self._held = {table: dict(self.scan(table)) for table in held}
        self._versions = {
            cast("str", table): cast("int", version)
            for table, version in readers.select("SELECT tbl, version FROM versions", ())
        }

    def touch(self, rows: Sequence[Row]) -> None:
        """Take note of rows that were committed."""
        for row in rows:
            held = self._held.get(row.table)
            if held is not None and row.data is not None:
                held[row.key] = _data(_text(row.data))  # as it would be read from the file
            elif held is not None:
                held.pop(row.key, None)
        for table in {row.table for row in rows}:
            self._versions[table] = self._versions.get(table, 0) + 1

    def rows(self) -> list[Row]:
        """Every row, by table and key."""
        found = self._readers.select(
            "SELECT tbl, key, ix, json FROM state_rows ORDER BY tbl, key", ()
        )
        return [
            Row(table=str(table), key=str(key), data=_data(text), index=str(index))
            for table, key, index, text in found
        ]

    def names(self) -> list[tuple[str, str]]:
        """Table and key of every row, readable or not."""
        rows = self._readers.select("SELECT tbl, key FROM state_rows", ())
        return [(str(table), str(key)) for table, key in rows]

    def get(self, table: str, key: str) -> Mapping[str, Json] | None:
        """The row, or None."""
        held = self._held.get(table)
        if held is not None:
            return held.get(key)
        rows = self._readers.select(
            "SELECT json FROM state_rows WHERE tbl = ? AND key = ?", (table, key)
        )
        return _data(rows[0][0]) if rows else None

    def scan(self, table: str) -> Iterator[tuple[str, Mapping[str, Json]]]:
        """All rows of a table."""
        rows = self._readers.select(
            "SELECT key, json FROM state_rows WHERE tbl = ? ORDER BY key", (table,)
        )
        return ((str(key), _data(text)) for key, text in rows)

    def by_index(self, table: str, index: str) -> Iterator[tuple[str, Mapping[str, Json]]]:
        """The rows with that index."""
        rows = self._readers.select(
            "SELECT key, json FROM state_rows WHERE tbl = ? AND ix = ? ORDER BY key",
            (table, index),
        )
        return ((str(key), _data(text)) for key, text in rows)

    def version(self, table: str) -> int:
        """How many commits changed the table."""
        return self._versions.get(table, 0)


class SqliteBodyKeys:
    """`BodyKeys` in a database file of its own; deleted content is overwritten.

    No write-ahead log here: an old page in it would outlive the key. What the disk itself or a
    copying file system keeps is beyond this adapter.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        _make(path)
        with _reporting(path):
            self._connection = _connect(path)
            _set(self._connection, "journal_mode", "DELETE", expected="delete")
            _set(self._connection, "synchronous", "FULL", expected=_FULL)
            _set(self._connection, "secure_delete", "ON", expected=1)
            self._connection.executescript(_script("body_keys.sql"))

    def add(self, key: BodyKey) -> None:
        """Keep a key."""
        self._run(
            _ADD_KEY,
            (key.key_id, key.subject, key.month, key.key),
        )

    def add_all(self, keys: Sequence[BodyKey]) -> None:
        """Keep many keys at once, in their order: all or none."""
        values = [(one.key_id, one.subject, one.month, one.key) for one in keys]
        with self._lock, _reporting(self._path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.executemany(_ADD_KEY, values)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def current(self, subject: str, month: str) -> BodyKey | None:
        """The newest key of a subject and month."""
        ids = self.of(subject, month)
        return self.get(ids[-1]) if ids else None

    def of(self, subject: str, month: str) -> Sequence[str]:
        """The ids of all keys of a subject and month, oldest first."""
        rows = self._run(
            "SELECT key_id FROM body_keys WHERE subject = ? AND month = ? ORDER BY number",
            (subject, month),
        )
        return [str(row[0]) for row in rows]

    def get(self, key_id: str) -> BodyKey | None:
        """The key."""
        rows = self._run(
            "SELECT key_id, subject, month, key FROM body_keys WHERE key_id = ?", (key_id,)
        )
        if not rows:
            return None
        found_id, subject, month, key = rows[0]
        return BodyKey(
            key_id=str(found_id), subject=str(subject), month=str(month), key=cast("bytes", key)
        )

    def every(self) -> Iterator[BodyKey]:
        """All keys, oldest first: for an escrow."""
        rows = self._run("SELECT key_id, subject, month, key FROM body_keys ORDER BY number", ())
        for key_id, subject, month, key in rows:
            yield BodyKey(
                key_id=str(key_id), subject=str(subject), month=str(month), key=cast("bytes", key)
            )

    def destroy(self, key_ids: Sequence[str]) -> None:
        """Overwrite and forget keys."""
        for key_id in key_ids:
            self._run("DELETE FROM body_keys WHERE key_id = ?", (key_id,))

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _run(self, statement: str, values: tuple[object, ...]) -> list[tuple[object, ...]]:
        with self._lock, _reporting(self._path):
            return self._connection.execute(statement, values).fetchall()


class _Readers:
    """Connections that only read, lent to one thread at a time and kept for the next."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: queue.SimpleQueue[sqlite3.Connection] = queue.SimpleQueue()
        self._closed = Event()

    def select(self, statement: str, values: tuple[object, ...]) -> list[tuple[object, ...]]:
        """All rows at once, so that no read keeps the write-ahead log from being folded in."""
        with _reporting(self._path), self._lent() as connection:
            try:
                return connection.execute(statement, values).fetchall()
            except UnicodeEncodeError:  # half a character: no text that we hold has one
                return []

    def close(self) -> None:
        """Close what is idle, and what comes back."""
        self._closed.set()
        while not self._idle.empty():
            self._idle.get().close()

    @contextmanager
    def _lent(self) -> Iterator[sqlite3.Connection]:
        if self._closed.is_set():
            raise Unavailable("the fact store is closed")
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = _connect(self._path)
            connection.execute("PRAGMA query_only = ON")
        try:
            yield connection
        finally:
            if self._closed.is_set():
                connection.close()
            else:
                self._idle.put(connection)


_ADD_KEY = "INSERT INTO body_keys (key_id, subject, month, key) VALUES (?, ?, ?, ?)"
_SELECT = (
    "SELECT entries.position, receipt, data, key_id, sealed"
    " FROM entries LEFT JOIN bodies ON bodies.position = entries.position"
)
_SELECT_CLEAR = "SELECT entries.position, receipt, data, NULL, NULL FROM entries"
_WHERE = "the fact store"


def _text(data: Mapping[str, Json]) -> str:
    return _WRITER.encode(data)


def _data(text: object) -> Mapping[str, Json]:
    try:
        found = json.loads(cast("str", text))
    except (ValueError, TypeError, RecursionError) as error:
        raise Tampered("a row of the current state is not what we wrote") from error
    return cast("Mapping[str, Json]", found)


def _make(path: Path) -> None:
    """An empty file for the owner alone; SQLite gives its companions the same rights."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise Unavailable(
            f"{path.name} could not be made", mend="look for a full disk or missing rights"
        ) from error


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=_BUSY_S)


def _set(connection: sqlite3.Connection, name: str, value: str, *, expected: object) -> None:
    connection.execute(f"PRAGMA {name} = {value}").fetchall()
    if connection.execute(f"PRAGMA {name}").fetchone() != (expected,):
        raise Misconfigured(
            f"the database does not keep its setting {name}",
            mend="put the home on a local file system",
        )


def _script(name: str) -> str:
    return (resources.files("adyton.adapters") / "sql" / name).read_text(encoding="utf-8")


@contextmanager
def _reporting(path: Path) -> Iterator[None]:
    """SQLite's errors as ours: a disk that fails, or a file that is not what we wrote."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise Unavailable(
            f"{path.name} could not be read or written",
            mend="look for a full disk or missing rights",
        ) from error
    except sqlite3.IntegrityError as error:
        raise Conflict(f"{path.name} holds that entry already") from error
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        # the engine quotes a damaged schema as it is, and its driver expects text
        raise Tampered(f"{path.name} is damaged") from error
