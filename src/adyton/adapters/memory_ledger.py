"""The ledger's world in memory: every port, no thread, no disk, time and chance by hand.

For tests, drills and trials. Nothing outlives the process; failures are ordered by setting
`fail_next`.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from threading import RLock

from adyton.crypto.epochlink import origin_of
from adyton.crypto.notes import COSIGNATURE, Signer, VerifierKey
from adyton.ledger import Ledger, Projection, QuorumRules
from adyton.ledger.ports import BodyKey, EpochPlaces, Head, Inbox, Space, StoredFact
from adyton.ledger.reserve import Reserve
from adyton.ledger.witness import LocalWitness
from adyton.ledger.witnesses import Memories, OnlyLocal, Witnesses, WitnessesOf
from adyton.terms.errors import AdytonError, Conflict, Exhausted
from adyton.terms.facts import Json, Row
from adyton.terms.ids import ReceiptId
from adyton.terms.ports import Clock, Entropy

ORIGIN = "adyton.invalid/memory"
_TRUSTED = 10  # epochs that the witness of a world knows
_START_S = 1_800_000_000  # some time in January 2027


class ManualClock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, now_s: float = _START_S) -> None:
        self.time_s = now_s

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.time_s += seconds

    def now_s(self) -> float:
        """Seconds since the Unix epoch."""
        return self.time_s

    def monotonic_s(self) -> float:
        """The same, as this clock never goes back by itself."""
        return self.time_s


class SeededEntropy:
    """The same bytes again for the same seed. Never for anything that must be secret."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._calls = 0
        self._lock = RLock()

    def token(self, size_bytes: int) -> bytes:
        """The next bytes."""
        with self._lock:
            self._calls += 1
            name = f"{self._seed}/{self._calls}".encode()
        return hashlib.shake_256(name).digest(size_bytes)


class MemoryFacts:
    """A `FactStore` in memory, and its `State`."""

    def __init__(self) -> None:
        self.facts: list[StoredFact] = []
        self.fail_next: AdytonError | None = None
        self._receipts: dict[str, int] = {}
        self._state = MemoryState()

    def commit(self, facts: Sequence[StoredFact], rows: Sequence[Row]) -> None:
        """Keep all of it or raise what was ordered."""
        failure, self.fail_next = self.fail_next, None
        if failure is not None:
            raise failure
        if [one.index for one in facts] != list(
            range(len(self.facts), len(self.facts) + len(facts))
        ):
            raise Conflict("facts are not contiguous with those that are there")
        self._receipts.update({one.receipt: one.index for one in facts})
        self.facts += facts
        self._state.write(rows)

    def read(self, start: int, limit: int, *, bodies: bool = True) -> Sequence[StoredFact]:
        """Facts from `start` on."""
        found = self.facts[start : start + limit]
        return found if bodies else [replace(one, body=None) for one in found]

    def find(self, receipt: ReceiptId) -> StoredFact | None:
        """The fact with that receipt."""
        index = self._receipts.get(receipt)
        return None if index is None else self.facts[index]

    def state(self) -> "MemoryState":
        """Current rows."""
        return self._state

    def close(self) -> None:
        """Nothing to let go of."""


class MemoryState:
    """Rows of current state in memory."""

    def __init__(self) -> None:
        self._tables: dict[str, dict[str, Row]] = {}
        self._versions: dict[str, int] = {}
        self._lock = RLock()

    def write(self, rows: Sequence[Row]) -> None:
        """Put rows; those without data go."""
        with self._lock:
            for row in rows:
                table = self._tables.setdefault(row.table, {})
                self._versions[row.table] = self.version(row.table) + 1
                if row.data is None:
                    table.pop(row.key, None)
                else:
                    table[row.key] = row

    def rows(self) -> list[Row]:
        """Every row, by table and key."""
        with self._lock:
            return [
                row for _, table in sorted(self._tables.items()) for _, row in sorted(table.items())
            ]

    def get(self, table: str, key: str) -> Mapping[str, Json] | None:
        """The row, or None."""
        with self._lock:
            row = self._tables.get(table, {}).get(key)
        return None if row is None else row.data

    def scan(self, table: str) -> Iterator[tuple[str, Mapping[str, Json]]]:
        """All rows of a table."""
        return self._select(table, lambda _: True)

    def by_index(self, table: str, index: str) -> Iterator[tuple[str, Mapping[str, Json]]]:
        """The rows with that index."""
        return self._select(table, lambda row: row.index == index)

    def version(self, table: str) -> int:
        """How often a row of the table was written."""
        return self._versions.get(table, 0)

    def _select(
        self, table: str, wanted: Callable[[Row], bool]
    ) -> Iterator[tuple[str, Mapping[str, Json]]]:
        with self._lock:
            rows = sorted(self._tables.get(table, {}).items())
        return iter([(key, row.data) for key, row in rows if row.data is not None and wanted(row)])


