"""The proxy's listener: uvicorn with httptools on uvloop, without logs and headers of its own."""

import socket
import threading

import uvicorn

from adyton.faces.connection import DISCARD_BYTES, Answered, BoundedProtocol
from adyton.faces.proxy.application import ProxyApplication
from adyton.faces.proxy.driver import Begun
from adyton.faces.proxy.refusing import RefusalTexts
from adyton.faces.proxy.wire import ABORT, BEGUN, NO_SOURCE, TARGET
from adyton.gateway import RequestHead
from adyton.gateway.commands import Refuse
from adyton.gateway.heads import declared_bytes
from adyton.terms import Misconfigured, Unavailable

START_S = 20.0
STOP_S = 10.0  # running exchanges are then told to end; each still writes its close fact
_BACKLOG = 512
_TEXTS = RefusalTexts()


class _Protocol(BoundedProtocol):
    """What the proxy adds to the bounds of every connection.

    - What can be refused by its head alone is, before a task is made for it: a flood of bad
      requests costs no more than the server itself. The decision is the exchange's own.
    - The request target is kept: the parsed path no longer tells an absolute form.
    - What cannot be read is counted.
    """

    _begun: Begun | None = None

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

    def _refuse(self, refusal: Refuse, head: RequestHead) -> None:
        """Answer, and read on: what comes of the body is thrown away."""
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
        application = self.config.app
        if isinstance(application, ProxyApplication):
            application.unreadable(self._source())
        super().send_400_response(msg)


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


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise Unavailable("the proxy's address cannot be taken", mend="choose another") from error
