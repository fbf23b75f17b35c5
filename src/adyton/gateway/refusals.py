"""Refused requests as facts: each one where the caller is known, counted where not.

Bounded in all, whoever sends how much from wherever: so many facts a window, so much memory. No
refusal waits for the ledger: its fact is offered, and where the ledger has no room for such it is
counted like one of an unknown caller.

The counts are disposable until their window ends: a crash loses one window of them at most. At an
orderly stop what the ledger does not take is summed by reason (`summed`), which needs no room of
refusals; where there is not even room for that, one fact says how many are lost (`lost`).
"""

import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv6Network

from adyton.gateway.facts import REFUSALS_LOST, REQUEST_REFUSED, Reason
from adyton.gateway.limits import Limits
from adyton.identity import Principal
from adyton.terms import Fact, Json

OTHER_SOURCES = "others"
_UNKNOWN_SUBJECT = "unauthenticated"
DIGEST_KEY_BYTES = 32
_DIGEST_BYTES = 16
_HOST_BITS = 64  # of an IPv6 address: whoever has one has all of its network


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One refused request of a known caller: `public`, `body` as far as they were known by then."""

    reason: Reason
    caller: Principal
    source: str
    public: Mapping[str, Json] = field(default_factory=dict)
    body: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """What is counted together. `credential` "" means nobody we know."""

    reason: Reason
    person: str = ""
    credential: str = ""
    source: str = ""


@dataclass(slots=True)
class _Window:
    """What was refused in one window. `end` grows where later windows had to be laid into it."""

    start: int
    end: int
    own: int = 0  # facts of single refusals
    each: dict[str, int] = field(default_factory=dict)  # of one credential
    unknown: dict[tuple[Reason, str], int] = field(default_factory=dict)  # (reason, source)
    known: dict[_Place, int] = field(default_factory=dict)


class RefusalLog:
    """Bounds what refusals write: a flood fills counters, not the ledger.

    `digest_key` makes the digests of sources that stand in the tree; forgotten with the process,
    so that nobody can try addresses against them later. Used from one event loop, or under a lock.
    """

    def __init__(self, limits: Limits, *, digest_key: bytes) -> None:
        self._limits = limits
        self._digest_key = digest_key
        self._windows: list[_Window] = []

    def has_room(self, caller: Principal, *, now_s: int) -> bool:
        """Whether a refusal of this caller gets a fact of its own; the room is then spent.

        Otherwise it is to be counted.
        """
        window = self._window(now_s)
        spent = window.each.get(caller.credential, 0)
        if window.own >= self._limits.refusals_own or spent >= self._limits.refusals_each:
            return False
        window.own += 1
        window.each[caller.credential] = spent + 1
        return True

    def count(self, reason: Reason, caller: Principal, *, now_s: int) -> None:
        """Count a refusal of a known caller with those like it."""
        known = self._window(now_s).known
        place = _Place(reason=reason, person=caller.person, credential=caller.credential)
        if place not in known and len(known) >= self._limits.refusal_sources:
            place = _Place(reason=reason, source=OTHER_SOURCES)
        known[place] = known.get(place, 0) + 1

    def count_unknown(self, reason: Reason, source: str, *, now_s: int) -> None:
        """Count a refusal of nobody we know: all that a flood makes us do."""
        unknown = self._window(now_s).unknown
        place = (reason, source)
        if place not in unknown:
            place = (reason, network_of(source))
            if place not in unknown and len(unknown) >= self._limits.refusal_sources:
                place = (reason, OTHER_SOURCES)
        unknown[place] = unknown.get(place, 0) + 1

    def due(self, *, now_s: int, all_windows: bool = False) -> tuple[Fact, ...]:
        """The facts of the windows that ended; of the running one too at shutdown.

        A window that lies ahead, because the clock was set back, has ended as well.
        """
        number = now_s // self._limits.refusal_window_s
        ended = [one for one in self._windows if all_windows or not one.start <= number <= one.end]
        self._windows = [one for one in self._windows if one not in ended]
        return tuple(fact for window in ended for fact in self._counted(window))

    def _window(self, now_s: int) -> _Window:
        """The running window. Where too many wait to be recorded, it is laid into the last one."""
        number = now_s // self._limits.refusal_window_s
        last = self._windows[-1] if self._windows else None
        if last is not None and last.start <= number <= last.end:
            return last
        if last is not None and len(self._windows) >= self._limits.refusal_windows:
            last.start, last.end, last.own = min(last.start, number), max(last.end, number), 0
            last.each.clear()
            return last
        window = _Window(number, number)
        self._windows.append(window)
        return window

    def _counted(self, window: _Window) -> Iterator[Fact]:
        for (reason, source), count in window.unknown.items():
            yield self._fact(window, _Place(reason=reason, source=source), count)
        for place, count in window.known.items():
            yield self._fact(window, place, count)

    def _fact(self, window: _Window, place: _Place, count: int) -> Fact:
        length_s = self._limits.refusal_window_s
        public: dict[str, Json] = {
            "reason": str(place.reason),
            "person": place.person,
            "credential": place.credential,
            "source": self._digest(place.source),
            "count": count,
            "window_s": (window.end - window.start + 1) * length_s,
            "from": window.start * length_s,
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

    def _digest(self, source: str) -> str:
        if source in {"", OTHER_SOURCES}:
            return source
        return hmac.digest(self._digest_key, source.encode(), "sha256").hex()[: 2 * _DIGEST_BYTES]


@lru_cache(maxsize=1024)
def network_of(source: str) -> str:
    """What is counted as one source: an IPv4 address, the /64 of an IPv6 address."""
    if ":" not in source:
        return source
    try:
        return str(IPv6Network((source.partition("%")[0], _HOST_BITS), strict=False))
    except ValueError:
        return OTHER_SOURCES


def summed(counted: Iterable[Fact]) -> tuple[Fact, ...]:
    """Counted refusals as one fact for each reason: whose they were is left out."""
    by_reason: dict[str, list[Mapping[str, Json]]] = {}
    for fact in counted:
        by_reason.setdefault(str(fact.public["reason"]), []).append(fact.public)
    return tuple(_sum(windows) for windows in by_reason.values())


def _sum(windows: list[Mapping[str, Json]]) -> Fact:
    start = min(_number(one["from"]) for one in windows)
    end = max(_number(one["from"]) + _number(one["window_s"]) for one in windows)
    public = {
        **windows[0],
        "person": "",
        "credential": "",
        "source": OTHER_SOURCES,
        "count": sum(_number(one["count"]) for one in windows),
        "window_s": end - start,
        "from": start,
    }
    return Fact(
        type=REQUEST_REFUSED,
        public=public,
        body={"source": OTHER_SOURCES},
        body_subject=_UNKNOWN_SUBJECT,
    )


def lost(counted: Iterable[Fact]) -> Fact:
    """The fact that counted refusals could not be recorded."""
    count = sum(_number(one.public["count"]) for one in counted)
    return Fact(type=REFUSALS_LOST, public={"count": count})


def _number(value: Json) -> int:
    return value if isinstance(value, int) else 0


def own_fact(refusal: Refusal) -> Fact:
    """The fact of one refusal of a known caller."""
    caller = refusal.caller
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