class MemoryFiles:
    """`TreeFiles` in a dictionary."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.fail_next: AdytonError | None = None

    def read(self, path: str) -> bytes | None:
        """The bytes at `path`."""
        return self.files.get(path)

    def write(self, path: str, data: bytes) -> None:
        """Put bytes, or raise what was ordered."""
        failure, self.fail_next = self.fail_next, None
        if failure is not None:
            raise failure
        self.files[path] = data

    def drop(self, folder: str) -> None:
        """Remove what lies below a folder."""
        for path in [one for one in self.files if one.startswith(f"{folder}/")]:
            del self.files[path]


class MemoryHead:
    """A `HeadStore` in memory."""

    def __init__(self) -> None:
        self.head: Head | None = None

    def load(self) -> Head | None:
        """The last head."""
        return self.head

    def swap(self, old: Head | None, new: Head) -> None:
        """Replace `old` by `new`."""
        if self.head != old:
            raise Conflict("the head moved")
        self.head = new


class MemoryBodyKeys:
    """`BodyKeys` in memory."""

    def __init__(self) -> None:
        self._keys: dict[str, BodyKey] = {}

    def add(self, key: BodyKey) -> None:
        """Keep a key."""
        self._keys[key.key_id] = key

    def current(self, subject: str, month: str) -> BodyKey | None:
        """The newest key of a subject and month."""
        found = self.of(subject, month)
        return self._keys[found[-1]] if found else None

    def of(self, subject: str, month: str) -> Sequence[str]:
        """The ids of all keys of a subject and month, oldest first."""
        return [
            one.key_id
            for one in self._keys.values()
            if (one.subject, one.month) == (subject, month)
        ]

    def get(self, key_id: str) -> BodyKey | None:
        """The key."""
        return self._keys.get(key_id)

    def destroy(self, key_ids: Sequence[str]) -> None:
        """Forget keys."""
        for key_id in key_ids:
            self._keys.pop(key_id, None)


class MemoryWitnessMemory:
    """A `WitnessMemory` in memory."""

    def __init__(self) -> None:
        self.notes: dict[str, bytes] = {}

    def load(self, origin: str) -> bytes | None:
        """The last checkpoint of a log."""
        return self.notes.get(origin)

    def swap(self, origin: str, old: bytes | None, new: bytes) -> None:
        """Replace `old` by `new`."""
        if self.notes.get(origin) != old:
            raise Conflict("the witness's memory moved")
        self.notes[origin] = new


class MemorySpace:
    """A `FreeSpace` that is as full as it is said to be."""

    def __init__(self, free_bytes: int = 1 << 40, total_bytes: int = 1 << 40) -> None:
        self.free_bytes = free_bytes
        self.total_bytes = total_bytes

    def measure(self) -> Space:
        """The room now."""
        return Space(free_bytes=self.free_bytes, total_bytes=self.total_bytes)


class _InlineInbox:
    """A queue whose consumer runs within `put`."""

    def __init__(self, limit: int, lock: AbstractContextManager[object]) -> None:
        self._items: deque[object] = deque()
        self._limit = limit
        self._lock = lock
        self.step: Callable[[], bool] | None = None

    def put(self, item: object) -> None:
        with self._lock:
            if len(self._items) >= self._limit:
                raise Exhausted("the queue is full")
            self._items.append(item)
            while self._items and self.step is not None:
                self.step()

    def put_last(self, item: object) -> None:
        self.put(item)

    def take(self, *, wait_s: float | None) -> object | None:  # noqa: ARG002 - the port's signature
        return self._items.popleft() if self._items else None


class InlineThreads:
    """`Threads` without threads: work is done by whoever puts it into the inbox."""

    def __init__(self) -> None:
        self._lock = RLock()

    def lock(self) -> AbstractContextManager[object]:
        """A re-entrant lock."""
        return RLock()

    def inbox(self, limit: int) -> Inbox[object]:
        """A queue that works when it is fed."""
        return _InlineInbox(limit, self._lock)

    def start(
        self,
        name: str,  # noqa: ARG002 - the port's signature
        inbox: Inbox[object],
        step: Callable[[], bool],
    ) -> Callable[[], None]:
        """Have `step` run within each `put`."""
        if isinstance(inbox, _InlineInbox):
            inbox.step = step
        return lambda: None

    def together(self, tasks: Sequence[Callable[[], None]]) -> None:
        """One after the other."""
        failures: list[Exception] = []
        for task in tasks:
            try:
                task()
            except Exception as error:  # noqa: BLE001 - raised below, after all ended
                failures.append(error)
        if failures:
            raise failures[0]


class MemoryPlaces:
    """`EpochPlaces` in memory; `seeds` may be given another one from an epoch on."""

    def __init__(self, origin: str, seed: bytes) -> None:
        self._origin = origin
        self._files: dict[int, MemoryFiles] = {}
        self._heads: dict[int, MemoryHead] = {}
        self.seeds = {1: seed}
        self.further: tuple[Signer, ...] = ()

    def origin(self, epoch: int) -> str:
        """The origin of an epoch."""
        return origin_of(self._origin, epoch)

    def files(self, epoch: int) -> MemoryFiles:
        """The published files of an epoch."""
        return self._files.setdefault(epoch, MemoryFiles())

    def heads(self, epoch: int) -> MemoryHead:
        """The head of an epoch."""
        return self._heads.setdefault(epoch, MemoryHead())

    def put_head(self, epoch: int, head: MemoryHead) -> None:
        """Another head in place of an epoch's."""
        self._heads[epoch] = head

    def signers(self, epoch: int) -> tuple[Signer, ...]:
        """The keys of an epoch: the newest seed given up to it; `further` sign epoch 1 too."""
        seed = self.seeds[max(one for one in self.seeds if one <= epoch)]
        first = Signer(name=self.origin(epoch), seed=seed)
        return (first, *(self.further if epoch == 1 else ()))


