"""The proxy's listener: uvicorn with httptools on uvloop, without logs and headers of its own."""

import asyncio
import socket
import threading

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from adyton.faces.proxy.application import ProxyApplication
from adyton.faces.proxy.wire import ABORT, NO_SOURCE, TARGET
from adyton.terms import Misconfigured, Unavailable

START_S = 20.0
STOP_S = 10.0  # running exchanges are then told to end; each still writes its close fact
HEAD_S = 10.0  # from the first byte of a head, or the connection, to its last
HEAD_BYTES = 1 << 16  # request line and headers; the parser itself has no bound
_BACKLOG = 512


class _Protocol(HttpToolsProtocol):
    """What the server beneath leaves open.

    - The request target is kept: the parsed path no longer tells an absolute form.
    - Heads are bounded in bytes and time; what trails a body is no part of one.
    - What cannot be read is counted.
    - A caller who hangs up is told to every request of the connection, not to the last alone.
    - After a request to upgrade nothing more is read: its body would pass for a new request.
    """

    _head_open = True
    _head_bytes = 0
    _head_timer: asyncio.TimerHandle | None = None
    _cycles: tuple[RequestResponseCycle, ...] = ()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as above it
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        for cycle in self._running():
            cycle.disconnected = True
            cycle.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._head_open:
            self._head_bytes += len(data)
            self._await_head()
        super().data_received(data)
        if self._head_open and self._head_bytes > HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("head over a limit")

    def on_headers_complete(self) -> None:
        self._head_open, self._head_bytes = False, 0
        self._stop_timer()
        self.scope[TARGET] = self.url  # type: ignore[literal-required] # ours, see wire.py
        self.scope[ABORT] = self.transport.abort  # type: ignore[literal-required] # see wire.py
        super().on_headers_complete()
        self.scope["headers"] = tuple(self.headers)
        self._cycles = (*self._running(), self.cycle)
        if self.parser.should_upgrade():
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        self._head_open = True
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        application = self.config.app
        if isinstance(application, ProxyApplication):
            application.unreadable(self.client[0] if self.client else NO_SOURCE)
        super().send_400_response(msg)

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


class _Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


class ProxyServer:
    """A listener on a thread of its own, with its own loop: start, stop, nothing else."""

    def __init__(self, application: ProxyApplication, *, host: str, port: int) -> None:
        """Binds at once (port 0: any). Raises Unavailable where the address is taken."""
        self._socket = _listener(host, port)
        self.host = host
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            application,
            http=_Protocol,
            ws="none",
            loop="uvloop",
            lifespan="on",
            interface="asgi3",
            access_log=False,
            log_config=None,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=int(STOP_S),
        )
        self._server = _Server(config)
        self._thread = threading.Thread(target=self.run, name="adyton-proxy", daemon=True)

    def run(self) -> None:
        """Serve on this thread until `stop`."""
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self._socket.close()

    def start(self) -> None:
        """Serve on a thread of its own; return once it listens. Raises Misconfigured."""
        self._thread.start()
        if not self._server.listening.wait(START_S) or self._server.should_exit:
            raise Misconfigured("the proxy did not start")

    def stop(self) -> None:
        """End running exchanges, write what is due, close the listener."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(STOP_S + START_S)


def serve_proxy(application: ProxyApplication, *, host: str, port: int) -> None:
    """Serve on this thread until the process is told to end (SIGINT, SIGTERM)."""
    ProxyServer(application, host=host, port=port).run()


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise Unavailable("the proxy's address cannot be taken", mend="choose another") from error
