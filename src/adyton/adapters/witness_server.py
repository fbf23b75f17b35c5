"""A witness's HTTP face, on the standard library alone: a second machine needs no server package.

    POST <prefix>/add-checkpoint
    GET  <prefix>/<hex sha256(origin)>/checkpoint
    GET  <prefix>/health

Hostile callers are bounded: so many connections of one address and in all, so many bytes, so
long. Some places are kept for addresses from which a checkpoint came that made a log grow here:
nobody can bring one but who has the log's keys. They get a status of 400 to 499 and nothing else.
The diary is told method and status, never an address or a body.
"""

import contextlib
import http.client
import http.server
import ipaddress
import logging
import re
import socket
import socketserver
import ssl
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

from adyton.ledger.ports import WitnessReply
from adyton.terms.errors import AdytonError, Misconfigured, Unavailable
from adyton.terms.ports import Clock

LARGEST_REQUEST_BYTES = 128 * 1024  # the longest proof and some thirty ML-DSA signatures
MAX_CONNECTIONS = 64
PER_SOURCE = 8  # of them, of one IPv4 address or /64 of IPv6
KEPT = 16  # of them, for sources that made a log grow here
LARGEST_KNOWN = 256  # such sources, the last ones
PROXIES = frozenset({"127.0.0.1", "::1"})
"""Not bounded as one source: a TLS proxy on this host stands for everybody."""
LARGEST_HEAD_BYTES = 16 * 1024  # request line and headers
IDLE_S = 5.0  # between two pieces of one request, or two requests
LINGER_S = 0.5  # after a refusal, for what is still on the way
HEAD_S = 5.0  # of a head, the handshake of TLS before the first one included
REQUEST_S = 15.0  # a connection's whole life: whoever drips bytes loses it
SIZE_TYPE = "text/x.tlog.size"
PLAIN = "text/plain; charset=utf-8"
OK, BAD_REQUEST, NOT_FOUND, METHOD_NOT_ALLOWED, CONFLICT = 200, 400, 404, 405, 409
LENGTH_REQUIRED, TOO_LARGE, HEAD_TOO_LARGE, UNAVAILABLE = 411, 413, 431, 503
_CHECKPOINT = re.compile(r"/([0-9a-f]{64})/checkpoint")
_LENGTH = re.compile(r"[0-9]{1,12}", re.ASCII)
_HEADER = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n\0]*\r?\n")
_VERSIONS = frozenset({"HTTP/1.0", "HTTP/1.1"})
_SERVER_ERROR = 500
_DIARY = logging.getLogger(__name__)


