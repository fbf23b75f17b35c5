"""One look: every detector on the current window, each with its base rate."""

from collections.abc import Sequence

from adyton.terms import Entry
from adyton.watch.registry import DETECTORS
from adyton.watch.signals import BaseRate, Detector, Signal, Watched
from adyton.watch.windows import History

MIN_WINDOWS = 7  # earlier windows with any entry, before a rate is stated
_THOUSAND = 1000


def watch(entries: Sequence[Entry], now_s: int) -> tuple[Signal, ...]:
    """The signals of the day that ends at `now_s`. `entries` may hold facts of any kind."""
    return look(entries, now_s).signals


def look(
    entries: Sequence[Entry], now_s: int, *, detectors: Sequence[Detector] = DETECTORS
) -> Watched:
    """The signals, and what could not be judged."""
    history = History.of(entries, now_s)
    signals = [signal for detector in detectors for signal in _signals(detector, history)]
    unjudged = [one for detector in detectors for one in detector.unjudged(history)]
    return Watched(signals=tuple(signals), unjudged=tuple(unjudged))


def base_rate(detector: Detector, history: History) -> BaseRate:
    """In how many of a thousand earlier windows the detector would have called."""
    called = [bool(detector.alarms(earlier)) for earlier in history.earlier()]
    if len(called) < MIN_WINDOWS:
        return BaseRate(per_thousand=None, windows=len(called))
    rate = round(_THOUSAND * sum(called) / len(called))
    return BaseRate(per_thousand=rate, windows=len(called))


def _signals(detector: Detector, history: History) -> list[Signal]:
    alarms = detector.alarms(history)
    if not alarms:
        return []
    rate = base_rate(detector, history)
    return [
        Signal(
            detector=detector.name,
            subjects=alarm.subjects,
            evidence=alarm.evidence,
            base_rate=rate,
            severity=alarm.severity,
            window=(history.start_s, history.end_s),
            summary=alarm.summary,
        )
        for alarm in alarms
    ]
