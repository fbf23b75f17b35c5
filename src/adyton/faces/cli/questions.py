"""Commands that ask the record: show, query, tail, export, followers."""

import argparse
import threading
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from adyton.assembly import exporting
from adyton.faces.cli import ocsf
from adyton.faces.cli.command import Command, Context, arg, calls, named
from adyton.faces.cli.terminal import Terminal, table

CHECK_FAILED = 1
LOOK_EVERY_S = 1.0
PAGE = 1000
GONE = frozenset({"erased", "lost"})


def moment(text: str) -> int:
    """Epoch seconds of a time: as such, or ISO 8601 (UTC where it says no zone)."""
    if text.isascii() and text.isdigit():
        return int(text)
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is neither seconds nor ISO 8601") from error
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())


def row_place(text: str) -> list[Any]:
    """A place among foreign rows, as `place_of` shows it."""
    match text.split(","):
        case [time, source, line] if (time + line).isascii() and (time + line).isdigit():
            return [int(time), source, int(line)]
        case _:
            raise argparse.ArgumentTypeError(f"{text!r} is not TIME,SOURCE,LINE")


def place_of(row: Iterable[Any]) -> str:
    """A place among foreign rows on one line."""
    return ",".join(map(str, row))


def shown_time(seconds: int) -> str:
    """A time for people, in UTC."""
    return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def fact_line(fact: Mapping[str, Any]) -> str:
    """A fact on one line."""
    public = msgspec.json.encode(fact["public"]).decode() if fact["public"] else ""
    gone = f"(body {fact['body']})" if fact["body"] in GONE else ""
    parts = [str(fact["index"]), shown_time(fact["time"]), fact["type"], *fact["subjects"]]
    parts += [public, gone]
    return " ".join(part for part in parts if part)


def row_line(row: Mapping[str, Any]) -> str:
    """A row of a foreign log on one line."""
    says = " ".join(f"{name}={text}" for name, text in row["says"].items())
    return f"{row['source']}:{row['line']} {shown_time(row['time'])} {says}"


def lines_of(answer: Mapping[str, Any]) -> Iterator[str]:
    """Facts and rows, by time."""
    both = [(one["time"], 0, fact_line(one)) for one in answer["facts"]]
    both += [(one["time"], 1, row_line(one)) for one in answer["rows"]]
    yield from (line for _, _, line in sorted(both, key=lambda one: one[:2]))


def tell_missing(terminal: Terminal, coverage: Mapping[str, Any]) -> None:
    """Say what was not searched."""
    for gap in coverage["gaps"]:
        terminal.say(f"not searched: facts {gap['from']} to {gap['to']}: {gap['why']}")
    for source, why in coverage["unread"].items():
        terminal.say(f"not searched: {source}: {why}")
    for damaged in coverage["damaged"]:
        terminal.say(f"found damaged: {damaged}")
    for source in coverage["erased"]:
        terminal.say(f"erased: the rows of {source}")


def show(answer: Mapping[str, Any]) -> Iterator[str]:
    """One fact, a field a line."""
    for name, value in answer.items():
        plain = isinstance(value, str | int)
        text = value if plain else msgspec.json.encode(value).decode()
        yield f"{name}: {shown_time(value) if name == 'time' else text}"


def query(context: Context, arguments: argparse.Namespace) -> int:
    """Facts and rows that fit; exit 1 where something could not be searched."""
    asked = named(*FILTERS, "after", "after_row", "limit")(arguments)
    context.terminal.progress("searching …")
    answer = context.caller().call("ledger.query", asked)
    context.terminal.progress_done()
    context.terminal.result(answer, lines_of(answer))
    tell_missing(context.terminal, answer["coverage"])
    if not answer["facts"] and not answer["rows"]:
        context.terminal.say("nothing fits")
    if more := [kind for kind, is_more in answer["more"].items() if is_more]:
        after, row = answer["next"]["after"], answer["next"]["after_row"]
        how = [f"--after {after}"] if after >= 0 else []
        how += [f"--after-row {place_of(row)}"] if row[1] else []
        told = " and ".join(more)
        context.terminal.say(f"there are more {told}: raise --limit, or go on with {' '.join(how)}")
    return 0 if answer["coverage"]["complete"] else CHECK_FAILED


def tail(context: Context, arguments: argparse.Namespace) -> int:
    """The newest facts; with -f whatever comes, until interrupted."""
    asked = dict(named("type", "subject", "limit")(arguments))
    if not arguments.follow:
        answer = context.caller().call("ledger.tail", asked)
        context.terminal.result(answer, map(fact_line, answer["facts"]))
        tell_missing(context.terminal, answer["coverage"])
        return 0 if answer["coverage"]["complete"] else CHECK_FAILED
    caller, pause = context.caller(), threading.Event()
    while True:
        answer = caller.call("ledger.follow", asked)
        for fact in answer["facts"]:
            line = msgspec.json.encode(fact).decode() if context.terminal.as_json else None
            print(line or fact_line(fact), flush=True)
        tell_missing(context.terminal, answer["coverage"])
        after = answer["next"]["after"]
        asked = {**asked, "after": max(after, asked.get("after", -1), 0), "limit": PAGE}
        pause.wait(LOOK_EVERY_S)


