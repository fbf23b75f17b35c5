"""Small charts as plain numbers; the templates draw them as SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LANES = ("ours", "idp", "object_store", "post")
LANE_NAMES = {
    "ours": "our record",
    "idp": "sign-ins",
    "object_store": "object store",
    "post": "post",
}
WIDTH = 860
LEFT = 110
RIGHT = 20
TOP = 16
LANE_HEIGHT = 30
TICKS = 4
"""Lengths are in SVG user units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One event in its lane."""

    x: int
    y: int
    lane: str
    text: str
    time_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Lanes, dots and ticks, with the size of the drawing."""

    width: int
    height: int
    lanes: tuple[tuple[str, int], ...]
    dots: tuple[Dot, ...]
    ticks: tuple[tuple[int, int], ...]


def timeline_chart(events: Sequence[Mapping[str, Any]]) -> Timeline | None:
    """Events in lanes, one lane per log, spread over their time; None for no event."""
    if not events:
        return None
    present = {event["lane"] for event in events}
    names = [lane for lane in LANES if lane in present] + sorted(present - set(LANES))
    rows = {lane: TOP + LANE_HEIGHT * number for number, lane in enumerate(names)}
    times: list[int] = [event["t"] for event in events]
    start, length = min(times), max(1, max(times) - min(times))
    span = WIDTH - LEFT - RIGHT

    def at(time_s: int) -> int:
        return LEFT + (time_s - start) * span // length

    return Timeline(
        width=WIDTH,
        height=TOP + LANE_HEIGHT * len(names) + TOP,
        lanes=tuple((LANE_NAMES.get(lane, lane), y) for lane, y in rows.items()),
        dots=tuple(
            Dot(
                x=at(event["t"]),
                y=rows[event["lane"]],
                lane=event["lane"],
                text=event["text"],
                time_s=event["t"],
            )
            for event in events
        ),
        ticks=tuple(
            (at(time_s), time_s)
            for time_s in (start + length * number // TICKS for number in range(TICKS + 1))
        ),
    )