class _Given:
    """`WitnessesOf` of a log with one epoch: those that are given."""

    def __init__(self, witnesses: Witnesses) -> None:
        self._witnesses = witnesses

    def epoch(self, epoch: int) -> Witnesses:  # noqa: ARG002  (the port's signature)
        """The same for each."""
        return self._witnesses

    def memories(self) -> Memories:
        """What they remember."""
        return self._witnesses.memories()


class MemoryWorld:
    """All that a ledger stands on, kept when the ledger is closed: open it again to restart."""

    def __init__(
        self, *, clock: Clock | None = None, entropy: Entropy | None = None, origin: str = ORIGIN
    ) -> None:
        self.clock = clock or ManualClock()
        self.entropy = entropy or SeededEntropy()
        self.facts = MemoryFacts()
        self.places = MemoryPlaces(origin, self.entropy.token(32))
        self.body_keys = MemoryBodyKeys()
        self.space = MemorySpace()
        self.reserve = Reserve()
        self.witness_memory = MemoryWitnessMemory()
        self.trusted: dict[str, tuple[VerifierKey, ...]] = {}
        self._trust_all()
        self.witness = LocalWitness(
            signers=(
                Signer(
                    name=f"{origin}/witness", seed=self.entropy.token(32), algorithm=COSIGNATURE
                ),
            ),
            logs=self.trusted,
            memory=self.witness_memory,
            clock=self.clock,
        )

    def rekey(self, epoch: int, seed: bytes) -> None:
        """Another key from an epoch on, and trusted by the witness."""
        self.places.seeds[epoch] = seed
        self._trust_all()

    def _trust_all(self) -> None:
        for epoch in range(1, _TRUSTED):
            keys = tuple(one.key for one in self.places.signers(epoch))
            self.trusted[keys[0].name] = keys

    @property
    def files(self) -> MemoryFiles:
        """The files of epoch 1."""
        return self.places.files(1)

    @property
    def head(self) -> MemoryHead:
        """The head of epoch 1."""
        return self.places.heads(1)

    @head.setter
    def head(self, head: MemoryHead) -> None:
        self.places.put_head(1, head)

    @property
    def signer(self) -> Signer:
        """The first key of epoch 1."""
        return self.places.signers(1)[0]

    def witnesses(self, places: EpochPlaces | None = None) -> WitnessesOf:
        """The one witness of this world, for each epoch."""
        return OnlyLocal(self.witness, places or self.places, self.clock)

    def open(
        self,
        projections: Sequence[Projection] = (),
        *,
        witnesses: Witnesses | WitnessesOf | None = None,
        rules: QuorumRules | None = None,
        further_signers: Sequence[Signer] = (),
    ) -> Ledger:
        """The ledger of this world, with its one witness unless it is given others.

        `further_signers` sign epoch 1 beside its first key.
        """
        self.places.further = tuple(further_signers)
        given = self.witnesses() if witnesses is None else witnesses
        return Ledger.open(
            store=self.facts,
            places=self.places,
            body_keys=self.body_keys,
            witnesses=_Given(given) if isinstance(given, Witnesses) else given,
            rules=rules or QuorumRules(),
            clock=self.clock,
            entropy=self.entropy,
            threads=InlineThreads(),
            projections=projections,
            publish_every_s=None,
            space=self.space,
            reserve=self.reserve,
        )


def memory_ledger(
    projections: Sequence[Projection] = (),
    *,
    clock: Clock | None = None,
    entropy: Entropy | None = None,
    origin: str = ORIGIN,
) -> Ledger:
    """A ledger in memory, the same every time unless it is given another clock or entropy."""
    return MemoryWorld(clock=clock, entropy=entropy, origin=origin).open(projections)
