"""Group commit: many callers, one writer, one durable write for all that wait.

Straight line of a batch:

1. take what waits in the inbox: until it is empty, for 5 ms, or up to 256 facts;
2. for each fact: ask its guard (on the state after the facts before it), seal its body, give it
   time, counter and receipt, run the projections; whatever raises refuses this fact alone;
3. commit entries, bodies and rows together;
4. only then answer the callers. If the commit failed, all callers fail and so does every later
   one until the ledger was opened (and thereby checked) again.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import TypeAlias, cast

from adyton.crypto.ids import mint
from adyton.crypto.merkle import leaf_hash
from adyton.crypto.plainjson import parse_json
from adyton.ledger import erasing
from adyton.ledger.chain import Problem
from adyton.ledger.envelope import Envelope, check_fact
from adyton.ledger.overlay import Overlay
from adyton.ledger.ports import FactStore, StoredFact, Threads
from adyton.ledger.rebuild import Projection, changes, project, rebuild
from adyton.ledger.sealing import Bodies, to_entry
from adyton.ledger.verify import check_rows
from adyton.terms.errors import Conflict, Exhausted, Unavailable
from adyton.terms.facts import Entry, Fact, Json, Promise, State
from adyton.terms.ids import ReceiptId
from adyton.terms.ports import Clock, Entropy

MAX_BATCH = 256  # beyond it a group commit gains little
LINGER_S = 0.005
QUEUE_LIMIT = 10_000
_READ_AT_ONCE = 1000

Guard: TypeAlias = Callable[[State], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where the writer stands: the log, and what its next entry continues."""

    log: str
    epoch: int
    writer: str
    size: int = 0
    counter: int = 0
    previous: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Append:
    fact: Fact
    guard: Guard | None
    future: Future[Promise] = field(default_factory=Future)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Erase:
    subject: str
    month: str
    future: Future[Promise] = field(default_factory=Future)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    future: "Future[tuple[Problem, ...]]" = field(default_factory=Future)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stop:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class _Staged:
    stored: StoredFact
    promise: Promise
    future: Future[Promise]


