"""What a person may still ask and receive today. Disposable: remade from the answers' rows."""

from dataclasses import dataclass

from adyton.gateway.facts import ANSWERS
from adyton.gateway.limits import Limits
from adyton.terms import Clock, Exhausted, PersonId, State

DAY_S = 86_400


@dataclass(slots=True)
class _Day:
    number: int
    requests: int = 0
    sent_bytes: int = 0


class Budget:
    """Counts requests and bytes per person and UTC day, over all their credentials and routes.

    A request and a block are counted before they are served, so that requests at the same time
    never overrun. Used from one event loop; not safe from threads.
    """

    def __init__(self, *, state: State, clock: Clock, limits: Limits) -> None:
        self._state = state
        self._clock = clock
        self._limits = limits
        self._days: dict[PersonId, _Day] = {}

    def spend_request(self, person: PersonId) -> None:
        """Count one request. Raises Exhausted, with nothing counted."""
        day = self._today(person)
        if day.requests >= self._limits.requests_per_day:
            raise Exhausted("the requests of today are spent", mend="ask again tomorrow (UTC)")
        if day.sent_bytes >= self._limits.bytes_per_day:
            raise _bytes_spent()
        day.requests += 1

    def spend_bytes(self, person: PersonId, size_bytes: int) -> None:
        """Count bytes about to be sent. Raises Exhausted, with nothing counted."""
        day = self._today(person)
        if day.sent_bytes + size_bytes > self._limits.bytes_per_day:
            raise _bytes_spent()
        day.sent_bytes += size_bytes

    def _today(self, person: PersonId) -> _Day:
        number = int(self._clock.now_s()) // DAY_S
        day = self._days.get(person)
        if day is None or day.number != number:
            day = self._days[person] = self._recall(person, number)
        return day

    def _recall(self, person: PersonId, number: int) -> _Day:
        day = _Day(number=number)
        for _, row in self._state.by_index(ANSWERS, person):
            at, sent = row.get("at"), row.get("bytes_out")
            if isinstance(at, int) and at // DAY_S == number:
                day.requests += 1
                day.sent_bytes += sent if isinstance(sent, int) else 0
        return day


def _bytes_spent() -> Exhausted:
    return Exhausted("the bytes of today are spent", mend="ask again tomorrow (UTC)")
