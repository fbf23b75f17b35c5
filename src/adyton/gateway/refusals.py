"""Refused requests as facts: each one where the caller is known, counted where not.

The counts are disposable until their window ends: a crash loses one window of unauthenticated
refusals at most, and nothing of what known callers were refused.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from adyton.gateway.facts import REQUEST_REFUSED, Reason
from adyton.gateway.limits import Limits
from adyton.identity import Principal
from adyton.terms import Fact, Json

OTHER_SOURCES = "others"
_UNKNOWN_SUBJECT = "unauthenticated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One refused request: `public` and `body` as far as they were known by then."""

    reason: Reason
    caller: Principal | None
    source: str
    public: Mapping[str, Json] = field(default_factory=dict)
    body: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """What is counted together. `credential` "" means nobody we know."""

    window: int
    reason: Reason
    person: str
    credential: str
    source: str


class RefusalLog:
    """Bounds what refusals write: a flood fills counters, not the ledger.

    Used from one event loop; not safe from threads.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._counts: dict[_Place, int] = {}
        self._written: dict[tuple[int, str], int] = {}

    def note(self, refusal: Refusal, *, now_s: int) -> Fact | None:
        """The fact to record now, or None where this refusal is only counted."""
        window = now_s // self._limits.refusal_window_s
        caller = refusal.caller
        if caller is not None and self._may_write(window, caller.credential):
            return _own_fact(refusal, caller)
        place = _Place(
            window=window,
            reason=refusal.reason,
            person=caller.person if caller else "",
            credential=caller.credential if caller else "",
            source=self._source(refusal),
        )
        self._counts[place] = self._counts.get(place, 0) + 1
        return None

    def due(self, *, now_s: int, all_windows: bool = False) -> tuple[Fact, ...]:
        """The facts of the windows that ended; of the running one too at shutdown."""
        window = now_s // self._limits.refusal_window_s
        ended = [place for place in self._counts if all_windows or place.window < window]
        facts = tuple(self._counted(place, self._counts.pop(place)) for place in ended)
        self._written = {key: n for key, n in self._written.items() if key[0] >= window}
        return facts

    def _may_write(self, window: int, credential: str) -> bool:
        written = self._written.get((window, credential), 0)
        self._written[window, credential] = written + 1
        return written < self._limits.refusals_each

    def _source(self, refusal: Refusal) -> str:
        if refusal.caller is not None:
            return ""
        known = {place.source for place in self._counts}
        if refusal.source in known or len(known) < self._limits.refusal_sources:
            return refusal.source
        return OTHER_SOURCES

    def _counted(self, place: _Place, count: int) -> Fact:
        public: dict[str, Json] = {
            "reason": str(place.reason),
            "person": place.person,
            "credential": place.credential,
            "count": count,
            "window_s": self._limits.refusal_window_s,
            "from": place.window * self._limits.refusal_window_s,
            "asset": "",
            "model_digest": "",
            "route": "",
        }
        return Fact(
            type=REQUEST_REFUSED,
            subjects=tuple(_known(place.person, place.credential)),
            public=public,
            body={"source": place.source} if place.source else {},
            body_subject=_UNKNOWN_SUBJECT if place.source else "",
        )


def _own_fact(refusal: Refusal, caller: Principal) -> Fact:
    asset = str(refusal.public.get("asset", ""))
    return Fact(
        type=REQUEST_REFUSED,
        subjects=tuple(_known(caller.person, caller.credential, asset)),
        public={
            "asset": "",
            "model_digest": "",
            "route": "",
            **refusal.public,
            "reason": str(refusal.reason),
            "person": caller.person,
            "credential": caller.credential,
            "count": 1,
        },
        body={**refusal.body, "source": refusal.source},
        body_subject=caller.person,
    )


def _known(*ids: str) -> Iterator[str]:
    return (one for one in ids if one)
