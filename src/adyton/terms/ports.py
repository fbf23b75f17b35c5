"""The ports that every part may ask for by constructor."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Clock(Protocol):
    """Time. Safe from threads; `now_s` may jump, `monotonic_s` never goes back."""

    def now_s(self) -> float:
        """Seconds since the Unix epoch, UTC."""

    def monotonic_s(self) -> float:
        """Seconds from some fixed, unknown start."""


class Entropy(Protocol):
    """Unpredictable bytes from the operating system. Safe from threads."""

    def token(self, size_bytes: int) -> bytes:
        """`size_bytes` fresh random bytes."""


class Executor(Protocol):
    """Where independent pure work runs: process pool, later a cluster.

    Unordered; the callable and its arguments must be picklable by our own processes only;
    a worker that dies gives `Unavailable`.
    """

    def submit(self, work: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Start `work`; the future holds its answer or its error."""
