"""The way to the process that owns a home: HTTP over the Unix socket in the home.

One request for each call, one connection for each request; nothing is kept open. Unordered
between callers; a call whose answer was lost may have been carried out.
"""

import contextlib
import http.client
import os
import socket
from pathlib import Path
from typing import TypeAlias

from adyton.terms import Misconfigured, Unavailable

CALL_TIMEOUT_S = 600
LONGEST_PATH_BYTES = 107  # sun_path of unix(7), less its closing zero
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
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.request("POST", target, body=body, headers=headers)
        # who is refused gets the answer though not all was read of what they sent
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
    """A listening Unix socket at `path`, mode 0600; one that a crash left is replaced.

    The caller owns the home, so nobody listens there. Raises Misconfigured where the path is
    longer than the kernel takes, Unavailable where it cannot be written.
    """
    if len(os.fsencode(path)) > LONGEST_PATH_BYTES:
        raise Misconfigured(
            f"the path of the home is too long for a socket ({LONGEST_PATH_BYTES} bytes)",
            mend="move the home to a shorter path",
        )
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.unlink(missing_ok=True)
        server.bind(str(path))
        path.chmod(0o600)
    except OSError as error:
        server.close()
        raise Unavailable(
            f"cannot listen in the home: {error.strerror}", mend="free space or mend permissions"
        ) from error
    server.listen(64)
    return server


def listen_network(host: str, port: int) -> Listener:
    """A listening TCP socket. Raises Unavailable if the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    server = socket.socket(family, socket.SOCK_STREAM)
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
