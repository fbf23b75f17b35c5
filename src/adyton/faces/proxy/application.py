"""The ASGI application of the proxy."""

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Mapping
from typing import Any

from adyton.faces.proxy.driver import Begun, Driver
from adyton.faces.proxy.wire import BEGUN, Receive, Send, Wire, head_of
from adyton.gateway import Gateway, Recorder, RequestHead, Upstream
from adyton.gateway.refusals import lost, summed
from adyton.terms import AdytonError, Fact, Unavailable

FLUSH_S = 5.0  # how often ended windows of counted refusals, and what is owed, are recorded
_ERROR_ID_BYTES = 13
_DIARY = logging.getLogger("adyton.proxy")


class ProxyApplication:
    """One callable per request; the lifespan records recovery, then counted refusals."""

    def __init__(self, *, gateway: Gateway, ledger: Recorder, upstream: Upstream) -> None:
        self._gateway = gateway
        self._ledger = ledger
        self._upstream = upstream
        self._counted: deque[Fact] = deque()

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one scope: `http` or `lifespan`; there is nothing else."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(Wire(scope, receive, send), scope)

    def unreadable(self, source: str) -> None:
        """The server refused bytes that were no request."""
        self._gateway.count_unreadable(source)

    def turned_away(self, source: str) -> None:
        """The server ended a connection among too many that waited for their turn."""
        self._gateway.count_turned_away(source)

    def begin(self, head: RequestHead) -> Begun:
        """Run an exchange as far as that takes no time. What it raises is our bug."""
        return Begun(self._gateway.exchange(head), self._ledger)

    async def _serve(self, wire: Wire, scope: Mapping[str, Any]) -> None:
        driver = Driver(wire=wire, ledger=self._ledger, upstream=self._upstream)
        try:
            await driver.drive(scope.get(BEGUN) or self.begin(head_of(scope)))
        except asyncio.CancelledError:
            # The server stops. The exchange was driven to its end, and this task ends here.
            _DIARY.warning("an exchange was ended because the proxy stops")
        except Exception as error:  # noqa: BLE001 - the last border: opaque outside, told inside
            name = f"err_{secrets.token_hex(_ERROR_ID_BYTES)}"
            _DIARY.error("internal error %s: %s at %s", name, type(error).__name__, _at(error))
            if wire.answered:
                raise _Broken from None  # the connection drops: a clean end looks like success
            await wire.refuse(error, code="", request_id=name)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        for fact in self._gateway.recovery_facts():
            await asyncio.wrap_future(self._ledger.submit(fact))
        await send({"type": "lifespan.startup.complete"})
        stopping = False
        while not stopping:
            try:
                async with asyncio.timeout(FLUSH_S):
                    stopping = (await receive())["type"] == "lifespan.shutdown"
            except TimeoutError:
                pass
            await self._flush(stopping=stopping)
        if self._counted:
            await self._record_without_room()
        await self._upstream.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _flush(self, *, stopping: bool) -> None:
        """Offer what was counted; what is not taken waits, and no more is taken out meanwhile."""
        if stopping or not self._counted:
            self._counted.extend(self._gateway.due_facts(stopping=stopping))
        try:
            for fact in self._gateway.owed_facts():
                await asyncio.wrap_future(self._ledger.submit(fact))
            while self._counted and (taken := self._ledger.offer(self._counted[0])) is not None:
                promise = asyncio.wrap_future(taken.promise)
                await asyncio.wait({promise}, timeout=FLUSH_S)  # the lane may wait for room
                if promise.done():
                    promise.result()
                self._counted.popleft()
        except AdytonError:
            _DIARY.error("counted refusals and owed close facts could not be recorded yet")

    async def _record_without_room(self) -> None:
        """The counts that the ledger did not take before the end: summed, or told to be lost."""
        try:
            try:
                for fact in summed(self._counted):
                    await asyncio.wrap_future(self._ledger.submit(fact))
            except Unavailable:
                await asyncio.wrap_future(self._ledger.submit(lost(self._counted)))
        except AdytonError:
            _DIARY.error("counted refusals are lost")


class _Broken(Exception):
    """The answer broke off inside."""


def _at(error: BaseException) -> str:
    """Where it happened; the message and the values stay out of the diary."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    if frame is None:
        return "?"
    return f"{frame.tb_frame.f_code.co_qualname}:{frame.tb_lineno}"
