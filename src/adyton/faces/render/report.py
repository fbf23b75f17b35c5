"""The report of a case as one self-contained page, for the screen and for paper."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from adyton.faces.render.chart import timeline_chart

OPAQUE_ID = re.compile(r"\b([a-z]{3})_([a-z2-7]{26})\b")
SHORT = 6
PPM_PER_PERCENT = 10_000
VERDICT_WORDS = {
    "leak": "Leak",
    "ours_no_leak": "Ours, no leak",
    "not_ours": "Not ours",
    "forged": "Forged",
    "unsubstantiated": "Unsubstantiated",
    "unsure": "Unsure",
}


def render_report(report: Mapping[str, Any]) -> str:
    """The page of a report document (`adyton.incident.report_of`)."""
    labels = {str(key): str(value) for key, value in report["labels"].items()}
    template = _environment().get_template("report.html.j2")
    return template.render(
        report=report,
        verdict=VERDICT_WORDS[report["verdict"]],
        chart=timeline_chart(report["timeline"]),
        parts=lambda text: parts_of(str(text), labels),
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("adyton.faces.render"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["utc"] = utc
    environment.filters["percent"] = percent
    return environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stretch of a sentence: plain text, or an opaque id, shortened, with its label."""

    text: str
    whole_id: str = ""
    label: str = ""


def parts_of(text: str, labels: Mapping[str, str]) -> tuple[Part, ...]:
    """The text cut at its opaque ids; the template escapes and draws the parts."""
    parts: list[Part] = []
    reached = 0
    for found in OPAQUE_ID.finditer(text):
        whole = found.group(0)
        short = f"{found.group(1)}_{found.group(2)[:SHORT]}…"
        parts.append(Part(text=text[reached : found.start()]))
        parts.append(Part(text=short, whole_id=whole, label=labels.get(whole, "")))
        reached = found.end()
    return (*parts, Part(text=text[reached:]))


def utc(time_s: int) -> str:
    """A time as people read it; "not known" for 0."""
    if not time_s:
        return "not known"
    try:
        return f"{datetime.fromtimestamp(time_s, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OverflowError, OSError):
        return "out of range"


def percent(ppm: int) -> str:
    """Parts per million as a percentage with one decimal."""
    return f"{ppm / PPM_PER_PERCENT:.1f} %"
