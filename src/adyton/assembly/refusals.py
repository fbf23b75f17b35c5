"""Refused operations on record: each one of a known caller, counted for unknown ones."""

import logging
from collections import deque
from threading import Lock

from adyton.gateway.facts import Reason
from adyton.gateway.limits import Limits
from adyton.gateway.refusals import (
    DIGEST_KEY_BYTES,
    Refusal,
    RefusalLog,
    lost,
    own_fact,
    summed,
)
from adyton.gateway.steps import keyed_digest
from adyton.identity import Principal
from adyton.ledger import Ledger
from adyton.policy import Locked
from adyton.terms import (
    AdytonError,
    Clock,
    Entropy,
    Exhausted,
    Fact,
    Malformed,
    Missing,
    Refused,
    Secret,
    Unavailable,
)

REASONS: tuple[tuple[type[AdytonError], Reason], ...] = (
    (Locked, Reason.LOCKED),
    (Refused, Reason.DENIED),
    (Missing, Reason.HIDDEN),
    (Malformed, Reason.MALFORMED),
    (Exhausted, Reason.EXHAUSTED),
)


LANE_S = 2.0  # at a stop: longest wait for the lane of refusals
_SOURCE = "operations"
_DIARY = logging.getLogger(__name__)


class OperationRefusals:
    """Bounds what refusals write, as the gateway does for its own. Safe from threads."""

    def __init__(
        self, *, ledger: Ledger, clock: Clock, entropy: Entropy, digest_key: Secret[bytes]
    ) -> None:
        self._ledger = ledger
        self._digest_key = digest_key
        self._clock = clock
        self._log = RefusalLog(Limits(), digest_key=entropy.token(DIGEST_KEY_BYTES))
        self._due: deque[Fact] = deque()
        self._lock = Lock()

    def unidentified(self) -> None:
        """Somebody without a valid credential asked for something."""
        with self._lock:
            self._log.count_unknown(Reason.UNIDENTIFIED, _SOURCE, now_s=self._now_s())

    def note(self, error: AdytonError, *, caller: Principal, operation: str, asked: str) -> None:
        """A known caller was refused. `asked` is what they wanted: its keyed digest is kept."""
        reason = next((one for family, one in REASONS if isinstance(error, family)), None)
        if reason is None:
            return
        key = self._digest_key
        digest = keyed_digest(key, "asked", asked.encode()) if asked else ""
        public = {"route": operation, "model_digest": digest}
        fact = own_fact(Refusal(reason=reason, caller=caller, source=_SOURCE, public=public))
        with self._lock:
            own = self._log.has_room(caller, now_s=self._now_s())
            if not own or self._ledger.offer(fact) is None:
                self._log.count(reason, caller, now_s=self._now_s())

    def flush(self) -> None:
        """Offer the counts of windows that ended; what is not taken waits for the next time."""
        with self._lock:
            if not self._due:
                self._due += self._log.due(now_s=self._now_s())
            while self._due and self._ledger.offer(self._due[0]) is not None:
                self._due.popleft()

    def end(self) -> None:
        """Record all counts, the running window's too: nothing is counted any more.

        Room is waited for as long as some is made. What is not taken then is summed, or told to
        be lost.
        """
        with self._lock:
            self._due += self._log.due(now_s=self._now_s(), all_windows=True)
            try:
                self._offer_all()
                if self._due:
                    self._record_without_room()
            except AdytonError as error:
                _DIARY.error("counts of refusals are lost: %s", error.message)
            self._due.clear()

    def _offer_all(self) -> None:
        last = None
        while self._due:
            taken = self._ledger.offer(self._due[0])
            if taken is None and last is None:
                return
            if taken is None and last is not None:
                try:
                    last.promise.exception(LANE_S)
                except TimeoutError:
                    return
                last = None  # the lane has moved on
                continue
            self._due.popleft()
            last = taken

    def _record_without_room(self) -> None:
        try:
            for fact in summed(self._due):
                self._ledger.append(fact)
        except Unavailable:
            self._ledger.append(lost(self._due))

    def _now_s(self) -> int:
        return int(self._clock.now_s())
