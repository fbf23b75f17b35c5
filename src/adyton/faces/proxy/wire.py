"""One HTTP request on the ASGI wire: its head, its body, and the answer that goes out."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, TypeAlias

from adyton.faces.problems import error_body, problem_of
from adyton.gateway import RequestHead
from adyton.ledger.promise import to_header
from adyton.terms import Malformed, TooLarge

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

Headers: TypeAlias = list[tuple[bytes, bytes]]

TARGET = "adyton.target"
"""Where our server leaves the request target as it stood in the request line."""
ABORT = "adyton.abort"
"""Where our server leaves what drops the connection, with all that is still in its buffer."""
PROMISE = b"adyton-promise"
"""The header with the log's signed promise; refusals carry none (docs/formats/promise.md)."""
BEGUN = "adyton.begun"
"""Where our server leaves the exchange that it began when the head was whole."""
VERDICT = "adyton.verdict"
"""Where our server leaves what is told whether the request came to a good end."""
SEND_S = 10.0  # longest wait for a caller who does not read
NO_SOURCE = "unknown"  # no address can be read from it: every lock on a network covers it


def head_of(scope: Mapping[str, Any]) -> RequestHead:
    """The head of a request."""
    query = scope.get("query_string") or b""
    origin = (scope.get("raw_path") or b"") + (b"?" + query if query else b"")
    client = scope.get("client")
    return RequestHead(
        method=scope["method"],
        target=scope.get(TARGET) or origin,
        headers=tuple((bytes(name).lower(), bytes(value)) for name, value in scope["headers"]),
        source=client[0] if client else NO_SOURCE,
    )


def _nothing(**_: bool) -> None:
    """Other servers than ours leave nothing to drop, and nobody to tell."""


def refusal_parts(
    error: BaseException, *, code: str, request_id: str
) -> tuple[int, Headers, bytes]:
    """Status, headers and body of an error, by the table of problems."""
    problem = problem_of(error)
    body = error_body(error, request_id=request_id, code=code)
    headers = _headers(request_id, b"application/json", length=len(body), retry=problem.retry)
    return problem.status, headers, body


def _headers(
    request_id: str, kind: bytes, *, length: int | None, retry: bool = True, note: bytes = b""
) -> Headers:
    name = request_id.encode("ascii")
    headers = [
        (b"content-type", kind),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-request-id", name),
        (b"request-id", name),
    ]
    if length is not None:
        headers.append((b"content-length", str(length).encode("ascii")))
    if note:
        headers.append((PROMISE, to_header(note).encode("ascii")))
    if not retry:
        headers.append((b"x-should-retry", b"false"))
    return headers


class Wire:
    """The two directions of one request. `gone` is set once the caller hung up."""

    def __init__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self.gone = False
        self.answered = False  # the head of an answer went out

    async def read_body(self, *, limit_bytes: int, wait_s: float) -> bytes | None:
        """The whole body; None where the caller hung up. Raises TooLarge, Malformed (too slow)."""
        body = bytearray()
        try:
            async with asyncio.timeout(wait_s):
                while True:
                    message = await self._receive()
                    if message["type"] == "http.disconnect":
                        self.gone = True
                        return None
                    body += message.get("body", b"")
                    if len(body) > limit_bytes:
                        raise TooLarge(f"body: over {limit_bytes} bytes")
                    if not message.get("more_body", False):
                        return bytes(body)
        except TimeoutError as error:
            raise Malformed("body: did not arrive in time") from error

    async def wait_gone(self) -> None:
        """Return once the caller hung up. The body must have been read."""
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.gone = True

    async def reply(self, body: bytes, *, request_id: str, note: bytes) -> None:
        """A whole 200 answer. `note` is the promise of its fact."""
        self._scope.get(VERDICT, _nothing)(good=True)
        kind = b"application/json"
        await self._start(200, _headers(request_id, kind, length=len(body), note=note))
        await self._body(body, more=False)

    async def refuse(self, error: BaseException, *, code: str, request_id: str) -> None:
        """An error by the table of problems."""
        self._scope.get(VERDICT, _nothing)(good=False)
        status, headers, body = refusal_parts(error, code=code, request_id=request_id)
        await self._start(status, headers)
        await self._body(body, more=False)

    async def begin(self, *, request_id: str, note: bytes) -> None:
        """The head of an event stream. `note` is the promise of its fact."""
        self._scope.get(VERDICT, _nothing)(good=True)
        kind = b"text/event-stream; charset=utf-8"
        await self._start(200, _headers(request_id, kind, length=None, note=note))

    async def release(self, data: bytes) -> None:
        """Whole frames of the stream."""
        await self._body(data, more=True)

    async def end(self) -> None:
        """The proper end of the stream."""
        await self._body(b"", more=False)

    async def kill(self, frame: bytes) -> None:
        """A last frame, and the end."""
        await self._body(frame, more=False)

    async def _start(self, status: int, headers: Headers) -> None:
        self.answered = True
        await self._give({"type": "http.response.start", "status": status, "headers": headers})

    async def _body(self, data: bytes, *, more: bool) -> None:
        await self._give({"type": "http.response.body", "body": data, "more_body": more})

    async def _give(self, message: Message) -> None:
        """Send. A caller who does not read is gone: no lock and no end waits for them."""
        try:
            async with asyncio.timeout(SEND_S):
                await self._send(message)
        except TimeoutError:
            self.gone = True
            self._scope.get(ABORT, _nothing)()
