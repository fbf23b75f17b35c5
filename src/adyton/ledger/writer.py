"""Group commit: many callers, one writer, one durable write for all that wait.

Straight line of a batch:

0. in the caller's thread: write out what of the fact needs no place in the log (`staging`);
1. take what waits in the inbox: until it is empty, for 5 ms, or up to 256 facts; and a few of the
   lane, where facts are offered that may be dropped: they never take the others' room;
2. for each fact: see that there is room on the disk for its type, ask its guard (on the state
   after the facts before it), seal its body, give it time, counter and receipt, run the
   projections; whatever raises refuses this fact alone;
3. commit entries, bodies and rows together;
4. only then answer the callers. If the commit failed, all callers fail and so does every later
   one until the ledger was opened (and thereby checked) again.
"""

import contextlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar, cast

from adyton.crypto.epochlink import EPOCH_STARTED
from adyton.crypto.ids import mint
from adyton.ledger import erasing, holding
from adyton.ledger.chain import Problem
from adyton.ledger.lost import Lost
from adyton.ledger.overlay import Overlay
from adyton.ledger.ports import FactStore, StoredFact, Threads
from adyton.ledger.rebuild import Projection, changes, counted, project, rebuild
from adyton.ledger.reserve import ReserveWatch, Room
from adyton.ledger.restating import Restating
from adyton.ledger.sealing import Bodies
from adyton.ledger.staging import Position, Prepared, place, prepare
from adyton.ledger.verify import check_rows
from adyton.terms.errors import Conflict, Exhausted, Malformed, Unavailable
from adyton.terms.facts import Entry, Fact, Offered, Promise, State
from adyton.terms.ids import ReceiptId
from adyton.terms.ports import Clock, Entropy

MAX_BATCH = 256  # beyond it a group commit gains little
LINGER_S = 0.005
QUEUE_LIMIT = 10_000
LANE_LIMIT = 256  # offered facts that wait; beyond it they are not taken
LANE_SHARE = 16  # of them in one batch: what an entitled fact may have to wait for
_READ_AT_ONCE = 1000
_CATCH_UPS = 3  # of an erasure with the record; the writer does what is left

