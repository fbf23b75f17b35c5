"""The proxy's listener: uvicorn with httptools on uvloop, without logs and headers of its own."""

import asyncio
import socket
import threading
from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import Any

import uvicorn

from adyton.faces.connection import DISCARD_BYTES, Answered, BoundedProtocol
from adyton.faces.proxy.application import ProxyApplication
from adyton.faces.proxy.driver import Begun
from adyton.faces.proxy.pacing import Pace
from adyton.faces.proxy.refusing import RefusalTexts
from adyton.faces.proxy.wire import ABORT, BEGUN, NO_SOURCE, TARGET, VERDICT
from adyton.gateway import RequestHead
from adyton.gateway.commands import Refuse
from adyton.gateway.heads import declared_bytes
from adyton.gateway.refusals import network_of
from adyton.terms import Misconfigured, Unavailable

START_S = 20.0
STOP_S = 10.0  # running exchanges are then told to end; each still writes its close fact
_BACKLOG = 512
MISTAKES = 8  # refusals that a connection may have after a good answer before it waits
_UNSEEN = 2.0  # connecting, or the task of a request, take about as long again as is measured here
_TEXTS = RefusalTexts()


class _Protocol(BoundedProtocol):
    """What the proxy adds to the bounds of every connection.

    - What can be refused by its head alone is, before a task is made for it: a flood of bad
      requests costs no more than the server itself. The decision is the exchange's own.
    - The request target is kept: the parsed path no longer tells an absolute form.
    - What cannot be read is counted.
    - What comes after a refusal waits for its turn where refusals take too much of the loop's
      time (`pacing`); after a good answer nothing waits.
    """

    _begun: Begun | None = None
    _mistakes = 1  # refusals left before what comes has to wait
    _refused = 0  # in what is read now
    _took_s = 0.0  # by what was read last
    _held = b""  # read, and waits for its turn

    def __init__(self, *given: Any, pace: Pace, **named: Any) -> None:  # noqa: ANN401 - the server's
        super().__init__(*given, **named)
        self._pace = pace

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as above it
        """Who comes from a network that is refused all the time waits from the start."""
        super().connection_made(transport)
        self._network = network_of(self._source())
        if self._pace.noisy(self._network):
            self._mistakes = 0

    def connection_lost(self, exc: Exception | None) -> None:
        """What was held is forgotten."""
        if self._held:
            self._held = b""
            self._pace.forget(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what came, or hold it until its turn."""
        if self._mistakes <= 0 and self._idle() and (self._held or self._pace.crowded()):
            self._hold(data)
        else:
            self._read(data)

    def take_turn(self) -> None:
        """What was held is read now."""
        data, self._held = self._held, b""
        self._read(data)
        if self._idle() and not self.transport.is_closing():
            self.flow.resume_reading()

    def _hold(self, data: bytes) -> None:
        if not self._pace.wait(self, len(data)):
            self._turned_away()
            self.transport.abort()
            return
        self._unset_keepalive_if_required()
        if self._held:  # who sends on meanwhile waits in the socket's own buffer
            self.flow.pause_reading()
        self._held += data

    def _read(self, data: bytes) -> None:
        """Read it, and note what it took where nothing good came of it."""
        start, first = perf_counter(), self._fresh
        super().data_received(data)
        took_s = self._took_s = perf_counter() - start
        if self._refused:
            count, self._refused = self._refused, 0
            self._mistakes -= count
            self._pace.refused(self._network, count, took_s * _UNSEEN if first else took_s)
        elif self._mistakes <= 0 and self._idle():
            self._pace.spend(took_s)

    def _judged(self, *, good: bool) -> None:
        """How a request ended that took a task."""
        if good:
            self._mistakes = MISTAKES
        else:
            self._mistakes -= 1
            self._pace.refused(self._network, 1, self._took_s * _UNSEEN)

    def _idle(self) -> bool:
        """No request is under way."""
        return self._fresh or self.cycle.response_complete

    def _answered_at_once(self) -> bool:
        self._begun = None
        if self._fresh or self.cycle.response_complete:  # else it waits for its turn
            head = RequestHead(
                method=self.parser.get_method().decode("ascii"),
                target=self.url,
                headers=tuple(self.headers),
                source=self._source(),
            )
            self._begun = self._begin(head)
            if self._begun is not None and self._begun.refusal is not None:
                self._refuse(self._begun.refusal, head)
                return True
        return False

    def _begin(self, head: RequestHead) -> Begun | None:
        application = self.config.app
        if not isinstance(application, ProxyApplication):
            return None
        try:
            return application.begin(head)
        except Exception:  # noqa: BLE001 - our bug: the exchange's task meets it again and tells
            return None

    def _make_scope(self) -> None:
        super()._make_scope()
        self.scope[TARGET] = self.url  # type: ignore[literal-required] # ours, see wire.py
        self.scope[ABORT] = self.transport.abort  # type: ignore[literal-required] # see wire.py
        self.scope[BEGUN] = self._begun  # type: ignore[literal-required] # ours, see wire.py
        self.scope[VERDICT] = self._judged  # type: ignore[literal-required] # see wire.py

    def _refuse(self, refusal: Refuse, head: RequestHead) -> None:
        """Answer, and read on: what comes of the body is thrown away."""
        self._refused += 1
        if self.flow.write_paused:  # answers that nobody reads are not kept for anybody
            self.cycle = Answered()  # type: ignore[assignment]
            self.transport.abort()
            return
        parser = self.parser
        close = (
            parser.get_http_version() == "1.0"
            or not parser.should_keep_alive()
            or parser.should_upgrade()
            or self.expect_100_continue  # whether its body comes cannot be known
            or declared_bytes(head) > DISCARD_BYTES
        )
        self.transport.write(_TEXTS.whole(refusal, close=close, body=head.method != "HEAD"))
        if self._fresh:
            self._fresh = False
            self.cycle = Answered()  # type: ignore[assignment] # all that is asked of it
        if close:
            self.transport.close()
        else:
            self.on_response_complete()

    def _source(self) -> str:
        return self.client[0] if self.client else NO_SOURCE

    def send_400_response(self, msg: str) -> None:
        self._refused += 1
        application = self.config.app
        if isinstance(application, ProxyApplication):
            application.unreadable(self._source())
        super().send_400_response(msg)

    def _turned_away(self) -> None:
        application = self.config.app
        if isinstance(application, ProxyApplication):
            application.turned_away(self._source())


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
        self._pace = Pace(now=perf_counter, later=_later)
        config = uvicorn.Config(
            application,
            http=partial(_Protocol, pace=self._pace),  # type: ignore[arg-type] # it only calls it
            ws="none",
            loop="uvloop",
            lifespan="on",
            interface="asgi3",
            access_log=False,
            log_config=None,
            log_level="error",  # a line for each unreadable request would fill the disk
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

    def serving(self) -> bool:
        """Whether requests are taken now."""
        return self._thread.is_alive() and not self._server.should_exit

    def stop(self) -> None:
        """End running exchanges, write what is due, close the listener."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(STOP_S + START_S)


def serve_proxy(application: ProxyApplication, *, host: str, port: int) -> None:
    """Serve on this thread until the process is told to end (SIGINT, SIGTERM)."""
    ProxyServer(application, host=host, port=port).run()


def _later(delay_s: float, call: Callable[[], None]) -> None:
    asyncio.get_running_loop().call_later(delay_s, call)


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise Unavailable("the proxy's address cannot be taken", mend="choose another") from error
