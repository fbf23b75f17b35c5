"""Groups of accounts that act alike: one hand behind several names.

Two ways to see it in a window of the whole population: several people on one client, or several
people whose requests come like clockwork with the same rhythm and the same sizes, each below any
limit of its own. People are irregular; three irregular ones do not match. Groups that were alike
on earlier days (a jump host, a nightly job of a team) are habits and do not call again.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from statistics import median

from adyton.terms import Entry
from adyton.watch.measures import near, spread
from adyton.watch.signals import Alarm, Severity, Unjudged
from adyton.watch.uses import taken, uses
from adyton.watch.windows import History

MIN_PEOPLE = 3
MIN_REQUESTS = 20  # fewer have no rhythm
REGULAR = 0.35  # spread of the gaps over their median: clockwork, not a person
SHARE = 0.1
SLACK_S, SLACK_TOKENS, SLACK_BYTES = 1, 2, 16
MAX_EVIDENCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class _Profile:
    """How one person's program asks: medians of the gaps, prompts and answers of a window."""

    person: str
    gap_s: float
    tokens_in: float
    size_bytes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """People found alike, and in what."""

    people: frozenset[str]
    how: str


class Alike:
    """Calls on three or more people who share a client or a rhythm, and did not before."""

    name = "alike"

    def alarms(self, history: History) -> tuple[Alarm, ...]:
        """One alarm per group."""
        today, *before = history.each(groups)
        known = [group.people for day in before for group in day]
        return tuple(
            _alarm(group, history.window(0))
            for group in today
            if not any(group.people <= people for people in known)
        )

    def unjudged(self, _history: History) -> tuple[Unjudged, ...]:
        """Nothing: people with few requests are in no group, whatever their history."""
        return ()


def groups(entries: Sequence[Entry]) -> tuple[_Group, ...]:
    """The groups of one window."""
    return (*_by_client(entries), *_by_rhythm(entries))


def _by_client(entries: Sequence[Entry]) -> Iterable[_Group]:
    people: dict[str, set[str]] = defaultdict(set)
    for use in uses(entries):
        if use.client and use.person:
            people[use.client].add(use.person)
    shared = {frozenset(found) for found in people.values() if len(found) >= MIN_PEOPLE}
    return [_Group(people=found, how="one client") for found in sorted(shared, key=sorted)]


def _by_rhythm(entries: Sequence[Entry]) -> Iterable[_Group]:
    profiles = _profiles(entries)
    linked: dict[str, frozenset[str]] = {one.person: frozenset({one.person}) for one in profiles}
    for first, second in combinations(profiles, 2):
        if _alike(first, second):
            joined = linked[first.person] | linked[second.person]
            linked |= dict.fromkeys(joined, joined)
    found = {group for group in linked.values() if len(group) >= MIN_PEOPLE}
    return [_Group(people=group, how="one rhythm") for group in sorted(found, key=sorted)]


def _profiles(entries: Sequence[Entry]) -> list[_Profile]:
    """Profiles of those who ask like clockwork."""
    times: dict[str, list[int]] = defaultdict(list)
    for use in uses(entries):
        times[use.person].append(use.at_s)
    sizes: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for one in taken(entries):
        sizes[one.person].append((one.tokens_in, one.size_bytes))
    made = (_profile(person, times[person], sizes[person]) for person in sorted(times) if person)
    return [profile for profile in made if profile is not None]


def _profile(
    person: str, times: Sequence[int], sizes: Sequence[tuple[int, int]]
) -> _Profile | None:
    if len(times) < MIN_REQUESTS or not sizes:
        return None
    gaps = [later - sooner for sooner, later in pairwise(times)]
    gap_s = median(gaps)
    if spread(gaps) > max(SLACK_S, REGULAR * gap_s):
        return None
    return _Profile(
        person=person,
        gap_s=gap_s,
        tokens_in=median(tokens for tokens, _ in sizes),
        size_bytes=median(size for _, size in sizes),
    )


def _alike(first: _Profile, second: _Profile) -> bool:
    return (
        near(first.gap_s, second.gap_s, share=SHARE, slack=SLACK_S)
        and near(first.tokens_in, second.tokens_in, share=SHARE, slack=SLACK_TOKENS)
        and near(first.size_bytes, second.size_bytes, share=SHARE, slack=SLACK_BYTES)
    )


def _alarm(group: _Group, entries: Sequence[Entry]) -> Alarm:
    by_person: Mapping[str, list[int]] = {person: [] for person in sorted(group.people)}
    for use in uses(entries):
        if use.person in by_person:
            by_person[use.person].append(use.index)
    each = max(1, MAX_EVIDENCE // len(by_person))
    evidence = sorted(index for found in by_person.values() for index in found[:each])
    return Alarm(
        subjects=tuple(by_person),
        evidence=tuple(evidence[:MAX_EVIDENCE]),
        severity=Severity.MEDIUM,
        summary=f"{len(by_person)} people act alike: {group.how}",
    )
