"""The ledger as every other part sees it."""

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future

from adyton.crypto.notes import Note, Signer
from adyton.crypto.tlogproof import TlogProof
from adyton.ledger import erasing, standing
from adyton.ledger.chain import Problem
from adyton.ledger.clear import ClearFacts
from adyton.ledger.opening import compare
from adyton.ledger.ports import (
    BodyKeys,
    FactStore,
    FreeSpace,
    HeadStore,
    Threads,
    TreeFiles,
)
from adyton.ledger.promise import DUE_S, sign_promise
from adyton.ledger.proof import BUNDLE_VERSION
from adyton.ledger.publisher import Publisher
from adyton.ledger.reading import Evidence, Reader
from adyton.ledger.rebuild import Projection
from adyton.ledger.receipts import ReceiptStatus, status_of
from adyton.ledger.reserve import Reserve, ReserveWatch
from adyton.ledger.sealing import Bodies
from adyton.ledger.standing import QuorumRules, Standing, cover
from adyton.ledger.verify import check_log, check_store
from adyton.ledger.witnesses import Witnesses
from adyton.ledger.writer import Guard, Writer
from adyton.terms.errors import (
    AdytonError,
    Malformed,
    Misconfigured,
    Missing,
    Tampered,
    Unavailable,
)
from adyton.terms.facts import Entry, Fact, Offered, Promise, State
from adyton.terms.ids import ReceiptId
from adyton.terms.ports import Clock, Entropy

_STOP = object()
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_DIARY = logging.getLogger(__name__)