def export(context: Context, arguments: argparse.Namespace) -> int:
    """All facts and rows that fit, in a file; exit 1 where something could not be searched."""
    pages = Pages(context, named(*FILTERS)(arguments))
    if arguments.format == "parquet":
        exporting.write_parquet(arguments.out, pages.flat(), home=context.home)
    elif arguments.format == "ocsf":
        exporting.write_lines(arguments.out, pages.ocsf(), home=context.home)
    else:
        exporting.write_lines(arguments.out, pages.flat(), home=context.home)
    context.terminal.progress_done()
    answer = {
        "file": str(arguments.out),
        "facts": pages.facts,
        "rows": pages.rows,
        "coverage": pages.coverage,
    }
    line = f"{pages.facts} facts and {pages.rows} foreign rows in {arguments.out}"
    context.terminal.result(answer, [line])
    tell_missing(context.terminal, pages.coverage)
    return 0 if pages.coverage["complete"] else CHECK_FAILED


class Pages:
    """An export, page after page: facts first, then rows."""

    def __init__(self, context: Context, asked: Mapping[str, Any]) -> None:
        self._context = context
        self._caller = context.caller()
        self._asked = dict(asked)
        self.facts = self.rows = 0
        self.coverage: dict[str, Any] = {
            "complete": True,
            "searched_to": 0,
            "gaps": [],
            "erased": [],
            "unread": {},
            "damaged": [],
        }

    def flat(self) -> Iterator[dict[str, Any]]:
        """Facts, and rows with what stands beside their source."""
        for kind, one, source in self._each():
            if kind == "fact":
                yield {"kind": kind, **one}
            else:
                beside = {"of_kind" if name == "kind" else name: it for name, it in source.items()}
                yield {"kind": kind, "type": one["says"].get("action", ""), **one, **beside}

    def ocsf(self) -> Iterator[dict[str, Any]]:
        """The same as OCSF events."""
        for kind, one, source in self._each():
            yield ocsf.fact_event(one) if kind == "fact" else ocsf.row_event(one, source)

    def _each(self) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
        for kind in ("facts", "rows"):
            at: dict[str, Any] = {"limit": PAGE, "only": kind}
            more = True
            while more:
                answer = self._caller.call("ledger.export", {**self._asked, **at})
                for fact in answer["facts"]:
                    self.facts += 1
                    yield "fact", fact, {}
                for row in answer["rows"]:
                    self.rows += 1
                    yield "row", row, answer["sources"][row["source"]]
                self._note(answer["coverage"])
                more = answer["more"][kind]
                at |= answer["next"]
                told = f"{self.facts} facts, {self.rows} foreign rows …"
                self._context.terminal.progress(told)

    def _note(self, coverage: Mapping[str, Any]) -> None:
        kept = self.coverage
        kept["complete"] = kept["complete"] and coverage["complete"]
        kept["searched_to"] = coverage["searched_to"]
        kept["gaps"] += [one for one in coverage["gaps"] if one not in kept["gaps"]]
        kept["erased"] = sorted({*kept["erased"], *coverage["erased"]})
        kept["unread"] |= coverage["unread"]
        kept["damaged"] = sorted({*kept["damaged"], *coverage["damaged"]})


FILTERS = ("type", "subject", "since", "until", "text", "source", "address")
ABOUT_FACTS = (
    arg("--type", help="type of fact, or action of a foreign row"),
    arg("--subject", help="an id that the fact names"),
)
ABOUT_ALL = (
    *ABOUT_FACTS,
    arg("--since", type=moment, help="from this time on: ISO 8601 or epoch seconds"),
    arg("--until", type=moment, help="up to this time"),
    arg("--text", metavar="SUBSTRING", help="part of what stands in clear, ids left out"),
    arg("--source", help="rows of this foreign log"),
    arg("--address", help="rows of foreign logs with this network address"),
)
COMMANDS = (
    Command(
        words=("ledger", "show"),
        help="show one fact by its receipt or index (auditors)",
        run=calls("ledger.show", show, named("fact")),
        arguments=(arg("fact", metavar="RECEIPT|INDEX"),),
    ),
    Command(
        words=("ledger", "query"),
        help="facts and rows of foreign logs that fit, the oldest first (auditors)",
        run=query,
        arguments=(
            *ABOUT_ALL,
            arg("--after", type=int, help="facts above this index"),
            arg("--after-row", type=row_place, metavar="TIME,SOURCE,LINE", help="rows behind it"),
            arg("--limit", type=int, help="at most so many of each, 1000 at most (100)"),
        ),
    ),
    Command(
        words=("ledger", "tail"),
        help="the newest facts (auditors)",
        run=tail,
        arguments=(
            arg(
                "-f",
                "--follow",
                action="store_true",
                help="go on until interrupted; with --json one document a line",
            ),
            *ABOUT_FACTS,
            arg("--limit", type=int, help="at most so many to begin with (10)"),
        ),
    ),
    Command(
        words=("ledger", "export"),
        help="facts and rows of foreign logs that fit, in a file (auditors)",
        run=export,
        arguments=(
            arg("--format", choices=("jsonl", "ocsf", "parquet"), default="jsonl"),
            arg("--out", type=Path, required=True),
            *ABOUT_ALL,
        ),
    ),
    Command(
        words=("ledger", "followers"),
        help="how far each follower of the record has come (auditors)",
        run=calls(
            "ledger.followers",
            lambda answer: table(
                answer["followers"], ("name", "state", "position", "behind", "failed", "note")
            ),
            named(),
        ),
    ),
)