class Writer:
    """The one writer of a log."""

    def __init__(
        self,
        *,
        store: FactStore,
        bodies: Bodies,
        projections: Sequence[Projection],
        clock: Clock,
        entropy: Entropy,
        threads: Threads,
        position: Position,
    ) -> None:
        self._store = store
        self._bodies = bodies
        self._projections = projections
        self._clock = clock
        self._entropy = entropy
        self._position = position
        self._broken = ""
        self._closing = False
        self._door = threads.lock()  # nothing comes into the inbox behind what ends the work
        self._inbox = threads.inbox(QUEUE_LIMIT)
        self._join = threads.start("ledger-writer", self._inbox, self._step)

    @property
    def size(self) -> int:
        """How many entries are committed."""
        return self._position.size

    def submit(self, fact: Fact, guard: Guard | None) -> Future[Promise]:
        """Queue a fact. Raises Malformed, or Unavailable where the writer stopped or is full."""
        check_fact(fact)
        item = _Append(fact=fact, guard=guard)
        self._put(item)
        return item.future

    def erase(self, subject: str, month: str) -> Future[Promise]:
        """Queue the destruction of the body keys of a subject and month."""
        item = _Erase(subject=subject, month=month)
        self._put(item)
        return item.future

    def check_rows(self) -> tuple[Problem, ...]:
        """Rows that do not follow from the facts, seen while nothing is committed."""
        item = _Look()
        self._put(item)
        return item.future.result()

    def stop(self) -> None:
        """Commit what waits, then end."""
        with self._door:
            self._closing = True
        if self._broken != _CLOSED:
            self._inbox.put_last(_Stop())
            self._join()
            self._broken = _CLOSED

    def _refuse_if_broken(self) -> None:
        if self._broken:
            raise Unavailable(self._broken, mend="mend the cause, then start again")

    def _put(self, item: _Append | _Erase | _Look) -> None:
        self._refuse_if_broken()
        with self._door:
            if self._closing:
                raise Unavailable(_CLOSED, mend="start again")
            try:
                self._inbox.put(item)
            except Exhausted as error:
                raise Unavailable("the ledger's queue is full; nothing was recorded") from error

    def _step(self) -> bool:
        item = self._inbox.take(wait_s=None)
        batch: list[_Append] = []
        until = self._clock.monotonic_s() + LINGER_S
        while isinstance(item, _Append):  # (1): gather
            batch.append(item)
            full = len(batch) == MAX_BATCH or self._clock.monotonic_s() > until
            item = None if full else self._inbox.take(wait_s=0)
        if batch:
            self._commit(batch)
        if isinstance(item, _Erase):
            self._erase(item)
        if isinstance(item, _Look):
            self._look(item)
        return not isinstance(item, _Stop)

    def _commit(self, batch: Sequence[_Append]) -> None:
        overlay = Overlay(self._store.state())
        position = self._position
        staged: list[_Staged] = []
        for item in batch:  # (2): stage
            if not item.future.set_running_or_notify_cancel():
                continue
            try:
                one = self._stage(item, overlay, position)
            except Exception as error:  # noqa: BLE001 - a guard may raise anything: it is the caller's
                item.future.set_exception(error)
                continue
            position = _after(position, one.promise)
            staged.append(one)
        if staged:
            self._settle(staged, overlay, position)

    def _settle(self, staged: Sequence[_Staged], overlay: Overlay, position: Position) -> bool:
        try:
            self._refuse_if_broken()
            self._store.commit([one.stored for one in staged], overlay.rows())  # (3): commit
        except Exception as error:  # noqa: BLE001 - whatever it was: nobody may believe it was written
            self._broken = self._broken or _FAILED
            for one in staged:
                one.future.set_exception(_unwritten(error))
            return False
        self._position = position
        for one in staged:  # (4): answer
            one.future.set_result(one.promise)
        return True

    def _stage(self, item: _Append, overlay: Overlay, position: Position) -> _Staged:
        if item.guard is not None:
            item.guard(overlay)
        now_s = int(self._clock.now_s())
        receipt = ReceiptId(mint("rct", self._entropy))
        sealing = self._bodies.seal(item.fact, receipt, now_s)
        envelope = _envelope(item.fact, position, receipt, now_s, sealing.commitment)
        data = envelope.to_bytes()
        entry = _as_read_back(position.size, envelope, data, sealing.plain)
        project(entry, overlay, self._projections)
        return _Staged(
            stored=StoredFact(index=position.size, receipt=receipt, data=data, body=sealing.body),
            promise=replace(
                _promise(position, receipt, data, now_s), hidden=sealing.commitment != ""
            ),
            future=item.future,
        )

    def _erase(self, item: _Erase) -> None:
        """Record an erasure, with the rows as they are without those bodies; then destroy keys.

        Whoever dies between the two finds the keys' ids in the fact at the next start.
        """
        if not item.future.set_running_or_notify_cancel():
            return
        key_ids: Sequence[str] = ()
        try:
            before = rebuild(self._entries(), self._projections)
            key_ids = self._bodies.retire(item.subject, item.month)
            fact = erasing.erasure(item.subject, item.month, key_ids)
            overlay = Overlay(self._store.state())
            overlay.apply(changes(before, rebuild(self._entries(), self._projections)))
            one = self._stage(
                _Append(fact=fact, guard=None, future=item.future), overlay, self._position
            )
        except Exception as error:  # noqa: BLE001 - nothing was written: the caller is told why
            self._bodies.restore(key_ids)
            item.future.set_exception(error)
            return
        done: Future[Promise] = Future()
        if not self._settle(
            [replace(one, future=done)], overlay, _after(self._position, one.promise)
        ):
            self._bodies.restore(key_ids)
            item.future.set_exception(done.exception())
            return
        try:
            self._bodies.destroy(key_ids)
        except Exception as error:  # noqa: BLE001 - the fact stands; the next start destroys them
            self._broken = _HALF_ERASED
            item.future.set_exception(_unerased(error))
        else:
            item.future.set_result(one.promise)

    def _look(self, item: _Look) -> None:
        if not item.future.set_running_or_notify_cancel():
            return
        try:
            expected = rebuild(self._entries(), self._projections)
            item.future.set_result(check_rows(expected, self._store.state()))
        except Exception as error:  # noqa: BLE001 - whatever it was: it is the caller's
            item.future.set_exception(error)

    def _entries(self) -> "list[Entry]":
        found: list[Entry] = []
        while page := self._store.read(len(found), _READ_AT_ONCE):
            found += [self._bodies.entry(stored) for stored in page]
        return found


_FAILED = "the ledger could not write, and stopped"
_CLOSED = "the ledger is closed"
_HALF_ERASED = "an erasure is recorded but its keys still exist"


def _unerased(error: Exception) -> Exception:
    failure = Unavailable(_HALF_ERASED, mend="start again: the keys are destroyed then")
    failure.__cause__ = error
    return failure


def _unwritten(error: Exception) -> Exception:
    if isinstance(error, Unavailable | Conflict):
        return Unavailable(f"{error.message}; nothing was recorded", mend=error.mend)
    return Unavailable("the ledger could not write; nothing was recorded")


def _envelope(
    fact: Fact, position: Position, receipt: str, now_s: int, commitment: str
) -> Envelope:
    return Envelope(
        type=fact.type,
        log=position.log,
        epoch=position.epoch,
        writer=position.writer,
        counter=position.counter,
        previous=position.previous,
        time_s=now_s,
        receipt=receipt,
        subjects=fact.subjects,
        public=fact.public,
        commitment=commitment,
    )


def _as_read_back(index: int, envelope: Envelope, data: bytes, plain: bytes) -> Entry:
    """The entry exactly as a rebuild will see it: through JSON, so that rows cannot differ."""
    read = cast("dict[str, dict[str, Json]]", parse_json(data, what="a fact"))
    body = cast("dict[str, Json]", parse_json(plain, what="a body")) if plain else None
    return to_entry(index, replace(envelope, public=read["public"]), body, erased=False)


def _promise(position: Position, receipt: ReceiptId, data: bytes, now_s: int) -> Promise:
    return Promise(
        receipt=receipt,
        log=position.log,
        epoch=position.epoch,
        index=position.size,
        leaf=leaf_hash(data),
        recorded_at_s=now_s,
    )


def _after(position: Position, promise: Promise) -> Position:
    return replace(
        position,
        size=position.size + 1,
        counter=position.counter + 1,
        previous=promise.leaf.hex(),
    )
