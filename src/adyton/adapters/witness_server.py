"""A witness's HTTP face, on the standard library alone: a second machine needs no server package.

    POST <prefix>/add-checkpoint
    GET  <prefix>/<hex sha256(origin)>/checkpoint
    GET  <prefix>/health

Hostile callers are bounded: so many connections, so many bytes, so long. They get a status of
400 to 499 and nothing else. The diary is told method and status, never an address or a body.
"""

import contextlib
import http.server
import logging
import re
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from adyton.ledger.ports import WitnessReply
from adyton.terms.errors import AdytonError, Misconfigured, Unavailable

LARGEST_REQUEST_BYTES = 128 * 1024  # the longest proof and some thirty ML-DSA signatures
MAX_CONNECTIONS = 64
IDLE_S = 5.0  # between two pieces of one request, or two requests
REQUEST_S = 15.0  # a connection's whole life: whoever drips bytes loses it
SIZE_TYPE = "text/x.tlog.size"
PLAIN = "text/plain; charset=utf-8"
OK, BAD_REQUEST, NOT_FOUND, METHOD_NOT_ALLOWED, CONFLICT = 200, 400, 404, 405, 409
LENGTH_REQUIRED, TOO_LARGE, UNAVAILABLE = 411, 413, 503
_CHECKPOINT = re.compile(r"/([0-9a-f]{64})/checkpoint")
_LENGTH = re.compile(r"[0-9]{1,12}", re.ASCII)
_SERVER_ERROR = 500
_DIARY = logging.getLogger(__name__)


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
        add_checkpoint: Callable[[bytes], WitnessReply],
        show: Callable[[str], bytes | None],
    ) -> None:
        """`tls`: the files of the certificate and of its key."""
        self.prefix = prefix.rstrip("/")
        self.add_checkpoint = add_checkpoint
        self.show = show
        self._tls = None if tls is None else _context(*tls)
        self._places = threading.BoundedSemaphore(MAX_CONNECTIONS)
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
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as above it
        """Serve one connection; its time is bounded whatever it does."""
        wire = cast("socket.socket", request)
        timer: threading.Timer | None = None
        try:
            wire.settimeout(IDLE_S)
            if self._tls is not None:
                wire = self._tls.wrap_socket(wire, server_side=True, do_handshake_on_connect=False)
            timer = threading.Timer(REQUEST_S, _cut, args=(wire,))
            timer.daemon = True
            timer.start()
            if isinstance(wire, ssl.SSLSocket):
                wire.do_handshake()
            self.finish_request(wire, client_address)
        except Exception as error:  # noqa: BLE001 - the border: one connection's end, no trace
            _DIARY.info("a connection ended early: %s", type(error).__name__)
        finally:
            if timer is not None:
                timer.cancel()
            with contextlib.suppress(OSError):
                self.shutdown_request(wire)
            self._places.release()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_S
    server: WitnessServer

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
        self.close_connection = True
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
        self.close_connection = True
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