Guard: TypeAlias = Callable[[State], None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Append:
    prepared: Prepared
    guard: Guard | None = None
    receipt: ReceiptId | None = None  # an offered fact has it before it is queued
    future: Future[Promise] = field(default_factory=Future)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Erase:
    subject: str
    month: str
    further: Sequence[str]
    restating: Restating
    future: Future[Promise] = field(default_factory=Future)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Alone:
    """Something to be done while nothing is committed."""

    act: "Callable[[], object]"
    future: "Future[object]" = field(default_factory=Future)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wake:
    """Something waits in the lane, or the disk should be looked at."""


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
        reserve: ReserveWatch | None = None,
    ) -> None:
        self._store = store
        self._bodies = bodies
        self._projections = projections
        self._clock = clock
        self._entropy = entropy
        self._position = position
        self._reserve = reserve
        self._lane: deque[_Append] = deque()
        self._woken = False
        self._broken = ""
        self._closing = False
        self._door = threads.lock()  # nothing comes into the inbox behind what ends the work
        self._inbox = threads.inbox(QUEUE_LIMIT)
        self._join = threads.start("ledger-writer", self._inbox, self._step)

    @property
    def position(self) -> Position:
        """Where the writer stands: all before it is committed."""
        return self._position

    def submit(self, fact: Fact, guard: Guard | None) -> Future[Promise]:
        """Queue a fact. Raises Malformed, or Unavailable where the writer stopped or is full."""
        item = _Append(prepared=_prepared(fact), guard=guard)
        self._put(item)
        return item.future

    def offer(self, fact: Fact) -> Offered | None:
        """Queue a fact of a refusal, without waiting; None where there is no room for such.

        It has no order among other facts. Raises Malformed, or Unavailable (the writer stopped).
        """
        prepared = _prepared(fact)
        self._refuse_if_broken()
        ample = self._reserve is None or self._reserve.room is Room.AMPLE
        with self._door:
            if self._closing:
                raise Unavailable(_CLOSED, mend="start again")
            if not ample or len(self._lane) >= LANE_LIMIT:
                return None
            receipt = ReceiptId(mint("rct", self._entropy))
            item = _Append(prepared=prepared, receipt=receipt)
            self._lane.append(item)
            self._wake()
        return Offered(receipt=receipt, promise=item.future)

    def look_at_disk(self) -> None:
        """Have the writer look how full the disk is, though it has nothing to write."""
        with self._door:
            if not self._closing:
                self._wake()

    def erase(self, subject: str, month: str, *, further: Sequence[str] = ()) -> Future[Promise]:
        """Queue the destruction of the body keys of a subject and month; one at a time.

        Walks over the record first, in the caller's thread, while others go on.
        """
        holding.check_free(self._store.state(), subject, month)
        restating = self._restating(subject, month, further)
        for _ in range(_CATCH_UPS):
            self._refuse_if_broken()
            restating.walk(self._position.size)
        item = _Erase(subject=subject, month=month, further=further, restating=restating)
        self._put(item)
        return item.future

    def check_rows(self) -> tuple[Problem, ...]:
        """Rows that do not follow from the facts, seen while nothing is committed.

        Rows that stood on a lost body cannot be told: then it is never said that all are right.
        """

        def act() -> tuple[Problem, ...]:
            lost = Lost()
            fresh = rebuild(lost.among(self._entries()), self._projections)
            return (*lost.problems(), *check_rows(fresh, self._store.state().rows()))

        return self.alone(act)

    def replace_rows(
        self, seen: Callable[[int], None], *, despite_lost: bool = False
    ) -> tuple[Problem, ...]:
        """Put the rows that follow from the facts in place of the live ones; what was wrong.

        `seen` hears how many facts were read so far. Raises Conflict where bodies are lost, unless
        `despite_lost`: the live rows may be the last that holds what stood in them.
        """

        def act() -> tuple[Problem, ...]:
            lost = Lost()
            fresh = rebuild(lost.among(counted(self._entries(), seen)), self._projections)
            if not despite_lost:
                lost.refuse()
            live = self._store.state().rows()
            self._store.commit([], changes(live, fresh))
            return (*lost.problems(), *check_rows(fresh, live))

        return self.alone(act)

    def begin_epoch(self, fact: Fact, position: Position) -> Promise:
        """Commit the first fact of an epoch that begins at `position`; only within `alone`."""
        overlay = Overlay(self._store.state())
        done: Future[Promise] = Future()
        item = _Append(prepared=prepare(fact), future=done)
        one = self._stage(item, overlay, position)
        self._settle([one], overlay, position.after(one.promise))
        return done.result()

    def alone(self, act: "Callable[[], T]") -> T:
        """Do something in the writer's thread while nothing is committed."""
        item = _Alone(act=act)
        self._put(item)
        return cast("T", item.future.result())

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

    def _put(self, item: _Append | _Erase | _Alone) -> None:
        self._refuse_if_broken()
        with self._door:
            if self._closing:
                raise Unavailable(_CLOSED, mend="start again")
            try:
                self._inbox.put(item)
            except Exhausted as error:
                raise Unavailable("the ledger's queue is full; nothing was recorded") from error

    def _wake(self) -> None:
        if not self._woken:
            self._woken = True
            with contextlib.suppress(Exhausted):  # a full inbox is awake
                self._inbox.put(_Wake())

    def _step(self) -> bool:
        item = self._inbox.take(wait_s=0 if self._lane and not self._at_floor() else None)
        batch: list[_Append] = []
        until = self._clock.monotonic_s() + LINGER_S
        while isinstance(item, _Append | _Wake):  # (1): gather
            if isinstance(item, _Append):
                batch.append(item)
            full = len(batch) == MAX_BATCH or self._clock.monotonic_s() > until
            item = None if full else self._inbox.take(wait_s=0)
        self._woken = False  # before the lane is read: who comes now wakes us again
        self._commit([*self._told(), *batch, *self._from_lane()])
        if isinstance(item, _Stop):
            self._end_lane()
        if isinstance(item, _Erase):
            self._erase(item)
        if isinstance(item, _Alone):
            self._do(item)
        return not isinstance(item, _Stop)

    def _told(self) -> Sequence[_Append]:
        """The fact of the disk's room, if that changed."""
        fact = None if self._reserve is None else self._reserve.look()
        return () if fact is None else (_Append(prepared=prepare(fact)),)

    def _at_floor(self) -> bool:
        return self._reserve is not None and self._reserve.room is Room.FLOOR

    def _end_lane(self) -> None:
        """Commit what waits in the lane; what there is no room for is told of."""
        while self._lane and not self._at_floor():
            self._commit(self._from_lane())
        if self._lane and self._reserve is not None:
            fact = self._reserve.told(dropped=len(self._lane))
            while self._lane:
                self._lane.popleft().future.set_exception(Unavailable(_FULL, mend=_MAKE_ROOM))
            self._commit([_Append(prepared=prepare(fact))])

    def _from_lane(self) -> Sequence[_Append]:
        if self._at_floor():  # there it may wait for room as long as we live
            return ()
        return [self._lane.popleft() for _ in range(min(len(self._lane), LANE_SHARE))]

    def _commit(self, batch: Sequence[_Append]) -> None:
        if not batch:
            return
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
            position = position.after(one.promise)
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
        if self._reserve is not None and not self._reserve.admits(item.prepared.fact):
            raise Unavailable(_FULL, mend=_MAKE_ROOM)
        if item.guard is not None:
            item.guard(overlay)
        now_s = int(self._clock.now_s())
        receipt = item.receipt or ReceiptId(mint("rct", self._entropy))
        placed = place(
            item.prepared, receipt=receipt, position=position, time_s=now_s, bodies=self._bodies
        )
        project(placed.entry, overlay, self._projections)
        return _Staged(stored=placed.stored, promise=placed.promise, future=item.future)

    def _erase(self, item: _Erase) -> None:
        """Record an erasure, with the rows as they are without those bodies.

        From then on the keys are retired; `erasing.Erasures` destroys them.
        """
        if not item.future.set_running_or_notify_cancel():
            return
        key_ids: Sequence[str] = ()
        try:
            holding.check_free(self._store.state(), item.subject, item.month)
            restating = item.restating
            key_ids = self._bodies.to_erase(item.subject, item.month, further=item.further)
            if key_ids != restating.key_ids:  # a first body came meanwhile
                restating = self._restating(item.subject, item.month, item.further)
            restating.walk(self._position.size)
            self._bodies.retire(key_ids, month=item.month, index=self._position.size)
            fact = erasing.erasure(item.subject, item.month, key_ids, restating.cover)
            overlay = Overlay(self._store.state())
            overlay.apply(restating.changes())
            item_of_fact = _Append(prepared=prepare(fact), future=item.future)
            one = self._stage(item_of_fact, overlay, self._position)
        except Exception as error:  # noqa: BLE001 - nothing was written: the caller is told why
            self._bodies.restore(key_ids)
            item.future.set_exception(error)
            return
        position = self._position.after(one.promise)
        if not self._settle([one], overlay, position):
            self._bodies.restore(key_ids)

    def _restating(self, subject: str, month: str, further: Sequence[str]) -> Restating:
        key_ids = self._bodies.to_erase(subject, month, further=further)
        return Restating(self._store, self._bodies, self._projections, key_ids)

    def _do(self, item: _Alone) -> None:
        if not item.future.set_running_or_notify_cancel():
            return
        try:
            item.future.set_result(item.act())
        except Exception as error:  # noqa: BLE001 - whatever it was: it is the caller's
            item.future.set_exception(error)

    def _entries(self) -> Iterator[Entry]:
        """Every fact as it is read back; one page of them in memory at a time."""
        at = 0
        while page := self._store.read(at, _READ_AT_ONCE):
            yield from (self._bodies.entry(stored) for stored in page)
            at += len(page)


_FAILED = "the ledger could not write, and stopped"
_CLOSED = "the ledger is closed"
_FULL = "the disk is nearly full; nothing was recorded"
_MAKE_ROOM = "make room on the disk of the record"


def _prepared(fact: Fact) -> Prepared:
    """A fact that anybody may record. Raises Malformed."""
    if fact.type == EPOCH_STARTED:
        raise Malformed("this fact begins an epoch: nobody records it by itself")
    return prepare(fact)


def _unwritten(error: Exception) -> Exception:
    if isinstance(error, Unavailable | Conflict):
        return Unavailable(f"{error.message}; nothing was recorded", mend=error.mend)
    return Unavailable("the ledger could not write; nothing was recorded")
