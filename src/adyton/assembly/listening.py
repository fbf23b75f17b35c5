"""The sockets that the owner of a home listens on, and what it tends to in the background."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from adyton.adapters import owner_socket
from adyton.adapters.hardening import no_dumps
from adyton.assembly.completeness import tend_record
from adyton.assembly.perimeter import Perimeter
from adyton.terms import AdytonError

EVERY_S = 2.0
LOOK_UP_S = 0.2
DIARY = logging.getLogger("adyton.owner")


class Ending:
    """A signal handler that only takes note, and the wait for it.

    The kernel may hand a signal to any thread, and Python runs the handler in the main one at its
    next step: a wait without end would have none. So the wait looks up again and again. The note
    is a plain flag: a handler that takes a lock could meet the very thread that holds it.
    """

    def __init__(self) -> None:
        self._told = False
        self._pause = threading.Event()

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        """The signal came."""
        self._told = True

    def wait(self) -> None:
        """Return soon after the signal came. Called by the main thread."""
        while not self._told:
            self._pause.wait(LOOK_UP_S)


def guard_memory() -> None:
    """Keep what this process holds in memory out of core files and other processes' reach."""
    no_dumps()


def api_sockets(perimeter: Perimeter) -> list[owner_socket.Listener]:
    """The Unix socket in the home, and the API's port on the configured address.

    Raises Unavailable, Misconfigured.
    """
    listen = perimeter.config.listen
    port = owner_socket.listen_network(listen.api_host, listen.api_port)
    return [owner_socket.listen(perimeter.paths.socket), port]


@contextmanager
def tend(perimeter: Perimeter) -> Iterator[None]:
    """While inside: what ran out of time is closed, signs of life recorded, years turned."""
    perimeter.heart.start()
    ended = threading.Event()

    def run() -> None:
        while not ended.wait(EVERY_S):
            try:
                perimeter.vault.close_expired()
                perimeter.refusals.flush()
                tend_record(perimeter)
                perimeter.year_turning.tend()
            except AdytonError as error:
                # Tried again at the next turn; an expired session gives nothing meanwhile.
                DIARY.warning("tending failed: %s", error.message)

    thread = threading.Thread(target=run, name="adyton-tend", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        perimeter.paths.socket.unlink(missing_ok=True)
