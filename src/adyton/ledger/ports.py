"""What the ledger needs from the world. Each adapter passes the suites in tests/contracts."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, cast

from adyton.crypto.notes import Signer
from adyton.terms.errors import Tampered
from adyton.terms.facts import Row, State
from adyton.terms.ids import ReceiptId

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedBody:
    """A body as it is stored, and the id of the key that opens it."""

    key_id: str
    sealed: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFact:
    """One entry of the log as it is stored: its exact bytes, and its body if it has one.

    `index` is its position among the entries of all epochs; its index in its own tree is that,
    less the position at which its epoch begins.
    """

    index: int
    receipt: ReceiptId
    data: bytes
    body: SealedBody | None = None

    @classmethod
    def of_columns(cls, columns: Sequence[object], *, where: str) -> "StoredFact":
        """From position, receipt, data, and key id and sealed bytes of the body (None: none).

        Raises Tampered, naming `where`: an engine may take any type from whoever edits its file.
        """
        index, receipt, data, key_id, sealed = columns
        if not isinstance(data, bytes) or not isinstance(sealed, bytes | None):
            raise Tampered(f"{where}: entry {index} is not bytes")
        return cls(
            index=cast("int", index),
            receipt=ReceiptId(str(receipt)),
            data=data,
            body=None if key_id is None else SealedBody(key_id=str(key_id), sealed=sealed or b""),
        )


class StoredState(State, Protocol):
    """Current state as it is stored."""

    def rows(self) -> Sequence[Row]:
        """Every row, by table and key."""


class FactReader(Protocol):
    """Committed facts that are only read: a fact store, or a copy of one."""

    def read(self, start: int, limit: int, *, bodies: bool = True) -> Sequence[StoredFact]:
        """Up to `limit` facts from index `start` on, in order; without `bodies`, in clear alone.

        A body may be a hundred times its entry: who needs none does not read any.
        """


class FactStore(FactReader, Protocol):
    """Where committed facts, sealed bodies and rows of state lie. Trusted (rows: rebuildable).

    `commit` is durable and atomic once it returns: facts, bodies and rows together or none.
    Indexes are contiguous from 0. One writer; reads are safe from every thread and see what was
    committed before they began. Not idempotent: the same index twice is a Conflict.
    """

    def commit(self, facts: Sequence[StoredFact], rows: Sequence[Row]) -> None:
        """Make all of it durable, or raise (Unavailable: disk full or gone) and change nothing.

        Rows without a fact are those of a rebuild.
        """

    def find(self, receipt: ReceiptId) -> StoredFact | None:
        """The fact with that receipt."""

    def state(self) -> StoredState:
        """Current state as rows, seen from any thread."""

    def close(self) -> None:
        """Let go of files; nothing more is asked of the store."""


class TreeFiles(Protocol):
    """The published files of one log (checkpoint, tiles). Trusted to keep, checked all the same.

    `write` is durable and atomic once it returns: old bytes or new, never a mixture. Unordered;
    one writer, any readers; writing the same bytes again changes nothing.
    """

    def read(self, path: str) -> bytes | None:
        """The bytes at `path`, or None. Raises Unavailable where that cannot be told."""

    def write(self, path: str, data: bytes) -> None:
        """Put `data` at `path`. Raises Unavailable, and then the old bytes stand."""

    def drop(self, folder: str) -> None:
        """Remove a folder of files if it is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The last signed size and root. `before` is the size of the head that it replaced.

    A checkpoint may lag behind the head by that one step (a kill between the two), never more.
    """

    size: int
    root: bytes
    before: int = 0


class HeadStore(Protocol):
    """The memory of what was last signed. Trusted: whoever can change it can split the view.

    Durable once `swap` returns; atomic among all threads and processes; not idempotent.
    """

    def load(self) -> Head | None:
        """The last head, or None if nothing was ever signed. Raises Tampered if unreadable."""

    def swap(self, old: Head | None, new: Head) -> None:
        """Replace `old` by `new`. Raises Conflict if `old` is not what stands there."""


class EpochPlaces(Protocol):
    """Where each epoch of one log lies and under which key it is signed; epochs count from 1.

    Two epochs never share a folder, a head, or an origin, which is the name of its keys.
    """

    def origin(self, epoch: int) -> str:
        """The origin of an epoch, whether its key is there or not."""

    def files(self, epoch: int) -> TreeFiles:
        """The published files of an epoch."""

    def heads(self, epoch: int) -> HeadStore:
        """The head of an epoch."""

    def signers(self, epoch: int) -> tuple[Signer, ...]:
        """The log's keys of an epoch, its first one first. Raises Misconfigured if one is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyKey:
    """The key of the bodies of one subject in one month (`YYYY-MM`)."""

    key_id: str
    subject: str
    month: str
    key: bytes

    def __repr__(self) -> str:
        return f"BodyKey({self.key_id})"


