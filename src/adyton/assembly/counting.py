"""What a model server that we started has itself counted, on record: somebody else's count.

One fact at its start, one a minute while its numbers move, one before it ends. A server that is
killed with its owner has no last one: what it did since the one before is then unknown.
"""

import logging
from dataclasses import dataclass
from threading import Lock

from adyton.adapters.model_server import ModelCounters, read_counters
from adyton.assembly.models import Models
from adyton.ledger import Ledger
from adyton.ledger.signs import BEAT_S
from adyton.terms import AdytonError, Clock, Fact, SessionId, VersionId

MODEL_COUNTED = "model.counted"
DIARY = logging.getLogger("adyton.owner")


@dataclass(slots=True, kw_only=True)
class Counted:
    """A running server, and what was last put on record of it."""

    session: SessionId
    version: VersionId
    at: float
    last: ModelCounters | None = None


class Counting:
    """Reads the counters with the key that only we and the server hold. Safe from threads."""

    def __init__(self, *, ledger: Ledger, models: Models, clock: Clock) -> None:
        self._ledger = ledger
        self._models = models
        self._clock = clock
        self._counted: dict[str, Counted] = {}
        self._lock = Lock()

    def begin(self, name: str, *, session: SessionId, version: VersionId) -> None:
        """The first count of a server that was just started as the upstream `name`."""
        one = Counted(session=session, version=version, at=self._clock.monotonic_s())
        with self._lock:
            self._counted[name] = one
            self._count(name, one, "start")

    def turn(self, *, now: bool = False) -> None:
        """Call it every few seconds; `now`: count at once. A count that fails is tried again."""
        with self._lock:
            for name, one in self._counted.items():
                if now or self._clock.monotonic_s() - one.at >= BEAT_S:
                    self._count(name, one, "asked" if now else "time")

    def end(self) -> None:
        """The last counts; call it before the servers are stopped."""
        with self._lock:
            for name, one in self._counted.items():
                self._count(name, one, "end")
            self._counted.clear()

    def _count(self, name: str, one: Counted, reason: str) -> None:
        one.at = self._clock.monotonic_s()
        handle = self._models.running().get(name)
        if handle is None:
            return
        try:
            # What was recorded by now, the server has worked on before we ask.
            after = self._ledger.clear.size()
            counters = read_counters(handle.port, handle.key)
            if counters == one.last and reason == "time":
                return
            self._ledger.append(
                Fact(
                    type=MODEL_COUNTED,
                    subjects=(one.version,),
                    public={
                        "session": one.session,
                        "version": one.version,
                        "reason": reason,
                        "after": after,
                        "prompt_tokens": counters.prompt_tokens,
                        "generated_tokens": counters.generated_tokens,
                    },
                )
            )
            one.last = counters
        except AdytonError as error:
            DIARY.warning("a model server was not counted: %s", error.message)
