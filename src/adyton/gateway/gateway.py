"""The gateway as the faces see it: exchanges, and what is due in between."""

from collections.abc import Collection, Mapping

from adyton.gateway.budget import Budget
from adyton.gateway.collaborators import Collaborators
from adyton.gateway.commands import Steps
from adyton.gateway.exchange import Exchange
from adyton.gateway.facts import Reason
from adyton.gateway.guard import MisuseGuard
from adyton.gateway.heads import RequestHead
from adyton.gateway.limits import Limits
from adyton.gateway.ports import Authenticate, Egress, Fingerprint, Gatekeeper
from adyton.gateway.recovery import OwedCloses, crashed_answers
from adyton.gateway.refusals import DIGEST_KEY_BYTES, RefusalLog
from adyton.terms import Clock, CompartmentId, Entropy, Fact, Secret, State


class Gateway:
    """Makes exchanges. All of them run in one event loop; not safe from threads."""

    def __init__(
        self,
        *,
        authenticate: Authenticate,
        gatekeeper: Gatekeeper,
        state: State,
        clock: Clock,
        entropy: Entropy,
        digest_key: Secret[bytes],
        egress: Egress,
        fingerprint: Fingerprint,
        hosts: Collection[str],
        guards: Mapping[CompartmentId, MisuseGuard] | None = None,
        limits: Limits | None = None,
    ) -> None:
        """`hosts`: names (without port) that a Host header may hold."""
        bounds = limits or Limits()
        self._parts = Collaborators(
            authenticate=authenticate,
            gatekeeper=gatekeeper,
            state=state,
            clock=clock,
            entropy=entropy,
            digest_key=digest_key,
            egress=egress,
            fingerprint=fingerprint,
            hosts=frozenset(hosts),
            guards=guards or {},
            limits=bounds,
            budget=Budget(state=state, clock=clock, limits=bounds),
            refusals=RefusalLog(bounds, digest_key=entropy.token(DIGEST_KEY_BYTES)),
            owed=OwedCloses(),
        )

    def exchange(self, head: RequestHead) -> Steps[None]:
        """The steps of one request; the face drives them to their end."""
        return Exchange(self._parts, head).run()

    def due_facts(self, *, stopping: bool = False) -> tuple[Fact, ...]:
        """Counted refusals whose window ended, to be recorded; all of them when `stopping`."""
        now_s = int(self._parts.clock.now_s())
        return self._parts.refusals.due(now_s=now_s, all_windows=stopping)

    def owed_facts(self) -> tuple[Fact, ...]:
        """Close facts that the ledger did not take so far; to be offered again, each time all."""
        return self._parts.owed.due(self._parts.state)

    def count_unreadable(self, source: str) -> None:
        """Count what was no request at all: the face could not read its head."""
        now_s = int(self._parts.clock.now_s())
        self._parts.refusals.count_unknown(Reason.MALFORMED, source, now_s=now_s)

    def count_turned_away(self, source: str) -> None:
        """Count what the face did not look at, because too much came that was refused."""
        now_s = int(self._parts.clock.now_s())
        self._parts.refusals.count_unknown(Reason.EXHAUSTED, source, now_s=now_s)

    def recovery_facts(self) -> tuple[Fact, ...]:
        """The close facts of answers that a crash left open; record them before serving."""
        return tuple(crashed_answers(self._parts.state, self._parts.limits))
