"""Refused operations on record: each one of a known caller, counted for unknown ones."""

from threading import Lock

from adyton.gateway.facts import Reason
from adyton.gateway.limits import Limits
from adyton.gateway.refusals import Refusal, RefusalLog
from adyton.gateway.steps import keyed_digest
from adyton.identity import Principal
from adyton.ledger import Ledger
from adyton.policy import Locked
from adyton.terms import AdytonError, Clock, Exhausted, Malformed, Missing, Refused, Secret

REASONS: tuple[tuple[type[AdytonError], Reason], ...] = (
    (Locked, Reason.LOCKED),
    (Refused, Reason.DENIED),
    (Missing, Reason.HIDDEN),
    (Malformed, Reason.MALFORMED),
    (Exhausted, Reason.EXHAUSTED),
)


class OperationRefusals:
    """Bounds what refusals write, as the gateway does for its own. Safe from threads."""

    def __init__(self, *, ledger: Ledger, clock: Clock, digest_key: Secret[bytes]) -> None:
        self._ledger = ledger
        self._digest_key = digest_key
        self._clock = clock
        self._log = RefusalLog(Limits())
        self._lock = Lock()

    def unidentified(self) -> None:
        """Somebody without a valid credential asked for something."""
        self._note(Refusal(reason=Reason.UNIDENTIFIED, caller=None, source="operations"))

    def note(self, error: AdytonError, *, caller: Principal, operation: str, asked: str) -> None:
        """A known caller was refused. `asked` is what they wanted: its keyed digest is kept."""
        reason = next((one for family, one in REASONS if isinstance(error, family)), None)
        if reason is None:
            return
        key = self._digest_key
        digest = keyed_digest(key, "asked", asked.encode()) if asked else ""
        public = {"route": operation, "model_digest": digest}
        self._note(Refusal(reason=reason, caller=caller, source="operations", public=public))

    def flush(self, *, stopping: bool = False) -> None:
        """Record the counts of windows that ended."""
        with self._lock:
            due = self._log.due(now_s=int(self._clock.now_s()), all_windows=stopping)
        for fact in due:
            self._ledger.append(fact)

    def _note(self, refusal: Refusal) -> None:
        with self._lock:
            fact = self._log.note(refusal, now_s=int(self._clock.now_s()))
        if fact is not None:
            self._ledger.append(fact)
