"""The part of an exchange after its intent fact: upstream, blocks, close fact.

1. Open the upstream.
2. Take what it sends; whenever a block is due (by size or time), and whenever it is quiet:
   a. locks on caller, asset, weights and copy; the end of credential, entitlement and grant;
   b. the output guard reads the block with what went before;
   c. the budget takes the bytes;
   d. what a crash would leave undescribed goes into the record;
   e. the block leaves (streams) or is kept (whole answers).
3. The last block, the same way; then the answer is ended properly.
4. On every path: the upstream is closed, and the close fact says how it ended and what left.

Which text left is counted before it is handed to the face: a caller who hangs up in between may
have it.
"""

from dataclasses import dataclass

from adyton.gateway.answer import AnswerHead, Finish
from adyton.gateway.collaborators import Collaborators
from adyton.gateway.commands import (
    Begin,
    Chunk,
    ClientGone,
    CloseUpstream,
    Command,
    End,
    Kill,
    NextChunk,
    OpenUpstream,
    Refuse,
    Release,
    Reply,
    Steps,
    UpstreamEnded,
    UpstreamFailed,
)
from adyton.gateway.dialects import Dialect
from adyton.gateway.endpoints import Endpoint
from adyton.gateway.facts import ANSWER_CLOSED, ANSWER_CONTINUED, Status
from adyton.gateway.frames import FrameReader
from adyton.gateway.holdback import HoldBack, Withheld
from adyton.gateway.question import Question
from adyton.gateway.steps import code_of, record
from adyton.identity import Principal
from adyton.policy import Grant, Locked
from adyton.terms import (
    AdytonError,
    CopyId,
    Exhausted,
    Fact,
    Json,
    Missing,
    Promise,
    Refused,
    Unavailable,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A question that may be asked, once its intent is on record."""

    caller: Principal
    endpoint: Endpoint
    grant: Grant
    question: Question
    dialect: Dialect
    copy: CopyId
    client: str
    network: str
    guard: str


class _Gone(Exception):
    """The caller hung up."""


class Conversation:
    """One answer, from the first byte of the upstream to the close fact."""

    def __init__(self, parts: Collaborators, admitted: Admitted, *, promise: Promise) -> None:
        self._parts = parts
        self._asked = admitted
        self._promise = promise
        self._hold = HoldBack(egress=parts.egress, limits=parts.limits)
        self._frames = FrameReader(parts.limits)
        self._head = AnswerHead(
            reference=admitted.copy.removeprefix("cpy_"),
            model=admitted.question.model,
            created_s=int(parts.clock.now_s()),
        )
        self._status = Status.FAILED
        self._error: AdytonError | None = None
        self._kept = ""  # cleared, not yet left: whole answers
        self._left = ""  # always the beginning of what the model said
        self._part = 0
        self._begun = False
        self._unprinted = ""  # what kept prints from being made

    def run(self) -> Steps[None]:
        """All steps; the close fact on every path, also where something of ours breaks."""
        try:
            yield from self._answer()
        except _Gone:
            self._status = Status.GONE
        except AdytonError as error:
            yield from self._break_off(error)
        except Exception:
            yield from self._close()
            raise
        yield from self._close()

    def _answer(self) -> Steps[None]:
        # (1): upstream
        question = self._asked.question.for_upstream(self._parts.limits.answer_tokens)
        yield from self._do(OpenUpstream(upstream=self._asked.endpoint.upstream, question=question))
        try:
            # (2): blocks
            finish = yield from self._read()
            # (3): the end
            last = self._look(last=True)
        except Withheld:
            finish, last, self._kept = Finish.WITHHELD, "", ""
        yield from self._finish(last, finish)
        self._status = Status.REFUSED if finish is Finish.WITHHELD else Status.DONE

    def _read(self) -> Steps[Finish]:
        """Take blocks until the model ends the answer, or a limit does. Raises Withheld."""
        limits = self._parts.limits
        while not self._frames.done and self._hold.received_bytes < limits.answer_bytes:
            event = yield NextChunk(wait_s=self._hold.due_in_s(self._now_s()))
            if isinstance(event, UpstreamEnded):
                self._frames.end()
                break
            self._take(event)
            yield from self._block()
        if self._frames.done or self._frames.finish is not None:
            return self._frames.finish or Finish.STOP
        return Finish.LENGTH

    def _take(self, event: object) -> None:
        match event:
            case Chunk(data=data):
                for text in self._frames.feed(data):
                    self._hold.add(text, now_s=self._now_s())
            case ClientGone():
                raise _Gone
            case UpstreamFailed(error=error):
                raise Unavailable("the model server failed", mend="try later") from error
            case _:
                pass

    def _block(self) -> Steps[None]:
        if not self._hold.is_due(self._now_s()):
            self._check_live()
            return
        block = self._look(last=False)
        if not self._asked.question.stream:
            self._kept += block
        elif block:
            yield from self._describe(block)
            yield from self._release(self._opening() + self._asked.dialect.delta(self._head, block))

    def _look(self, *, last: bool) -> str:
        """Steps a to c for one block. Raises Withheld, Refused, Exhausted."""
        # step a: locks
        self._check_live()
        # step b: output guard
        block = self._hold.clear(last=last)
        # step c: budget
        self._parts.budget.spend_bytes(self._asked.caller.person, len(block.encode()))
        return block

    def _check_live(self) -> None:
        """Asked anew each time: a lock, an expiry or a revoked entitlement ends live use."""
        asked, gatekeeper = self._asked, self._parts.gatekeeper
        endpoint = asked.endpoint
        try:
            gatekeeper.ask(
                asked.caller,
                asked.grant.act,
                endpoint.resource,
                purpose=asked.grant.purpose,
                copy=asked.copy,
                network=asked.network,
            )
        except Missing as error:
            raise Refused("the grant ended", mend="ask for a new entitlement") from error
        if endpoint.weights is not None:
            gatekeeper.check_locks(asked.caller, endpoint.weights)

    def _describe(self, block: str) -> Steps[None]:
        """d: the text of a block that is about to leave, durable before it does."""
        self._part += 1
        self._left += block
        fact = Fact(
            type=ANSWER_CONTINUED,
            subjects=(self._asked.copy,),
            public={
                "copy": self._asked.copy,
                "part": self._part,
                "bytes_out": len(self._left.encode()),
            },
            body={"text": block},
            body_subject=self._asked.caller.person,
        )
        try:
            yield from record(fact)
        except Unavailable:
            self._left = self._left.removesuffix(block)
            raise

    def _finish(self, last: str, finish: Finish) -> Steps[None]:
        rest = self._kept + last
        if len(rest.encode()) > self._parts.limits.undescribed_bytes:
            yield from self._describe(rest)
        else:
            self._left += rest
        dialect, usage = self._asked.dialect, self._frames.usage
        if not self._asked.question.stream:
            body = dialect.whole(self._head, rest, finish, usage)
            yield from self._do(Reply(body=body, promise=self._promise))
            return
        frames = self._opening() + (dialect.delta(self._head, rest) if rest else b"")
        closing = dialect.closing(
            self._head, finish, usage, usage_frame=self._asked.question.usage_frame
        )
        yield from self._release(frames + closing)
        yield from self._do(End())

    def _opening(self) -> bytes:
        return b"" if self._begun else self._asked.dialect.opening(self._head)

    def _release(self, data: bytes) -> Steps[None]:
        """e: hand whole frames to the face; the head goes with the first of them."""
        if not self._begun:
            self._begun = True
            yield from self._do(Begin(promise=self._promise))
        yield from self._do(Release(data=data))

    def _do(self, command: Command) -> Steps[None]:
        event = yield command
        if isinstance(event, ClientGone):
            raise _Gone

    def _break_off(self, error: AdytonError) -> Steps[None]:
        """End what was begun with the kill frame; refuse what was not."""
        cut = isinstance(error, Refused | Exhausted)
        self._status = Status.CUT if cut else Status.FAILED
        self._error = error
        code, request_id = code_of(error), self._promise.receipt
        if self._begun:
            yield Kill(error=error, code=code, request_id=request_id, dialect=self._asked.dialect)
        else:
            yield Refuse(error=error, code=code, request_id=request_id)

    def _close(self) -> Steps[None]:
        """(4): the close fact. Where the ledger is down it is owed, and offered again."""
        yield CloseUpstream()
        fact = self._closing_fact()
        try:
            yield from record(fact)
        except Unavailable:
            self._parts.owed.keep(self._asked.copy, fact)

    def _closing_fact(self) -> Fact:
        asked, usage = self._asked, self._frames.usage
        prints = self._prints()
        public: dict[str, Json] = {
            "copy": asked.copy,
            "asset": asked.endpoint.resource.asset,
            "recipient": asked.caller.person,
            "credential": asked.caller.credential,
            "client": asked.client,
            "status": str(self._status),
            "locked": isinstance(self._error, Locked),
            "bytes_out": len(self._left.encode()),
            "tokens_in": usage.tokens_in,
            "tokens_out": usage.tokens_out,
            "received_bytes": self._hold.received_bytes,
            "scanned_chars": self._hold.scanned_chars,
            "printed": not self._unprinted,
        }
        return Fact(
            type=ANSWER_CLOSED,
            subjects=(asked.copy, asked.endpoint.resource.asset, asked.caller.person),
            public=public,
            body={
                "question": asked.question.text,
                "answer": self._left,
                "withheld": self._hold.received[len(self._left) :],
                "prints": prints,
                "why": self._error.message if self._error else self._unprinted,
            },
            body_subject=asked.caller.person,
        )

    def _prints(self) -> str:
        """The prints of what left; "" where they could not be made: nothing stops a close fact."""
        try:
            return self._parts.fingerprint(self._left) if self._left else ""
        except Exception as error:  # noqa: BLE001 - see above; the fact says it
            self._unprinted = type(error).__name__
            return ""

    def _now_s(self) -> float:
        return self._parts.clock.monotonic_s()