class Ledger:  # noqa: PLR0904 - the one face of the part
    """One log: facts in, promises at once, proofs soon after.

    Made by `Ledger.open`, which refuses what was tampered with. Safe from threads. Guards and
    projections run in the writer and must not append themselves.
    """

    def __init__(
        self,
        *,
        store: FactStore,
        bodies: Bodies,
        writer: Writer,
        publisher: Publisher,
        threads: Threads,
        files: TreeFiles,
        heads: HeadStore,
        erasures: erasing.Erasures,
        signer: Signer,
        witnesses: Witnesses,
        rules: QuorumRules,
        publish_every_s: float | None,
        due_s: int,
    ) -> None:
        self.state: State = store.state()
        self.clear = ClearFacts(store, size=lambda: writer.size)
        self.witnesses = witnesses
        self._store = store
        self._bodies = bodies
        self._reader = Reader(store, bodies)
        self._writer = writer
        self._publisher = publisher
        self._files = files
        self._heads = heads
        self._signer = signer
        self._standing = Standing(
            rules=rules,
            witnesses=witnesses,
            state=self.state,
            submit=lambda fact: self._writer.submit(fact, None),
        )
        self._erasures = erasures
        self._lock = threads.lock()
        self._failure: Tampered | None = None
        self._closed = False
        self._inbox = threads.inbox(1)
        self._every_s = publish_every_s
        self._due_s = due_s
        self._join = (
            None
            if publish_every_s is None
            else threads.start("ledger-publisher", self._inbox, self._publish_step)
        )

    @classmethod
    def open(
        cls,
        *,
        store: FactStore,
        files: TreeFiles,
        heads: HeadStore,
        body_keys: BodyKeys,
        witnesses: Witnesses,
        signer: Signer,
        clock: Clock,
        entropy: Entropy,
        threads: Threads,
        further_signers: Sequence[Signer] = (),
        rules: QuorumRules | None = None,
        projections: Sequence[Projection] = (),
        log: str = "main",
        epoch: int = 1,
        writer: str = "owner",
        publish_every_s: float | None = 1.0,
        due_s: int = DUE_S,
        space: FreeSpace | None = None,
        reserve: Reserve | None = None,
    ) -> "Ledger":
        """Check everything that is kept, finish what a kill left half done, and go on from there.

        `signer`'s name is the origin. `publish_every_s` None: only `publish()` publishes. `due_s`:
        within what time of recording a checkpoint is promised. The store is the ledger's from now
        on; `close` closes it. Without `space` no room on the disk is kept. Raises Tampered, naming
        what disagrees, and Unavailable.
        """
        opened = compare(
            store=store,
            files=files,
            heads=heads,
            witnesses=witnesses,
            log_key=signer.key,
            log=log,
            epoch=epoch,
            writer=writer,
        )
        if tuple(one.key for one in (signer, *further_signers)) != witnesses.policy.logs:
            raise Misconfigured("the policy names other keys of the log than those that sign")
        bodies = Bodies(body_keys, entropy)
        erasures = erasing.Erasures(store.state(), bodies)
        erasures.settle(opened.published)
        return cls(
            store=store,
            bodies=bodies,
            writer=Writer(
                store=store,
                bodies=bodies,
                projections=(erasing.project, standing.project, *projections),
                clock=clock,
                entropy=entropy,
                threads=threads,
                position=opened.position,
                reserve=None
                if space is None
                else ReserveWatch(space=space, reserve=reserve or Reserve(), clock=clock),
            ),
            publisher=Publisher(
                store=store,
                files=files,
                heads=heads,
                signers=(signer, *further_signers),
                witnesses=witnesses,
                clock=clock,
                head=opened.head,
                published=opened.published,
            ),
            threads=threads,
            files=files,
            heads=heads,
            erasures=erasures,
            signer=signer,
            witnesses=witnesses,
            rules=rules or QuorumRules(),
            publish_every_s=publish_every_s,
            due_s=due_s,
        )

    def submit(self, fact: Fact, *, guard: Guard | None = None) -> Future[Promise]:
        """Queue a fact; the future holds its promise once it is durable, or why it is not.

        `guard` runs inside the commit and sees the state after every earlier fact; if it raises,
        this fact alone is refused with that error. Raises Malformed or Unavailable at once.

        A kind of fact that waits for the witnesses (`QuorumRules`) returns only when a quorum has
        cosigned it, and is Unavailable where none can be reached, or none covers it then.
        """
        if not self._standing.waits(fact.type):
            return self._writer.submit(fact, guard)
        self._reach_quorum()
        future = self._writer.submit(fact, guard)
        if future.exception() is None:
            cover(future.result(), self.witnessed)
        return future

    def offer(self, fact: Fact) -> Offered | None:
        """Queue the fact of a refusal, without waiting: it takes no room from entitled use.

        None where such facts have no room now (many of them wait, or the disk's reserve is
        reached): the caller counts it. Raises Malformed, or Unavailable (the ledger stopped).
        """
        return self._writer.offer(fact)

    def append(self, fact: Fact, *, guard: Guard | None = None) -> Promise:
        """Record a fact and wait until it is durable."""
        return self.submit(fact, guard=guard).result()

    def promise(self, promise: Promise) -> bytes:
        """The promise as a signed note for the one who waits; signed on the caller's side.

        Raises Malformed for a fact without a body: its leaf could be guessed.
        """
        return sign_promise(promise, self._signer, due_s=self._due_s)

    def receipt_status(self, receipt: ReceiptId, *, now_s: int) -> ReceiptStatus:
        """How the promise of a receipt stands, without index and size. Raises Missing.

        The caller tells it to nobody but the subjects of the fact.
        """
        return status_of(
            self._reader.find(receipt),
            self._signer,
            covered_size=self._publisher.cosigned_size,
            due_s=self._due_s,
            now_s=now_s,
        )

    def entries(self, *, after: int = -1, limit: int = 1000) -> Sequence[Entry]:
        """Up to `limit` facts with an index above `after`. Raises Tampered."""
        return self._reader.entries(after, limit)

    def cosigned(self) -> bool:
        """Whether the newest checkpoint that is published has its cosignatures."""
        published = self._publisher.published
        return published is not None and published.cosigned

    def entry(self, receipt: ReceiptId) -> Entry:
        """The fact with that receipt. Raises Missing."""
        return self._reader.entry(receipt)

    def opening(self, index: int) -> tuple[bytes, bytes] | None:
        """(r, body bytes) of a fact's commitment; None if there is no body or it was erased."""
        return self._reader.opening(index)

    def evidence(self, indexes: Iterable[int]) -> Evidence:
        """Facts with proofs in one cosigned checkpoint. Raises Missing or Unavailable."""
        with self._lock:
            entries = {index: self._reader.at(index).data for index in indexes}
            self.publish()
            published = self._publisher.published
            if published is None or not published.cosigned:
                raise Unavailable("there is no cosigned checkpoint")
            return Evidence(
                checkpoint=published.note,
                vkeys=(*self.witnesses.log_vkeys(), *self._publisher.cosigners()),
                entries=entries,
                proofs={index: self._proof(index, None) for index in entries},
            )

    def sign_bundle(self, text: str) -> bytes:
        """The log's signature over the manifest of an evidence bundle, and over nothing else."""
        if not text.startswith(f"{BUNDLE_VERSION}\n"):
            raise Malformed("the log's key signs checkpoints and manifests of bundles only")
        return Note(text=text, signatures=(self._signer.sign(text),)).to_bytes()

    def verify(self, *, kept: Mapping[str, bytes] | None = None) -> tuple[Problem, ...]:
        """Everything that does not hold, in the published files, the store and its rows.

        `kept` are checkpoints from elsewhere by name; the log must continue each of them. Nothing
        is committed while the rows are compared with the facts.
        """
        alarm: tuple[Problem, ...] = ()
        with self._lock:
            try:
                self.publish()
            except Tampered as error:
                alarm = (Problem(where="publishing", what=error.message),)
            except Unavailable:  # the checkpoint lacks its quorum: a problem by itself
                pass
            problems = check_log(
                self._files,
                log_key=self._signer.key,
                witness_keys=self.witnesses.trusted,
                policy=self.witnesses.policy,
                head=self._heads.load(),
                kept={**self.witnesses.kept(self._signer.key.name), **(kept or {})},
            ) + check_store(
                self._store,
                self._files,
                self._bodies,
                erased=erasing.erased_keys(self.state),
                checkpoint=self._publisher.published,
            )
        # facts that cannot be read give no rows to compare with
        return alarm + (problems or self._writer.check_rows())

    def publish(self, *, anew: bool = False) -> None:
        """Tiles and checkpoint for everything committed, cosigned by a quorum of witnesses.

        `anew`: instead, what stands published is cosigned again, which shows who answers now.
        Raises Unavailable (disk, quorum), or Tampered: then nothing more is signed.
        """
        with self._lock:
            if self._failure is not None:
                raise self._failure
            try:
                if anew:
                    self._publisher.ask_again()
                else:
                    self._publisher.publish(self._writer.size)
            except Tampered as error:
                self._failure = error
                raise
            finally:
                self._standing.note(self._writer.size)
            self._erasures.settle(self._publisher.published)

    def checkpoint(self) -> bytes:
        """The last published signed note. Raises Missing before the first."""
        published = self._publisher.published
        if published is not None:
            return published.note
        raise Missing("nothing is published yet")

    def proof(self, receipt: ReceiptId) -> bytes:
        """The tlog-proof of a fact, with the entry's own bytes as its extra line."""
        stored = self._reader.find(receipt)
        return self._proof(stored.index, stored.data)

    def witnessed(self, promise: Promise) -> bytes:
        """A checkpoint, cosigned by a quorum of witnesses, that covers a promise.

        Raises Unavailable where there is none: whoever needs it then does nothing.
        """
        for publish in (False, True):
            if publish:
                self.publish()
            published = self._publisher.published
            if published is not None and published.cosigned and published.size > promise.index:
                return published.note
        raise Unavailable("no cosigned checkpoint covers the fact")

    def vkey(self) -> str:
        """The log's first verifier key; its name is the origin."""
        return str(self._signer.key)

    def witness_vkeys(self) -> tuple[str, ...]:
        """The witnesses' verifier keys."""
        return self.witnesses.vkeys()

    def erase(self, subject: str, month: str) -> Promise:
        """Destroy the keys of a subject's bodies of a month (`YYYY-MM`); itself a fact.

        The keys go once a quorum of witnesses has cosigned that fact. Raises Unavailable if none
        can be reached (then nothing is erased), or if it was recorded and its keys are still to
        be destroyed.
        """
        if not subject or not _MONTH.fullmatch(month):  # both stand in the tree, in clear
            raise Malformed("an erasure names no subject, or no month as YYYY-MM")
        self._reach_quorum()
        promise = self._writer.erase(subject, month).result()
        with self._lock:
            self._erasures.owe(promise.index)
        cover(promise, self.witnessed)
        with self._lock:
            self._erasures.settle(self._publisher.published)
        return promise

    def close(self) -> None:
        """Commit what waits, publish it if the witness can be reached, let go of the files."""
        if self._closed:
            return
        self._closed = True
        self._writer.stop()
        if self._join is not None:
            self._inbox.put_last(_STOP)
            self._join()
        try:
            self.publish()
        except Unavailable as error:  # all of it is durable: the next start publishes it
            _DIARY.warning("closed before all was published: %s", error.message)
        finally:
            self._store.close()

    def _proof(self, index: int, extra: bytes | None) -> bytes:
        with self._lock:
            published = self._publisher.published
            if published is None or published.size <= index:
                self.publish()
            hashes = self._publisher.inclusion_proof(index)
            return TlogProof(
                index=index, hashes=tuple(hashes), checkpoint=self.checkpoint(), extra=extra
            ).to_bytes()

    def _reach_quorum(self) -> None:
        if self._writer.size > 0:  # before the first fact of a log there is nothing to cosign
            with self._lock:
                self._standing.reach(self.publish, lambda: self.publish(anew=True))

    def _publish_step(self) -> bool:
        """Once per period until somebody puts something into the inbox."""
        if self._inbox.take(wait_s=self._every_s) is not None:
            return False
        self._writer.look_at_disk()
        try:
            self.publish()
        except Unavailable as error:
            _DIARY.warning("not published, will try again: %s", error.message)
        except AdytonError as error:
            _DIARY.error("publishing stopped: %s", error.message)
            return False
        return True