class Places:
    """Who may hold a connection. Safe from threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: Counter[str] = Counter()
        self._known: OrderedDict[str, None] = OrderedDict()

    def take(self, address: str) -> bool:
        """Whether there is a place for one more connection from there; it is held then."""
        source = _source(address)
        with self._lock:
            free = MAX_CONNECTIONS - self._held.total()
            share = MAX_CONNECTIONS if source in PROXIES else PER_SOURCE
            kept = 0 if source in self._known else KEPT
            if free <= kept or self._held[source] >= share:
                return False
            self._held[source] += 1
            return True

    def free(self, address: str) -> None:
        """A connection from there ended."""
        source = _source(address)
        with self._lock:
            self._held[source] -= 1
            if self._held[source] <= 0:
                del self._held[source]

    def know(self, address: str) -> None:
        """What came from there made a log grow."""
        source = _source(address)
        with self._lock:
            self._known[source] = None
            self._known.move_to_end(source)
            if len(self._known) > LARGEST_KNOWN:
                self._known.popitem(last=False)


class _HeadError(http.client.HTTPException):
    """A head over the limit; the base class answers 431 to its kind."""


class _Head:
    """What a request is read from, with a bound on its head."""

    def __init__(self, wire: BinaryIO) -> None:
        self._wire = wire
        self._left = 0
        self.lines: list[bytes] = []

    def begin(self) -> None:
        self._left, self.lines = LARGEST_HEAD_BYTES, []

    def readline(self, limit: int = -1) -> bytes:
        line = self._wire.readline(self._left + 1 if limit < 0 else min(limit, self._left + 1))
        self._left -= len(line)
        if self._left < 0:
            raise _HeadError
        self.lines.append(line)
        return line

    def read(self, size: int) -> bytes:
        return self._wire.read(size)

    def close(self) -> None:
        self._wire.close()


class _Life:
    """Until when a connection may live, and its head may take."""

    def __init__(self, wire: socket.socket, now_s: float) -> None:
        self.wire = wire
        self.ends_s = now_s + REQUEST_S
        self.head_ends_s = now_s + HEAD_S

    def over(self, now_s: float) -> bool:
        return now_s >= min(self.ends_s, self.head_ends_s)


class WitnessServer(http.server.ThreadingHTTPServer):
    """Listens at once; `serve_forever` serves until `shutdown`. Raises Unavailable, Misconfigured.

    `add_checkpoint` answers a request, `show` gives the checkpoint kept under a name. Both are
    called from many threads.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(
        self,
        *,
        host: str,
        port: int,
        prefix: str = "",
        tls: tuple[Path, Path] | None = None,
        clock: Clock,
        add_checkpoint: Callable[[bytes], WitnessReply],
        show: Callable[[str], bytes | None],
    ) -> None:
        """`tls`: the files of the certificate and of its key."""
        self.prefix = prefix.rstrip("/")
        self.add_checkpoint = add_checkpoint
        self.show = show
        self._tls = None if tls is None else _context(*tls)
        self.places = Places()
        self._clock = clock
        self._lives: dict[int, _Life] = {}
        if ":" in host:
            self.address_family = socket.AF_INET6
        try:
            super().__init__((host, port), _Handler)
        except (OSError, OverflowError) as error:
            raise Unavailable(
                f"cannot listen on {host} port {port}", mend="is another process there?"
            ) from error

    def server_bind(self) -> None:
        """As above it, but nobody is asked for the name of this host."""
        socketserver.TCPServer.server_bind(self)
        name, self.server_port = self.server_address[:2]
        self.server_name = str(name)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as above it
        """A thread of its own for a connection, if there is a place for it."""
        if self.places.take(client_address[0]):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as above it
        """Serve one connection; its time is bounded whatever it does."""
        wire = cast("socket.socket", request)
        try:
            wire.settimeout(IDLE_S)
            if self._tls is not None:
                wire = self._tls.wrap_socket(wire, server_side=True, do_handshake_on_connect=False)
            self._lives[id(wire)] = _Life(wire, self._clock.monotonic_s())
            if isinstance(wire, ssl.SSLSocket):
                wire.do_handshake()
            self.finish_request(wire, client_address)
        except Exception as error:  # noqa: BLE001 - the border: one connection's end, no trace
            _DIARY.info("a connection ended early: %s", type(error).__name__)
        finally:
            self._lives.pop(id(wire), None)
            with contextlib.suppress(OSError):
                self.shutdown_request(wire)
            self.places.free(client_address[0])

    def service_actions(self) -> None:
        """Between two connections, twice a second at least: cut off whose time is over."""
        now_s = self._clock.monotonic_s()
        for life in tuple(self._lives.values()):
            if life.over(now_s):
                _cut(life.wire)

    def head_begins(self, wire: socket.socket) -> None:
        """The next head of that connection is awaited."""
        if (life := self._lives.get(id(wire))) is not None:
            life.head_ends_s = self._clock.monotonic_s() + HEAD_S

    def head_is_whole(self, wire: socket.socket) -> None:
        """It came: a body may take what is left of the connection's life."""
        if (life := self._lives.get(id(wire))) is not None:
            life.head_ends_s = life.ends_s


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_S
    server: WitnessServer
    command = ""
    refused = False

    def setup(self) -> None:
        super().setup()
        self.head = _Head(cast("BinaryIO", self.rfile))
        self.rfile = self.head  # type: ignore[assignment] # all of it that the base class uses

    def finish(self) -> None:
        super().finish()
        if self.refused:  # a connection closed upon unread bytes may lose its answer on the way
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self.connection, socket.SHUT_WR)
                self.connection.settimeout(LINGER_S)
                left = LARGEST_REQUEST_BYTES
                while left > 0 and (piece := self.connection.recv(65536)):
                    left -= len(piece)

    def handle_one_request(self) -> None:
        self.head.begin()
        try:
            super().handle_one_request()
        except _HeadError:  # in its first line
            self.command = ""
            self.send_error(HEAD_TOO_LARGE)
        self.server.head_begins(self.connection)

    def parse_request(self) -> bool:
        if not super().parse_request():
            return False
        self.server.head_is_whole(self.connection)
        odd = not all(map(_HEADER.fullmatch, self.head.lines[1:-1]))
        if odd or self.request_version not in _VERSIONS:  # others might read another request there
            self.send_error(BAD_REQUEST)
            return False
        return True

    def do_POST(self) -> None:
        if self.path != f"{self.server.prefix}/add-checkpoint":
            self._refuse(NOT_FOUND)
            return
        body = self._body()
        if body is None:
            return
        try:
            reply = self.server.add_checkpoint(body)
        except AdytonError as error:
            _DIARY.error("a checkpoint could not be judged: %s", error.message)
            self._reply(UNAVAILABLE)
            return
        if reply.grew:
            self.server.places.know(self.client_address[0])
        kind = SIZE_TYPE if reply.status == CONFLICT else PLAIN
        self._reply(reply.status, reply.body, kind)

    def do_GET(self) -> None:
        if "content-length" in self.headers or "transfer-encoding" in self.headers:
            self._refuse(BAD_REQUEST)
            return
        prefix = self.server.prefix
        inner = self.path.removeprefix(prefix) if self.path.startswith(prefix) else ""
        found = _CHECKPOINT.fullmatch(inner)
        try:
            note = self.server.show(found[1]) if found else None
        except AdytonError as error:
            _DIARY.error("a checkpoint could not be shown: %s", error.message)
            self._reply(UNAVAILABLE)
            return
        if inner == "/health":
            self._reply(OK, b"ok\n")
        elif note is None:
            self._reply(NOT_FOUND)
        else:
            self._reply(OK, note)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the base class refuses: always the caller's mistake, told without its words."""
        del message, explain
        self.close_connection = self.refused = True
        unknown_method = code == http.HTTPStatus.NOT_IMPLEMENTED
        status = METHOD_NOT_ALLOWED if unknown_method else code
        self.request_version = self.protocol_version  # else there would be no status line
        self._reply(BAD_REQUEST if status >= _SERVER_ERROR else status)

    def version_string(self) -> str:
        """No versions for strangers."""
        return "adyton"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Method and status."""
        del size
        method = self.command if self.command in {"GET", "POST"} else "other"
        _DIARY.info("%s %s", method, code)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - as above it
        """Nothing: the base class would write addresses and what callers sent."""

    def _body(self) -> bytes | None:
        """The whole body, or None where it was refused."""
        lengths = self.headers.get_all("content-length", [])
        if "transfer-encoding" in self.headers or not lengths:
            self._refuse(LENGTH_REQUIRED)
        elif len(lengths) > 1 or _LENGTH.fullmatch(lengths[0]) is None:
            self._refuse(BAD_REQUEST)
        elif int(lengths[0]) > LARGEST_REQUEST_BYTES:
            self._refuse(TOO_LARGE)
        else:
            body = self.rfile.read(int(lengths[0]))
            if len(body) == int(lengths[0]):
                return body
            self._refuse(BAD_REQUEST)
        return None

    def _refuse(self, status: int) -> None:
        """A reply after which the connection ends: what follows may be part of a body."""
        self.close_connection = self.refused = True
        self._reply(status)

    def _reply(self, status: int, body: bytes = b"", kind: str = PLAIN) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _source(address: str) -> str:
    """What counts as one source: an IPv4 address, the /64 of an IPv6 address."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return (
        str(found)
        if str(found) in PROXIES
        else str(ipaddress.IPv6Network((found, 64), strict=False))
    )


def _cut(wire: socket.socket) -> None:
    with contextlib.suppress(OSError):
        socket.socket.shutdown(wire, socket.SHUT_RDWR)


def _context(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
    except OSError as error:
        raise Misconfigured(
            "the certificate or its key cannot be read", mend="give PEM files that belong together"
        ) from error
    return context
