"""The way to the process that owns a home: HTTP over the Unix socket in the home.

One request for each call, one connection for each request; nothing is kept open. Unordered
between callers; a call whose answer was lost may have been carried out.
"""

import http.client
import socket
from pathlib import Path
from typing import TypeAlias

from adyton.terms import Unavailable

CALL_TIMEOUT_S = 600
Listener: TypeAlias = socket.socket


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=CALL_TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(CALL_TIMEOUT_S)
        self.sock.connect(str(self._path))


def post(path: Path, *, target: str, body: bytes, bearer: str) -> tuple[int, bytes]:
    """Send `body` to the owner at the socket `path`; status and body of its answer.

    Raises Unavailable when nobody answers there.
    """
    connection = _UnixConnection(path)
    try:
        headers = {"content-type": "application/json", "authorization": f"Bearer {bearer}"}
        connection.request("POST", target, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable(
            "the owner of this home does not answer", mend="is adyton serve running?"
        ) from error
    finally:
        connection.close()


def is_listening(path: Path) -> bool:
    """Whether a process accepts connections at the socket `path`."""
    probe = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        probe.connect(str(path))
    except OSError:
        return False
    else:
        return True
    finally:
        probe.close()


def listen(path: Path) -> Listener:
    """A listening Unix socket at `path`, mode 0600; an old one there is replaced."""
    path.unlink(missing_ok=True)
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(str(path))
    path.chmod(0o600)
    server.listen(64)
    return server


def listen_loopback(host: str, port: int) -> Listener:
    """A listening TCP socket. Raises Unavailable if the address is taken."""
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        server.bind((host, port))
    except OSError as error:
        server.close()
        raise Unavailable(
            f"cannot listen on {host}:{port}: {error.strerror}",
            mend="choose another port in config.toml",
        ) from error
    server.listen(256)
    return server
