"""Threads and queues of the standard library."""

import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from adyton.ledger.ports import Inbox
from adyton.terms.errors import Exhausted


class ThreadInbox:
    """A bounded queue between threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._queue: queue.SimpleQueue[object] = queue.SimpleQueue()  # the quick one, in C

    def put(self, item: object) -> None:
        """Add an item. Raises Exhausted when full; threads at once may overshoot by one each."""
        if self._queue.qsize() >= self._limit:
            raise Exhausted("the queue is full")
        self._queue.put(item)

    def put_last(self, item: object) -> None:
        """Add the item that ends the work, full or not."""
        self._queue.put(item)

    def take(self, *, wait_s: float | None) -> object | None:
        """The next item, or None after `wait_s`."""
        try:
            if wait_s == 0:
                return self._queue.get_nowait()
            return self._queue.get(timeout=wait_s)
        except queue.Empty:
            return None


class SystemThreads:
    """Each loop on a daemon thread of its own: a kill loses nothing that was promised."""

    def lock(self) -> AbstractContextManager[object]:
        """A re-entrant lock."""
        return threading.RLock()

    def inbox(self, limit: int) -> Inbox[object]:
        """A bounded queue."""
        return ThreadInbox(limit)

    def start(
        self,
        name: str,
        inbox: Inbox[object],  # noqa: ARG002 - the port's signature; the step takes from it
        step: Callable[[], bool],
    ) -> Callable[[], None]:
        """Run `step` until it answers False."""

        def run() -> None:
            while step():
                pass

        thread = threading.Thread(target=run, name=name, daemon=True)
        thread.start()
        return thread.join

    def together(self, tasks: Sequence[Callable[[], None]]) -> None:
        """Each on a thread of its own but the last, which is the caller's."""
        failures: list[BaseException] = []

        def run(task: Callable[[], None]) -> None:
            try:
                task()
            except BaseException as error:  # noqa: BLE001 - raised below, in the caller's thread
                failures.append(error)

        threads = [
            threading.Thread(target=run, args=(task,), name="ledger-task", daemon=True)
            for task in tasks[:-1]
        ]
        for thread in threads:
            thread.start()
        for task in tasks[-1:]:
            run(task)
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]
