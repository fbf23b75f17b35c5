"""The ledger as every other part sees it."""

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future

from adyton.crypto.manifest import BACKUP_VERSION, BUNDLE_VERSION
from adyton.crypto.notes import Note
from adyton.ledger import erasing
from adyton.ledger.chain import Problem
from adyton.ledger.clear import ClearFacts
from adyton.ledger.envelope import parse_envelope
from adyton.ledger.opening import compare
from adyton.ledger.own import OWN
from adyton.ledger.ports import BodyKeys, EpochPlaces, FactStore, FreeSpace, Threads
from adyton.ledger.promise import DUE_S, sign_promise
from adyton.ledger.proving import Evidence
from adyton.ledger.reading import Reader
from adyton.ledger.rebuild import Projection
from adyton.ledger.receipts import ReceiptStatus, status_of
from adyton.ledger.reserve import Reserve, ReserveWatch
from adyton.ledger.sealing import Bodies
from adyton.ledger.standing import QuorumRules, Standing, cover
from adyton.ledger.trees import Trees
from adyton.ledger.upkeep import Upkeep
from adyton.ledger.witnesses import Witnesses, WitnessesOf
from adyton.ledger.writer import Guard, Writer
from adyton.terms.errors import (
    AdytonError,
    Malformed,
    Misconfigured,
    Unavailable,
)
from adyton.terms.facts import BodyState, Entry, Fact, Offered, Promise, State
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
        trees: Trees,
        threads: Threads,
        rules: QuorumRules,
        upkeep: Upkeep,
        publish_every_s: float | None,
        due_s: int,
    ) -> None:
        self.state: State = store.state()
        self.clear = ClearFacts(store, size=lambda: writer.position.size)
        self.trees = trees
        self.past = trees.past
        self.upkeep = upkeep
        self._store = store
        self._bodies = bodies
        self._reader = Reader(store, bodies)
        self._writer = writer
        self._standing = Standing(
            rules=rules,
            witnesses=lambda: trees.witnesses,
            overdue=trees.overdue,
            state=self.state,
            submit=lambda fact: self._writer.submit(fact, None),
        )
        trees.note = self._standing.note
        self._due_s = due_s
        self._closed = False
        self._erasing = threads.lock()
        self._inbox = threads.inbox(1)
        self._every_s = publish_every_s
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
        places: EpochPlaces,
        body_keys: BodyKeys,
        witnesses: WitnessesOf,
        clock: Clock,
        entropy: Entropy,
        threads: Threads,
        rules: QuorumRules | None = None,
        projections: Sequence[Projection] = (),
        log: str = "main",
        writer: str = "owner",
        publish_every_s: float | None = 1.0,
        due_s: int = DUE_S,
        space: FreeSpace | None = None,
        reserve: Reserve | None = None,
    ) -> "Ledger":
        """Check everything that is kept, finish what a kill left half done, and go on from there.

        Which epoch goes on says the store. `publish_every_s` None: only `publish()` publishes.
        `due_s`: within what time of recording a checkpoint is promised. The store is the ledger's
        from now on; `close` closes it. Without `space` no room on the disk is kept. Raises
        Tampered, naming what disagrees, and Unavailable.
        """
        opened = compare(store=store, places=places, witnesses=witnesses, log=log, writer=writer)
        signers = places.signers(opened.position.epoch)
        if tuple(one.key for one in signers) != opened.witnesses.policy.logs:
            raise Misconfigured("the policy names other keys of the log than those that sign")
        bodies = Bodies(body_keys, entropy)
        erasures = erasing.Erasures(store.state(), bodies)
        hand = Writer(
            store=store,
            bodies=bodies,
            projections=(*OWN, *projections),
            clock=clock,
            entropy=entropy,
            threads=threads,
            position=opened.position,
            reserve=None
            if space is None
            else ReserveWatch(space=space, reserve=reserve or Reserve(), clock=clock),
        )
        return cls(
            store=store,
            bodies=bodies,
            writer=hand,
            trees=Trees(
                store=store,
                writer=hand,
                places=places,
                witnesses=witnesses,
                opened=opened,
                erasures=erasures,
                clock=clock,
                threads=threads,
            ),
            threads=threads,
            rules=rules or QuorumRules(),
            upkeep=Upkeep(store, body_keys, hand),
            publish_every_s=publish_every_s,
            due_s=due_s,
        )

    @property
    def witnesses(self) -> Witnesses:
        """The witnesses of the epoch that goes on."""
        return self.trees.witnesses

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
        return sign_promise(promise, self.trees.signer_of(promise.epoch), due_s=self._due_s)

    def receipt_status(self, receipt: ReceiptId, *, now_s: int) -> ReceiptStatus:
        """How the promise of a receipt stands, without index and size. Raises Missing.

        The caller tells it to nobody but the subjects of the fact.
        """
        stored = self._reader.find(receipt)
        return status_of(
            stored,
            self.trees.signer_of(parse_envelope(stored.data).epoch),
            covered=self.trees.covered(stored),
            due_s=self._due_s,
            now_s=now_s,
        )

    def entries(self, *, after: int = -1, limit: int = 1000) -> Sequence[Entry]:
        """Up to `limit` facts with an index above `after`. Raises Tampered."""
        return self._reader.entries(after, limit)

    def cosigned(self) -> bool:
        """Whether the newest checkpoint that is published has its cosignatures."""
        return self.trees.cosigned()

    def entry(self, receipt: ReceiptId) -> Entry:
        """The fact with that receipt. Raises Missing."""
        return self._reader.entry(receipt)

    def opening(self, index: int) -> tuple[bytes, bytes] | None:
        """(r, body bytes) of a fact's commitment; None unless its body is here, and its key."""
        return self._reader.opening(index)

    def body_states(self, indexes: Iterable[int]) -> Mapping[int, BodyState]:
        """How the bodies of these facts stand: there, none, erased, or lost."""
        return self._reader.body_states(indexes)

    def evidence(self, indexes: Iterable[int]) -> Evidence:
        """Facts with proofs, each in one cosigned checkpoint. Raises Missing or Unavailable."""
        return self.trees.evidence([self._reader.at(index) for index in indexes])

    def sign_bundle(self, text: str) -> bytes:
        """The log's signature over the manifest of a bundle or backup, and over nothing else."""
        if not text.startswith((f"{BUNDLE_VERSION}\n", f"{BACKUP_VERSION}\n")):
            raise Malformed("the log's key signs checkpoints and manifests only")
        note = Note(text=text, signatures=(self.trees.signer.sign(text),))
        return note.to_bytes()

    def verify(self, *, kept: Mapping[str, bytes] | None = None) -> tuple[Problem, ...]:
        """Everything that does not hold, in the published files, the store and its rows.

        `kept` are checkpoints from elsewhere by name; the log must continue each of them. Nothing
        is committed while the rows are compared with the facts.
        """
        erasures = erasing.erasures(self.state)
        problems = self.trees.check(self._bodies, erasures=erasures, kept=kept or {})
        # facts that cannot be read give no rows to compare with
        return problems or self._writer.check_rows()

    def publish(self, *, anew: bool = False) -> None:
        """Tiles and checkpoint for everything committed, cosigned by a quorum of witnesses.

        `anew`: instead, what stands published is cosigned again, which shows who answers now.
        Raises Unavailable (disk, quorum), or Tampered: then nothing more is signed.
        """
        self.trees.publish(anew=anew)

    def checkpoint(self) -> bytes:
        """The last published signed note. Raises Missing before the first."""
        return self.trees.checkpoint()

    def proof(self, receipt: ReceiptId) -> bytes:
        """The tlog-proof of a fact, with the entry's own bytes as its extra line."""
        stored = self._reader.find(receipt)
        return self.trees.proof(stored, stored.data)

    def witnessed(self, promise: Promise) -> bytes:
        """A checkpoint, cosigned by a quorum of witnesses, that covers a promise.

        Raises Unavailable where there is none: whoever needs it then does nothing.
        """
        return self.trees.witnessed(promise)

    def vkey(self) -> str:
        """The log's first verifier key; its name is the origin."""
        return str(self.trees.signer.key)

    def witness_vkeys(self) -> tuple[str, ...]:
        """The witnesses' verifier keys."""
        return self.witnesses.vkeys()

    def erase(self, subject: str, month: str, *, further: Sequence[str] = ()) -> Promise:
        """Destroy the keys of a subject's bodies of a month (`YYYY-MM`); itself a fact.

        `further` are ids of such keys that were destroyed elsewhere, as a list of erasures tells a
        restored copy: their bodies count as erased here too. The keys go once a quorum of witnesses
        has cosigned that fact. Raises Unavailable if none can be reached (then nothing is erased),
        or if it was recorded and its keys are still to be destroyed.
        """
        if not subject or not _MONTH.fullmatch(month):  # both stand in the tree, in clear
            raise Malformed("an erasure names no subject, or no month as YYYY-MM")
        self._reach_quorum()
        with self._erasing:  # each stands on the rows that the one before it left
            promise = self._writer.erase(subject, month, further=further).result()
            self.trees.owe(self._reader.find(promise.receipt).index)
        cover(promise, self.witnessed)
        self.trees.settle()
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

    def _reach_quorum(self) -> None:
        if self._writer.position.size > 0:  # before a log's first fact there is nothing to cosign
            self.trees.reach(self._standing.reach)

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
