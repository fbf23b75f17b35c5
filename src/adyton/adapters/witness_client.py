"""A witness on another machine, asked over HTTP as C2SP tlog-witness says.

Only the address from the settings; no redirects, proxies or cookies; plain HTTP on loopback, TLS
elsewhere. What it answers is bounded in size, and the whole exchange in time, from the look-up of
its name over all its addresses to the last byte: whoever drips bytes or hangs is cut off.
"""

import contextlib
import hashlib
import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, wait
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from adyton.ledger.ports import WitnessReply
from adyton.ledger.witnesses import THIS_HOST
from adyton.terms.errors import Misconfigured, Unavailable
from adyton.terms.ports import Clock

WAIT_S = 5.0
LARGEST_ANSWER_BYTES = 128 * 1024  # a checkpoint with some thirty ML-DSA signatures
SIZE_TYPE = "text/x.tlog.size"
OK, NOT_FOUND, CONFLICT = 200, 404, 409
_Address: TypeAlias = tuple[socket.AddressFamily, Any]
"""As `getaddrinfo` gives it; the form of the second differs by family."""
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class HttpWitness:
    """A `Witness` at a submission prefix, which is also its monitoring prefix.

    `machine` is the host of its address: two of one host are one machine's word.
    """

    def __init__(
        self, url: str, *, clock: Clock, ca_file: str = "", wait_s: float = WAIT_S
    ) -> None:
        """`ca_file`: who signed its certificate, where the system does not know them.

        Raises Misconfigured for an address that is none, or is neither HTTPS nor on loopback.
        """
        try:
            parts = urlsplit(url)
            self._host, self._port = parts.hostname or "", parts.port
        except ValueError as error:
            raise _unsafe() from error
        secure = parts.scheme == "https"
        if not self._host or not (secure or (parts.scheme == "http" and self._host in _LOOPBACK)):
            raise _unsafe()
        self.machine = THIS_HOST if self._host in _LOOPBACK else self._host.rstrip(".")
        self._prefix = parts.path.rstrip("/")
        self._tls = _context(ca_file) if secure else None
        self._wait_s = wait_s
        self._clock = clock
        self._looking_up: Future[Sequence[_Address]] | None = None

    def add_checkpoint(self, request: bytes) -> WitnessReply:
        """POST add-checkpoint."""
        status, kind, body = self._ask("POST", "/add-checkpoint", request)
        sized = kind.partition(";")[0].strip() == SIZE_TYPE
        return WitnessReply(status=status, body=b"" if status == CONFLICT and not sized else body)

    def latest(self, origin: str) -> bytes | None:
        """The checkpoint that it publishes for a log.

        Where it has none it may just not publish them: that too is Unavailable.
        """
        name = hashlib.sha256(origin.encode()).hexdigest()
        status, _, body = self._ask("GET", f"/{name}/checkpoint", b"")
        if status != OK:
            raise Unavailable(f"it shows no checkpoint (status {status})")
        return body

    def _ask(self, method: str, path: str, body: bytes) -> tuple[int, str, bytes]:
        try:
            with self._connected() as connection:
                connection.request(method, self._prefix + path, body=body or None)
                answer = connection.getresponse()
                if answer.chunked:  # the library trusts the size of a chunk
                    raise Unavailable("it answers in chunks, which no witness needs")
                content = answer.read(LARGEST_ANSWER_BYTES + 1)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unavailable("it does not answer as a witness does, or in time") from error
        if len(content) > LARGEST_ANSWER_BYTES:
            raise Unavailable("its answer is too large")
        if answer.length:
            raise Unavailable("its answer is cut")
        return answer.status, answer.getheader("content-type", ""), content

    @contextlib.contextmanager
    def _connected(self) -> Iterator[http.client.HTTPConnection]:
        """A connection that is cut off when the time is over, whatever is under way on it."""
        ends_s = self._clock.monotonic_s() + self._wait_s
        raw = self._first_that_answers(ends_s)
        wire: socket.socket = raw
        if self._tls is not None:
            wire = self._tls.wrap_socket(
                raw, server_hostname=self._host, do_handshake_on_connect=False
            )
        timer = threading.Timer(self._left(ends_s), _cut, args=(wire,))
        timer.daemon = True
        timer.start()
        try:
            if isinstance(wire, ssl.SSLSocket):
                wire.do_handshake()
            connection = http.client.HTTPConnection(self._host, self._port)
            connection.sock = wire
            yield connection
        finally:
            timer.cancel()
            wire.close()

    def _first_that_answers(self, ends_s: float) -> socket.socket:
        """A connection to one of its addresses; each gets an even share of the time left."""
        addresses = self._addresses(ends_s)
        for at, (family, address) in enumerate(addresses):
            wire = socket.socket(family, socket.SOCK_STREAM)
            try:
                wire.settimeout(self._left(ends_s) / (len(addresses) - at))
                wire.connect(address)
            except OSError:
                wire.close()
            else:
                wire.settimeout(self._wait_s)
                return wire
        raise ConnectionError

    def _addresses(self, ends_s: float) -> Sequence[_Address]:
        """Its addresses. A look-up cannot be cut: one that hangs is waited for by the next ask."""
        looking_up = self._looking_up
        if looking_up is None:
            looking_up = self._looking_up = Future()
            port = self._port or (http.client.HTTPS_PORT if self._tls else http.client.HTTP_PORT)
            threading.Thread(
                target=_look_up, args=(self._host, port, looking_up), daemon=True
            ).start()
        wait([looking_up], self._left(ends_s))
        if not looking_up.done():
            raise TimeoutError
        self._looking_up = None
        return looking_up.result()

    def _left(self, ends_s: float) -> float:
        left_s = ends_s - self._clock.monotonic_s()
        if left_s <= 0:
            raise TimeoutError
        return left_s


def _look_up(host: str, port: int, found: Future[Sequence[_Address]]) -> None:
    try:
        infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        found.set_result([(info[0], info[4]) for info in infos])
    except (OSError, UnicodeError) as error:
        found.set_exception(ConnectionError(str(error)))


def _cut(wire: socket.socket) -> None:
    with contextlib.suppress(OSError):
        socket.socket.shutdown(wire, socket.SHUT_RDWR)


def _context(ca_file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:
        raise Misconfigured(
            "the ca_file of a witness cannot be read", mend="give a file of PEM certificates"
        ) from error


def _unsafe() -> Misconfigured:
    return Misconfigured(
        "a witness has no usable address: plain HTTP is for loopback only",
        mend="give its url in config.toml, with https",
    )
