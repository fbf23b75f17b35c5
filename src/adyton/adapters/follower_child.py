"""Keeps one child process of ours alive that follows the record: low priority, no environment.

The child's standard input is a pipe from here: it ends when this process ends, in whatever way. One
that dies is started again, each time after a longer pause; how often is told.
"""

import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from adyton.terms import Clock

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
STEADY_S = 120.0
"""Who lived this long starts with the first pause again."""
STOP_S = 10.0


def command_for(module: str, home: Path) -> tuple[str, ...]:
    """Our own interpreter, apart from the environment, with a module of ours."""
    return (sys.executable, "-I", "-m", module, str(home))


class FollowerChild:
    """At most one child at a time."""

    def __init__(
        self, command: Sequence[str], *, clock: Clock, first_pause_s: float = FIRST_PAUSE_S
    ) -> None:
        self._command = tuple(command)
        self._clock = clock
        self._pause_s = self._first_pause_s = first_pause_s
        self._ended = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="adyton-followers", daemon=True)
        self.deaths = 0

    def start(self) -> None:
        """Keep a child alive from now on."""
        self._thread.start()

    def stop(self) -> None:
        """End the child that this object started, and no other process."""
        self._ended.set()
        with self._lock:
            child = self._child
            if child is not None and child.stdin is not None:
                child.stdin.close()  # it takes this as the end, and leaves nothing half done
        if self._thread.is_alive():
            self._thread.join(STOP_S)
        if child is not None and child.poll() is None:
            child.kill()
            child.wait()

    def pid(self) -> int | None:
        """The child's process id, while it lives."""
        child = self._child
        return child.pid if child is not None and child.poll() is None else None

    def _run(self) -> None:
        while not self._ended.is_set():
            began_s = self._clock.monotonic_s()
            if self._begin():
                self._wait()
            if self._ended.is_set():
                return
            self.deaths += 1
            lived_s = self._clock.monotonic_s() - began_s
            self._pause_s = self._first_pause_s if lived_s > STEADY_S else self._pause_s
            self._ended.wait(self._pause_s)
            self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)

    def _begin(self) -> bool:
        with self._lock:
            if self._ended.is_set():
                return False
            try:
                self._child = subprocess.Popen(  # noqa: S603 a fixed command, no shell
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env={},
                    cwd="/",
                    start_new_session=True,
                )
            except OSError:
                return False
            return True

    def _wait(self) -> None:
        child = self._child
        if child is not None:
            child.wait()
            if child.stdin is not None:
                child.stdin.close()
