"""One person's volume against their own history, with the crowd taken out.

A day is unusual if it is far above the person's own days (median and spread) and far above what
everybody's day has become: on a release day all rise together, and nobody stands out. Days count
bytes of answers and of issued copies.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from adyton.terms import Entry
from adyton.watch.measures import spread
from adyton.watch.signals import Alarm, Severity, Unjudged
from adyton.watch.uses import Taken, taken
from adyton.watch.windows import History

MIN_DAYS = 7  # days of use before a person's habits can be spoken of
MIN_CROWD = 3  # others with habits before the day can be called everybody's
SPREADS = 6  # beyond 6 robust standard deviations
TIMES = 3  # and three times the usual day, for people whose days are all alike
GRAVE_TIMES = 10
FLOOR_BYTES = 65_536  # less than a long read is nobody's exfiltration
MAX_EVIDENCE = 50  # the largest; the summary holds the sum


@dataclass(frozen=True, slots=True, kw_only=True)
class _Habits:
    """A person's current day and the earlier days on which they took anything."""

    today: int
    before: tuple[int, ...]

    @property
    def known(self) -> bool:
        return len(self.before) >= MIN_DAYS

    @property
    def ratio(self) -> float:
        return self.today / median(self.before)

    @property
    def limit(self) -> float:
        usual = median(self.before)
        return max(usual + SPREADS * spread(self.before), TIMES * usual)


class Volume:
    """Calls on a day far above a person's own, unless it is above everybody's."""

    name = "volume"

    def alarms(self, history: History) -> tuple[Alarm, ...]:
        """One alarm per person whose current day is unusual."""
        habits = _habits(history.each(day_totals))
        found = []
        for person, own in habits.items():
            limit = own.limit * _crowd(habits, person) if own.known else float("inf")
            if own.today >= FLOOR_BYTES and own.today > limit:
                found.append(_alarm(person, own, history.window(0)))
        return tuple(found)

    def unjudged(self, history: History) -> tuple[Unjudged, ...]:
        """The people whose history is too short to speak of habits."""
        habits = _habits(history.each(day_totals))
        reason = f"fewer than {MIN_DAYS} earlier days of use"
        return tuple(
            Unjudged(detector=self.name, subject=person, reason=reason)
            for person, own in habits.items()
            if not own.known
        )


def day_totals(entries: Sequence[Entry]) -> Mapping[str, int]:
    """Bytes per person in one window."""
    totals: dict[str, int] = defaultdict(int)
    for one in taken(entries):
        if one.person and one.size_bytes > 0:
            totals[one.person] += one.size_bytes
    return dict(totals)


def _habits(days: Sequence[Mapping[str, int]]) -> dict[str, _Habits]:
    today, *before = days
    return {
        person: _Habits(today=total, before=tuple(day[person] for day in before if person in day))
        for person, total in today.items()
    }


def _crowd(habits: Mapping[str, _Habits], person: str) -> float:
    """By how much the day of the others is above their usual one; at least 1."""
    others = [own.ratio for other, own in habits.items() if other != person and own.known]
    return max(1.0, median(others)) if len(others) >= MIN_CROWD else 1.0


def _alarm(person: str, own: _Habits, entries: Sequence[Entry]) -> Alarm:
    parts = sorted((one for one in taken(entries) if one.person == person), key=_largest_first)
    usual = round(median(own.before))
    grave = own.today > GRAVE_TIMES * usual
    return Alarm(
        subjects=(person,),
        evidence=tuple(sorted(one.index for one in parts[:MAX_EVIDENCE])),
        severity=Severity.HIGH if grave else Severity.MEDIUM,
        summary=f"{own.today} bytes in {len(parts)} parts; the usual day has {usual} bytes",
    )


def _largest_first(one: Taken) -> tuple[int, int]:
    return -one.size_bytes, one.index
