"""What marks need of the ledger."""

from collections.abc import Callable
from typing import Protocol

from adyton.terms import Fact, Promise, State


class Recorder(Protocol):
    """The ledger, as far as marks use it.

    `append` returns once the fact is durable and `state` shows its rows; facts are totally
    ordered; safe from threads; the same fact twice is two facts. `guard` runs inside the commit
    on a state that holds every earlier fact; if it raises, nothing is recorded and `append`
    raises the same. Raises Unavailable when nothing can be recorded.
    """

    @property
    def state(self) -> State:
        """Current state."""

    def append(self, fact: Fact, *, guard: Callable[[State], None] | None = None) -> Promise:
        """Records `fact`."""