class BodyKeys(Protocol):
    """The keys of sealed bodies, apart from all other data and from its backups. Trusted.

    `add` and `destroy` are durable once they return; after `destroy` the key is in no file of
    the store. Safe from threads. `destroy` is idempotent.
    """

    def add(self, key: BodyKey) -> None:
        """Keep a new key; it becomes the current one of its subject and month."""

    def current(self, subject: str, month: str) -> BodyKey | None:
        """The newest key of a subject and month that was not destroyed."""

    def of(self, subject: str, month: str) -> Sequence[str]:
        """The ids of all keys of a subject and month."""

    def get(self, key_id: str) -> BodyKey | None:
        """The key, or None if it was destroyed or never was."""

    def destroy(self, key_ids: Sequence[str]) -> None:
        """Make these keys unrecoverable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessReply:
    """Status and body of a reply of C2SP tlog-witness; 409 carries the size it has seen.

    `grew` is for the witness's own door: it cosigned more than it ever had for that log, which
    nobody can bring but who has the log's keys.
    """

    status: int
    body: bytes
    grew: bool = False


class Witness(Protocol):
    """Somebody who remembers our last checkpoint and cosigns only what continues it.

    A cosignature is returned only after it was made durable there. Ordered by tree size. The
    same checkpoint again is cosigned again. Answers within a bounded time or raises Unavailable;
    what it answers is believed only as far as its keys have signed it. Safe from threads.
    """

    def add_checkpoint(self, request: bytes) -> WitnessReply:
        """POST add-checkpoint of C2SP tlog-witness. A 409 without a size has an empty body."""

    def latest(self, origin: str) -> bytes | None:
        """The last checkpoint that it cosigned for that log; None if it never did.

        Raises Unavailable where that cannot be told.
        """


class WitnessMemory(Protocol):
    """Where a witness keeps the last checkpoint of each log. Trusted.

    Durable once `swap` returns, atomic among threads and processes.
    """

    def load(self, origin: str) -> bytes | None:
        """The last cosigned checkpoint of a log."""

    def swap(self, origin: str, old: bytes | None, new: bytes) -> None:
        """Replace `old` by `new`. Raises Conflict if `old` is not what stands there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """What a disk has left for us, and its size."""

    free_bytes: int
    total_bytes: int


class FreeSpace(Protocol):
    """How full the disk of the fact store is.

    Read only; safe from threads; cheap enough to ask several times a second.
    """

    def measure(self) -> Space:
        """The room now. Raises Unavailable where it cannot be told."""


class Inbox(Protocol, Generic[T]):
    """A bounded queue in order of arrival, safe from threads."""

    def put(self, item: T) -> None:
        """Add an item. Raises Exhausted when full."""

    def put_last(self, item: T) -> None:
        """Add the item that ends the work, also where `put` would refuse."""

    def take(self, *, wait_s: float | None) -> T | None:
        """The next item; None if none came within `wait_s` (None waits for ever, 0 not at all)."""


class Threads(Protocol):
    """Where the ledger's two loops run, and what it does at once."""

    def lock(self) -> AbstractContextManager[object]:
        """A new re-entrant lock."""

    def inbox(self, limit: int) -> "Inbox[object]":
        """A new queue."""

    def start(
        self, name: str, inbox: "Inbox[object]", step: Callable[[], bool]
    ) -> Callable[[], None]:
        """Call `step`, which takes from `inbox`, until it answers False; returns the way to join.

        `step` is never run twice at a time.
        """

    def together(self, tasks: Sequence[Callable[[], None]]) -> None:
        """Carry all of these out, at once where it can; returns when all ended.

        What a task raises is raised here, after all ended.
        """


class FactFeed(Protocol):
    """Committed facts in order, for followers: opened for reading only, beside the one writer.

    Reads are short, never wait for the writer and see what was committed before they began.
    Bodies stay sealed, and stay away unless asked for.
    """

    def size(self) -> int:
        """How many facts are committed."""

    def read(self, start: int, limit: int) -> Sequence[StoredFact]:
        """Up to `limit` facts from index `start` on, in order, without their bodies."""

    def body(self, index: int) -> SealedBody | None:
        """The sealed body of one fact, or None if it has none."""

    def key(self, key_id: str) -> BodyKey | None:
        """The key of sealed bodies, or None once it was destroyed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far a follower has come: everything below `position` is done and durable.

    `failed` says why it stands still ("" if it does not), `note` what it last had to mend.
    """

    position: int
    at_s: int
    failed: str = ""
    note: str = ""


class CursorStore(Protocol):
    """Where followers keep their cursors. Rebuildable: without one, a follower begins anew.

    `store` is durable and atomic once it returns. One writer a name; safe for other readers.
    """

    def load(self, name: str) -> Cursor | None:
        """The cursor of that name; None if there is none, or none that can be read."""

    def store(self, name: str, cursor: Cursor) -> None:
        """Keep the cursor of that name. Raises Unavailable, and then the old one stands."""
