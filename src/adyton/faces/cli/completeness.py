"""Commands that ask how complete the record is."""

import argparse
import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from adyton.faces.cli.cases import moment
from adyton.faces.cli.command import Command, Context, arg, calls, named
from adyton.faces.cli.terminal import table

CHECK_FAILED = 1


def instant(time_s: int) -> str:
    """A time for people: UTC, to the second; a dash where there is none."""
    if not time_s:
        return "-"
    return dt.datetime.fromtimestamp(time_s, tz=dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def map_lines(answer: Mapping[str, Any]) -> Iterable[str]:
    """The coverage map, one line for each span."""
    rows = [
        {
            "writer": one["writer"],
            "kind": one["kind"],
            "from": instant(span["from"]),
            "to": instant(span["to"]),
            "recordable": span["state"],
            "why": span["why"],
        }
        for one in answer["coverage"]
        for span in one["spans"]
    ]
    yield from table(rows, ("writer", "kind", "from", "to", "recordable", "why"))
    yield from (f"not covered: {one}" for one in answer["gaps"])


def reconcile(context: Context, _arguments: argparse.Namespace) -> int:
    """Counts beside counts; exit 1 when one contradicts."""
    answer = context.caller().call("ledger.reconcile", {})
    rows = [
        {
            **one,
            "from": instant(one["from"]),
            "to": instant(one["to"]),
            "ours": ours(one),
            "theirs": "-" if one["theirs"] is None else one["theirs"],
            "says": f"{one['verdict']}: {one['note'] or one['meaning']}",
        }
        for one in answer["counts"]
    ]
    lines = table(rows, ("what", "subject", "from", "to", "ours", "theirs", "says"))
    context.terminal.result(answer, lines)
    return 0 if answer["agrees"] else CHECK_FAILED


def ours(one: Mapping[str, Any]) -> str:
    """Our side of a count: one number, or a range."""
    least, most = one["ours_least"], one["ours_most"]
    if most is None:
        return f"{least} or more"
    return str(least) if least == most else f"{least} to {most}"


COMMANDS = (
    Command(
        words=("ledger", "coverage"),
        help="which kinds of events could have been recorded, and when (auditors)",
        run=calls("ledger.coverage", map_lines, named("since", "until")),
        arguments=(
            arg("--since", type=moment, help="such as 2026-11-24T10:00:00Z; a day before the end"),
            arg("--until", type=moment, help="the end; now"),
        ),
    ),
    Command(
        words=("ledger", "reconcile"),
        help="our counts beside those of model servers and object stores; exit 1 if they differ",
        run=reconcile,
    ),
)
