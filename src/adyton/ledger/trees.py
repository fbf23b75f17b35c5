"""Every published tree of a log: the one that goes on, and those that ended.

One lock guards which epoch goes on: nothing is published, proved or promised to be covered while
one ends. The writer's thread may take it; whoever holds it must not wait for the writer.
"""

from collections.abc import Callable, Mapping, Sequence

from adyton.crypto.epochlink import Reason
from adyton.crypto.notes import Signer
from adyton.crypto.tlogproof import TlogProof
from adyton.ledger import turning
from adyton.ledger.chain import Problem
from adyton.ledger.erasing import Erasure, Erasures
from adyton.ledger.opening import Opened
from adyton.ledger.past import past_epoch
from adyton.ledger.ports import EpochPlaces, FactStore, Head, StoredFact, Threads
from adyton.ledger.proving import (
    EpochNow,
    Evidence,
    Past,
    check_trees,
    past_proof,
    stored_trees,
)
from adyton.ledger.publisher import Published, Publisher
from adyton.ledger.sealing import Bodies
from adyton.ledger.staging import Position
from adyton.ledger.standing import cover
from adyton.ledger.verify import check_store
from adyton.ledger.witnesses import Witnesses, WitnessesOf
from adyton.ledger.writer import Writer
from adyton.terms.errors import Conflict, Misconfigured, Missing, Tampered, Unavailable
from adyton.terms.facts import Promise
from adyton.terms.ports import Clock


