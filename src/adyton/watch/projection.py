"""Facts of watch to rows of current state. Pure; runs inside the commit and by rebuild."""

from collections.abc import Iterable

from adyton.terms import Entry, Row, State

RAISED = "signal.raised"
FACT_TYPES = (RAISED,)
SIGNALS = "signals"

_KEPT = (
    "detector",
    "severity",
    "window_start",
    "window_end",
    "evidence",
    "base_rate_per_thousand",
    "base_rate_windows",
)


def project(entry: Entry, _state: State) -> Iterable[Row]:
    """The row of a signal; nothing for other facts."""
    if entry.type != RAISED:
        return ()
    body = {} if entry.body is None else entry.body
    subjects = [subject for subject in entry.subjects if subject != entry.public["signal"]]
    data = {name: entry.public[name] for name in _KEPT} | {
        "subjects": subjects,
        "summary": body.get("summary", ""),
        "base_rate": body.get("base_rate", ""),
        "raised_at": entry.recorded_at_s,
    }
    index = subjects[0] if subjects else ""
    return (Row(table=SIGNALS, key=str(entry.public["signal"]), data=data, index=index),)
