"""Commands that find: foreign logs, sweep, watch, trace, analyst."""

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from adyton.assembly import client
from adyton.faces.cli.command import Command, Context, arg, calls, named
from adyton.faces.cli.questions import moment, shown_time
from adyton.faces.cli.terminal import table

FOUND_SOMETHING = 1


def sources_import(context: Context, arguments: argparse.Namespace) -> int:
    """Import one log that is not ours."""
    params = {
        **named("name", "kind", "skew_s", "coverage_from", "coverage_to")(arguments),
        "data": client.read_base64(arguments.file),
        "mapping": client.read_text(arguments.mapping) if arguments.mapping else "",
    }
    answer = context.caller().call("sources.import", params)
    line = f"{answer['source']}: {answer['rows']} rows, {answer['malformed']} lines not read"
    context.terminal.result(answer, [line])
    return 0


def source_lines(answer: Mapping[str, Any]) -> Iterable[str]:
    """The imported logs as a table; times in UTC."""
    shown = [
        {
            **one,
            "whole_from": shown_time(one["coverage_from_s"]),
            "to": shown_time(one["coverage_to_s"]),
            "as": "erased" if one["erased"] else one["coverage_basis"],
        }
        for one in answer["sources"]
    ]
    columns = ("id", "name", "kind", "rows", "malformed", "skew_s", "whole_from", "to", "as")
    return table(shown, columns)


def sweep(context: Context, arguments: argparse.Namespace) -> int:
    """Look for strays; exit 1 when something was found."""
    params = {"paths": [str(p.resolve()) for p in arguments.paths], "own": arguments.own}
    answer = context.caller().call("sweep.run", params)
    lines = [
        *table(answer["exposures"], ("what", "path", "detail")),
        f"scanned {answer['scanned']} files, {len(answer['not_scanned'])} not scanned",
    ]
    context.terminal.result(answer, lines)
    return FOUND_SOMETHING if answer["exposures"] else 0


def watch(context: Context, _arguments: argparse.Namespace) -> int:
    """Run the detectors over the record; exit 1 when there are signals."""
    answer = context.caller().call("watch.run", {})
    lines = table(answer["signals"], ("detector", "severity", "subjects", "base_rate"))
    context.terminal.result(answer, lines)
    return FOUND_SOMETHING if answer["signals"] else 0


def finding_lines(answer: Mapping[str, Any]) -> Iterable[str]:
    """What `trace` shows."""
    for one in answer["findings"]:
        yield f"{one['exhibit']}: {one['verdict']}"
        for copy in one["copies"]:
            how = "named" if copy["named"] else "listed"
            yield f"  {how} copy {copy['copy']} wrong-copy bound {copy['bound']}"
        for reason in one["reasons"]:
            yield f"  {reason}"
        for gap in one["unread"]:
            yield f"  not read: {gap}"


def trace(context: Context, arguments: argparse.Namespace) -> int:
    """Say of each file what it is and whose copies it came from."""
    params = {"files": client.read_exhibits(arguments.files)}
    answer = context.caller().call("trace.run", params)
    context.terminal.result(answer, finding_lines(answer))
    return 0


def review(context: Context, arguments: argparse.Namespace) -> int:
    """Review a Python tree; SARIF on request."""
    params = {
        "files": client.read_exhibits([arguments.path]),
        "engagement": arguments.engagement or "",
        "explain": arguments.explain or "",
        "key": context.key().reveal() if arguments.explain else "",
    }
    answer = context.caller().call("analyst.review", params)
    if arguments.sarif:
        client.write_json(arguments.sarif, answer["sarif"], home=context.home)
        kept = arguments.sarif.with_name(f"{arguments.sarif.name}.promise")
        client.write_stream(kept, [answer["promise"].encode()], home=context.home)
    if answer["silence"]:
        context.terminal.say(f"adyton: the model did not explain: {answer['silence']}")
    lines = [
        *table(answer["claims"], ("level", "rule", "where", "text")),
        coverage_line(answer["coverage"]),
    ]
    context.terminal.result(answer, lines)
    return 0


def coverage_line(coverage: Mapping[str, Any]) -> str:
    """What a review read and what it did not."""
    return f"analysed {len(coverage['analysed'])} files, {len(coverage['skipped'])} skipped"


COMMANDS = (
    Command(
        words=("sources", "import"),
        help="import a log that is not ours, beside our facts",
        run=sources_import,
        arguments=(
            arg("file", type=Path, help="JSON Lines"),
            arg("--kind", required=True, help="idp, object_store, or any name with --mapping"),
            arg("--name", required=True),
            arg("--mapping", type=Path, help="field mapping (TOML)"),
            arg("--skew", dest="skew_s", type=int, help="seconds its clock is ahead"),
            arg(
                "--from",
                dest="coverage_from",
                type=moment,
                help="it is whole from this time on: ISO 8601 or epoch seconds, by our clock",
            ),
            arg("--to", dest="coverage_to", type=moment, help="and up to this time"),
        ),
    ),
    Command(
        words=("sources", "list"),
        help="list imported logs with skew and coverage",
        run=calls(
            "sources.list",
            source_lines,
            named(),
        ),
    ),
    Command(
        words=("sweep",),
        help="look for protected content in folders, and in our own home and temporary files",
        run=sweep,
        arguments=(
            arg("paths", nargs="*", type=Path),
            arg("--own", action="store_true", help="also our home and the temporary folder"),
        ),
    ),
    Command(words=("watch",), help="run the detectors over the record", run=watch),
    Command(
        words=("trace",),
        help="given what was posted: is it ours, and whose copies (never whose hands)",
        run=trace,
        arguments=(arg("files", nargs="+", type=Path),),
    ),
    Command(
        words=("analyst", "review"),
        help="review a Python source tree: claims with evidence and a level set by code",
        run=review,
        arguments=(
            arg("path", type=Path),
            arg("--sarif", type=Path, help="write SARIF 2.1.0 here"),
            arg("--engagement", help="why you may review this"),
            arg("--explain", help="model name that may explain claims"),
        ),
    ),
)