class Trees:
    """The published side of a ledger. Safe from threads."""

    def __init__(
        self,
        *,
        store: FactStore,
        writer: Writer,
        places: EpochPlaces,
        witnesses: WitnessesOf,
        opened: Opened,
        erasures: Erasures,
        clock: Clock,
        threads: Threads,
    ) -> None:
        self.past = Past(opened.past)
        self.witnesses: Witnesses = opened.witnesses
        self.signers: tuple[Signer, ...] = places.signers(opened.position.epoch)
        self.note: Callable[[int], None] = lambda _: None
        """Hears of each size that was offered to the witnesses."""
        self._store = store
        self._writer = writer
        self._places = places
        self._witnesses_of = witnesses
        self._erasures = erasures
        self._clock = clock
        self._lock = threads.lock()
        self._failure: Tampered | None = None
        self._covered_at_s = clock.monotonic_s()  # all recorded until then was cosigned since
        self._publisher = self._made(opened.position, head=opened.head, published=opened.published)
        self.settle()

    @property
    def position(self) -> Position:
        """Where the record stands: the epoch that goes on, and how many facts there are in all."""
        return self._writer.position

    @property
    def signer(self) -> Signer:
        """The log's first key."""
        return self.signers[0]

    def publish(self, *, anew: bool = False) -> None:
        """See `Ledger.publish`."""
        with self._lock:
            if self._failure is not None:
                raise self._failure
            position = self._writer.position
            size, now_s = position.size - position.first, self._clock.monotonic_s()
            try:
                if anew:
                    self._publisher.ask_again()
                else:
                    self._publisher.publish(size)
                    self._covered_at_s = now_s
            except Tampered as error:
                self._failure = error
                raise
            finally:
                self.note(size)
            self.settle()

    def overdue(self, seconds: float) -> bool:
        """Whether facts are recorded that no cosigned checkpoint covers, for so long or more.

        Never waits, whoever publishes or hangs in it.
        """
        position = self._writer.position
        waiting = position.size - position.first > self._publisher.cosigned_size
        return waiting and self._clock.monotonic_s() - self._covered_at_s >= seconds

    def reach(self, ask: Callable[[Callable[[], None], Callable[[], None]], None]) -> None:
        """Have `ask` (`Standing.reach`) see that a quorum answers, by publishing or anew."""
        with self._lock:
            ask(self.publish, lambda: self.publish(anew=True))

    def owe(self, position: int) -> None:
        """The erasure at `position` was recorded: its keys go once its fact is covered."""
        with self._lock:
            self._erasures.owe(position)

    def settle(self) -> None:
        """Destroy the keys of erasures that are covered."""
        with self._lock:
            self._erasures.settle(self._may_erase)

    def _may_erase(self, position: int) -> bool:
        """Whether a checkpoint that stands cosigned covers a fact, or an epoch after its own."""
        published = self._publisher.published
        cosigned = published is not None and published.cosigned and published.size
        past = self.past.at(position)
        if past is not None:  # the first entry of the next epoch states all that was held of it
            return position - past.first < past.size or bool(cosigned)
        return bool(cosigned) and position - self._writer.position.first < cosigned

    def cosigned(self) -> bool:
        """Whether the newest checkpoint that is published has its cosignatures."""
        published = self._publisher.published
        return published is not None and published.cosigned

    def checkpoint(self) -> bytes:
        """The last published signed note. Raises Missing before the first."""
        published = self._publisher.published
        if published is None:
            raise Missing("nothing is published yet")
        return published.note

    def covered(self, stored: StoredFact) -> bool:
        """Whether a cosigned checkpoint of its epoch covers a fact."""
        with self._lock:
            past = self.past.at(stored.index)
            if past is not None:
                return stored.index - past.first < past.size
            return stored.index - self._writer.position.first < self._publisher.cosigned_size

    def witnessed(self, promise: Promise) -> bytes:
        """See `Ledger.witnessed`."""
        with self._lock:  # an epoch must not end between two looks
            past = self.past.numbered(promise.epoch)
            if past is not None and promise.index < past.size:
                return past.note
            for publish in (False, True) if past is None else ():
                if publish:
                    self.publish()
                published = self._publisher.published
                if published is not None and published.cosigned and published.size > promise.index:
                    return published.note
            raise Unavailable("no cosigned checkpoint covers the fact")

    def proof(self, stored: StoredFact, extra: bytes | None) -> bytes:
        """The tlog-proof of a fact, in the newest checkpoint of its epoch."""
        with self._lock:
            past = self.past.at(stored.index)
            if past is not None:
                return past_proof(past, stored, extra)
            index = stored.index - self._writer.position.first
            published = self._publisher.published
            if published is None or published.size <= index:
                self.publish()
            hashes = self._publisher.inclusion_proof(index)
            return TlogProof(
                index=index, hashes=tuple(hashes), checkpoint=self.checkpoint(), extra=extra
            ).to_bytes()

    def evidence(self, facts: Sequence[StoredFact]) -> Evidence:
        """Facts with proofs in cosigned checkpoints, and what joins their epochs."""
        with self._lock:
            started = [self._store.read(position, 1)[0] for position in self.past.starts()]
            wanted = {one.index: one for one in (*facts, *started)}
            self.publish()
            published = self._publisher.published
            if published is None or not published.cosigned:
                raise Unavailable("there is no cosigned checkpoint")
            return Evidence(
                checkpoint=published.note,
                vkeys=tuple(str(key) for key in self._publisher.signed_by()),
                entries={index: one.data for index, one in sorted(wanted.items())},
                proofs={index: self.proof(one, None) for index, one in sorted(wanted.items())},
                past=self.past.evidence(),
            )

    def check(
        self, bodies: Bodies, *, erasures: Sequence[Erasure], kept: Mapping[str, bytes]
    ) -> tuple[Problem, ...]:
        """Everything that does not hold in the published files and the store."""
        alarm: tuple[Problem, ...] = ()
        with self._lock:
            try:
                self.publish()
            except Tampered as error:
                alarm = (Problem(where="publishing", what=error.message),)
            except Unavailable:  # the checkpoint lacks its quorum: a problem by itself
                pass
            published, position = self._publisher.published, self._writer.position
            now = EpochNow(
                epoch=position.epoch,
                first=position.first,
                files=self._places.files(position.epoch),
                policy=self.witnesses.policy,
                head=self._places.heads(position.epoch).load(),
            )
            trees = stored_trees(
                self.past,
                now,
                held=position.size - position.first,
                published=0 if published is None else published.size,
            )
            memories = self._witnesses_of.memories()
            return (
                *alarm,
                *check_trees(self.past, now, memories=memories, kept=kept, log=position.log),
                *check_store(self._store, bodies, trees, erasures=erasures),
            )

    def signer_of(self, epoch: int) -> Signer:
        """The key that spoke in an epoch, as its receipts' holders know it; else that of today."""
        if self.signer.key.name == self._places.origin(epoch):
            return self.signer
        try:
            return self._places.signers(epoch)[0]
        except Misconfigured:
            return self.signer

    def turn(self, reason: Reason, *, by: Sequence[str] = ()) -> Promise:
        """End this epoch and begin the next one; nothing is lost. Itself the first fact there.

        All that is recorded is published and cosigned first, and a quorum of witnesses must know
        the next epoch's origin: else Unavailable, and this epoch goes on.
        """
        self.publish()  # most of the work, before anybody has to wait
        following = self.position.epoch + 1
        signers = self._places.signers(following)
        witnesses = self._witnesses_of.epoch(following)
        turning.introduce(witnesses, signers, self._clock)  # (1)
        promise = self._writer.alone(
            lambda: self._turn(following, signers, witnesses, reason=reason, by=tuple(by))
        )
        cover(promise, self.witnessed)
        return promise

    def _turn(
        self,
        following: int,
        signers: tuple[Signer, ...],
        witnesses: Witnesses,
        *,
        reason: Reason,
        by: tuple[str, ...],
    ) -> Promise:
        with self._lock:
            self.publish()  # (2)
            published, old = self._publisher.published, self._writer.position
            if published is None or not published.cosigned:
                raise Unavailable("the epoch has no cosigned checkpoint to continue")
            if old.epoch + 1 != following:
                raise Conflict("another epoch began meanwhile", mend="see adyton ledger epochs")
            position = old.begun(following)
            link = turning.whole_link(
                position,
                reason=reason,
                by=by,
                note=published.note,
                keys=self._publisher.signed_by(),
                origin=signers[0].key.name,
            )
            past = past_epoch(link, old.first, published.note, self._places)
            # whatever can fail comes before (3)
            publisher = self._made(position, signers=signers, witnesses=witnesses)
            promise = self._writer.begin_epoch(turning.started(link), position)  # (3)
            self.past.add(past)
            self.signers, self.witnesses, self._publisher = signers, witnesses, publisher  # (4)
            return promise

    def _made(
        self,
        position: Position,
        *,
        signers: tuple[Signer, ...] | None = None,
        witnesses: Witnesses | None = None,
        head: Head | None = None,
        published: Published | None = None,
    ) -> Publisher:
        return Publisher(
            store=self._store,
            files=self._places.files(position.epoch),
            heads=self._places.heads(position.epoch),
            signers=signers or self.signers,
            witnesses=witnesses or self.witnesses,
            clock=self._clock,
            head=head,
            published=published,
            first=position.first,
        )
