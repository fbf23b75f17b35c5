"""Drives one exchange: performs each command and gives its event back. It decides nothing.

1. Every command is awaited; an error that it ends in is thrown into the exchange.
2. The upstream is read by a task of its own into a small inbox; another one watches for the
   caller's hanging up. Both end with the exchange.
3. When the server stops in mid-exchange, the exchange is told so once, and still driven to its
   end: its close fact is written.
"""

import asyncio
from contextlib import aclosing
from typing import assert_never

from adyton.faces.problems import error_body
from adyton.faces.proxy.wire import Wire
from adyton.gateway import Recorder, Steps, Upstream
from adyton.gateway.commands import (
    Begin,
    BodyRead,
    Chunk,
    ClientGone,
    CloseUpstream,
    Command,
    Done,
    End,
    Event,
    Kill,
    NextChunk,
    Offer,
    OpenUpstream,
    Quiet,
    ReadBody,
    Record,
    Recorded,
    Refuse,
    Release,
    Reply,
    Taken,
    UpstreamEnded,
    UpstreamFailed,
)
from adyton.terms import AdytonError, Fact, Unavailable

_INBOX = 16  # chunks read ahead of the exchange; beyond it the upstream waits


class Begun:
    """An exchange, run up to the first command that takes time.

    `refusal` is set where none was needed: the exchange is over but for saying so.
    """

    __slots__ = ("command", "refusal", "steps")

    def __init__(self, steps: Steps[None], ledger: Recorder) -> None:
        self.steps = steps
        command: Command = next(steps)
        while isinstance(command, Offer):
            try:
                event = offered(ledger, command.fact)
            except AdytonError as error:
                command = steps.throw(error)
            else:
                command = steps.send(event)
        self.command: Command = command
        self.refusal = command if isinstance(command, Refuse) else None


class Driver:
    """One exchange on one wire."""

    def __init__(self, *, wire: Wire, ledger: Recorder, upstream: Upstream) -> None:
        self._wire = wire
        self._ledger = ledger
        self._upstream = upstream
        self._inbox: asyncio.Queue[Event] = asyncio.Queue(_INBOX)
        self._tasks: list[asyncio.Task[None]] = []

    async def drive(self, begun: Begun) -> None:
        """Run the exchange to its end. What it raises that is not of a family is our bug."""
        failure: BaseException | None = None
        async with asyncio.TaskGroup() as group:
            try:
                await self._steps(begun, group)
            except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - raised below
                failure = error
            for task in self._tasks:
                task.cancel()
        if failure is not None:
            raise failure

    async def _steps(self, begun: Begun, group: asyncio.TaskGroup) -> None:
        steps = begun.steps
        command: Command = begun.command
        stopped: asyncio.CancelledError | None = None
        event: Event
        while True:
            thrown: Exception | None = None
            try:
                event = await self._perform(command, group)
            except Exception as error:  # noqa: BLE001 - the exchange decides, and closes its copy
                thrown = error
            except asyncio.CancelledError as error:
                stopped, thrown = error, Unavailable("the gateway is stopping", mend="try later")
            try:
                command = steps.throw(thrown) if thrown else steps.send(event)
            except StopIteration:
                break
        if stopped is not None:
            raise stopped

    async def _perform(self, command: Command, group: asyncio.TaskGroup) -> Event:
        match command:
            case ReadBody(limit_bytes=limit_bytes, wait_s=wait_s):
                body = await self._wire.read_body(limit_bytes=limit_bytes, wait_s=wait_s)
                return ClientGone() if body is None else BodyRead(body=body)
            case Record(fact=fact):
                # Shielded: a cancelled wait must not cancel what the ledger has taken.
                promise = await asyncio.shield(asyncio.wrap_future(self._ledger.submit(fact)))
                return Recorded(promise=promise)
            case Offer(fact=fact):
                return offered(self._ledger, fact)
            case OpenUpstream():
                self._tasks = [
                    group.create_task(self._pump(command)),
                    group.create_task(self._watch()),
                ]
            case NextChunk(wait_s=wait_s):
                return await self._next(wait_s)
            case CloseUpstream():
                for task in self._tasks:
                    task.cancel()
            case _:
                await self._answer(command)
                return ClientGone() if self._wire.gone else Done()
        return Done()

    async def _answer(self, command: Begin | Release | End | Reply | Refuse | Kill) -> None:
        wire = self._wire
        match command:
            case Reply(body=body, promise=promise):
                await wire.reply(
                    body, request_id=promise.receipt, note=self._ledger.promise(promise)
                )
            case Refuse(error=error, code=code, request_id=request_id):
                await wire.refuse(error, code=code, request_id=request_id)
            case Begin(promise=promise):
                await wire.begin(request_id=promise.receipt, note=self._ledger.promise(promise))
            case Release(data=data):
                await wire.release(data)
            case End():
                await wire.end()
            case Kill(error=error, code=code, request_id=request_id, dialect=dialect):
                body = error_body(error, code=code, request_id=request_id)
                await wire.kill(dialect.kill_frame(body))
            case _:
                assert_never(command)

    async def _next(self, wait_s: float) -> Event:
        if self._wire.gone:
            return ClientGone()
        try:
            async with asyncio.timeout(wait_s):
                return await self._inbox.get()
        except TimeoutError:
            return Quiet()

    async def _pump(self, command: OpenUpstream) -> None:
        """Read the upstream into the inbox; leaving the block closes the request."""
        try:
            async with aclosing(self._upstream.ask(command.upstream, command.question)) as chunks:
                async for data in chunks:
                    await self._inbox.put(Chunk(data=data))
        except AdytonError as error:
            await self._inbox.put(UpstreamFailed(error=error))
        else:
            await self._inbox.put(UpstreamEnded())

    async def _watch(self) -> None:
        await self._wire.wait_gone()
        await self._inbox.put(ClientGone())


def offered(ledger: Recorder, fact: Fact) -> Taken:
    """Offer a refusal's fact; nothing is waited for. Raises Unavailable."""
    taken = ledger.offer(fact)
    return Taken(receipt=None if taken is None else taken.receipt)
