"""Refused probes and decoy names: somebody tries doors.

One decoy is enough: nobody was ever told its name. Otherwise guessing shows in many *different*
names; many refusals of one name are mostly a program that retries, or a release day.
"""

from collections import defaultdict
from collections.abc import Sequence

from adyton.terms import Entry
from adyton.watch.signals import Alarm, Severity, Unjudged
from adyton.watch.uses import REFUSED, number, text
from adyton.watch.windows import History

NAMES_GUESSED = 4  # a slip of the pen and an old name are two
HAMMERED = 100  # refusals a day; both common SDKs send a refused request once
MAX_EVIDENCE = 50
_REASONS = frozenset({"hidden", "decoy", "denied"})
_NOBODY = "unidentified"


class Probes:
    """Calls on a decoy, on many names tried, on a door hammered at."""

    name = "probes"

    def alarms(self, history: History) -> tuple[Alarm, ...]:
        """One alarm per person, credential or the unidentified, the gravest reason first."""
        found = (_judged(who, refusals) for who, refusals in by_subject(history.window(0)).items())
        return tuple(alarm for alarm in found if alarm is not None)

    def unjudged(self, _history: History) -> tuple[Unjudged, ...]:
        """Nothing: it needs no history."""
        return ()


def by_subject(entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    """Refusals that may be probing, by whom they are known under."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.type == REFUSED and text(entry.public, "reason") in _REASONS:
            who = text(entry.public, "person") or text(entry.public, "credential") or _NOBODY
            found[who].append(entry)
    return found


def _judged(who: str, refusals: Sequence[Entry]) -> Alarm | None:
    decoys = [one for one in refusals if text(one.public, "reason") == "decoy"]
    if decoys:
        return _alarm(who, decoys, Severity.HIGH, f"a decoy was asked for {_times(decoys)} times")
    names = {text(one.public, "model_digest") for one in refusals} - {""}
    if len(names) >= NAMES_GUESSED:
        return _alarm(who, refusals, Severity.MEDIUM, f"{len(names)} different names were tried")
    if _times(refusals) >= HAMMERED:
        return _alarm(who, refusals, Severity.LOW, f"{_times(refusals)} requests were refused")
    return None


def _times(refusals: Sequence[Entry]) -> int:
    """How many requests the facts stand for: a flood is counted in one fact."""
    return sum(number(one.public, "count") or 1 for one in refusals)


def _alarm(who: str, entries: Sequence[Entry], severity: Severity, summary: str) -> Alarm:
    evidence = tuple(entry.index for entry in entries[:MAX_EVIDENCE])
    return Alarm(subjects=(who,), evidence=evidence, severity=severity, summary=summary)
