"""The sockets that the owner of a home listens on, and what it tends to in the background."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from adyton.adapters import owner_socket
from adyton.assembly.perimeter import Perimeter

EVERY_S = 2.0


def api_sockets(perimeter: Perimeter) -> list[owner_socket.Listener]:
    """The Unix socket in the home, and the API's port on the configured address."""
    listen = perimeter.config.listen
    port = owner_socket.listen_loopback(listen.api_host, listen.api_port)
    return [owner_socket.listen(perimeter.paths.socket), port]


@contextmanager
def tend(perimeter: Perimeter) -> Iterator[None]:
    """While inside: what ran out of time is closed, counted refusals are recorded."""
    ended = threading.Event()

    def run() -> None:
        while not ended.wait(EVERY_S):
            perimeter.vault.close_expired()
            perimeter.refusals.flush()

    thread = threading.Thread(target=run, name="adyton-tend", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        perimeter.paths.socket.unlink(missing_ok=True)
