"""A connection's bounds, the same for every face that strangers reach: below the server's own."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

HEAD_S = 10.0  # from the first byte of a head, or the connection, to its last
HEAD_BYTES = 1 << 16  # request line and headers; the parser itself has no bound
DISCARD_BYTES = 1 << 16  # of a body that comes though its request was answered
HEADS_AT_ONCE = 32  # requests in what is read at once; nobody pipelines more


class _Nothing:
    """Stands for the event of a request that nobody waits for."""

    def set(self) -> None:
        """Nobody is told."""


class Answered:
    """Stands for a request that was answered before the server had made anything of it."""

    response_complete = True
    message_event = _Nothing()


class BoundedProtocol(HttpToolsProtocol):
    """What the server beneath leaves open.

    - Heads are bounded in bytes and time. What trails a body is no part of one: it is thrown
      away, and bounded too.
    - A caller who hangs up is told to every request of the connection, not to the last alone.
    - A body that comes after its answer is thrown away, within bounds of size and time.
    - After a request to upgrade nothing more is read: its body would pass for a new request.
    """

    _head_open = True
    _head_bytes = 0
    _head_timer: asyncio.TimerHandle | None = None
    _cycles: tuple[RequestResponseCycle, ...] = ()
    _discarded = 0
    _trailing = 0  # bytes since the last piece of a body
    _heads = 0
    _fresh = True  # no request was seen on this connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as above it
        """The first head is awaited."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Every request under way is told."""
        self._stop_timer()
        for cycle in self._running():
            cycle.disconnected = True
            cycle.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what came, then look at the bounds."""
        if self._head_open:
            self._head_bytes += len(data)
        else:
            self._trailing += len(data)
            if self.cycle.response_complete:
                self._discarded += len(data)
        self._heads = 0
        super().data_received(data)
        if self.transport.is_closing():
            return
        if not self._head_open:
            if self.cycle.response_complete:
                self._await_head()
            if self._discarded > DISCARD_BYTES:
                self.transport.close()
            elif self._trailing > HEAD_BYTES:
                self.transport.abort()
        elif self._head_bytes:
            self._await_head()
            if self._head_bytes > HEAD_BYTES:
                self.send_400_response("head over a limit")

    def on_message_begin(self) -> None:
        """What the server makes of a request besides is made once it is known to be needed."""
        self.url, self.headers, self.expect_100_continue = b"", [], False

    def on_header(self, name: bytes, value: bytes) -> None:
        """One line of a head; those that trail a body are dropped."""
        if self._head_open:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """A head is whole: begin the request, or answer it."""
        self._head_open, self._head_bytes, self._discarded, self._trailing = False, 0, 0, 0
        self._stop_timer()
        if self.transport.is_closing():  # the last answer was said: nothing more is begun
            self.cycle = Answered()  # type: ignore[assignment]
            return
        self._heads += 1
        if self._heads > HEADS_AT_ONCE:
            self.cycle = Answered()  # type: ignore[assignment]
            self.transport.abort()
            return
        if self._answered_at_once():
            return
        self._fresh = False
        self._unset_keepalive_if_required()
        self._make_scope()
        super().on_headers_complete()
        self.scope["headers"] = tuple(self.headers)
        self._cycles = (*self._running(), self.cycle)
        if self.parser.should_upgrade():
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """A piece of a body."""
        self._trailing = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The next bytes belong to a head."""
        self._head_open = True
        self._stop_timer()
        super().on_message_complete()

    def _answered_at_once(self) -> bool:
        """Whether the request was answered by its head alone."""
        return False

    def _make_scope(self) -> None:
        kept = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.headers, self.expect_100_continue = kept
        self.scope["headers"] = self.headers

    def _running(self) -> tuple[RequestResponseCycle, ...]:
        return tuple(cycle for cycle in self._cycles if not cycle.response_complete)

    def _await_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_S, self._head_late)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_late(self) -> None:
        """The head is not whole in time. A running answer is not cut for it."""
        self._head_timer = None
        if self._running():
            self._await_head()
        else:
            self.transport.abort()
