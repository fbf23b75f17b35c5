"""Commands on incidents: from findings to a closed and proved path."""

import argparse
import base64
import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from adyton.assembly import client
from adyton.faces.cli.command import Command, Context, arg, calls, named
from adyton.faces.cli.people import one_id
from adyton.faces.cli.terminal import table


def open_case(context: Context, arguments: argparse.Namespace) -> int:
    """Open a case on what was found."""
    params = {
        **named("purpose", "second")(arguments),
        "posted_s": arguments.posted or 0,
        "files": client.read_exhibits(arguments.files),
    }
    answer = context.caller().call("incident.open", params)
    context.terminal.result(answer, [answer["case"]])
    return 0


def case_lines(answer: Mapping[str, Any]) -> Iterable[str]:
    """What `incident show` prints."""
    yield f"{answer['case']}: {answer['verdict']}"
    yield from table(answer["copies"], ("id", "bound", "named"))
    yield from table(answer["pathways"], ("id", "p"))
    yield from table(answer["persons"], ("id", "tier"))
    for part in ("affirmed", "possible", "excluded"):
        yield f"{part}: {len(answer['scope'][part])}"


def action_lines(answer: Mapping[str, Any]) -> Iterable[str]:
    """Actions as a table."""
    return table(answer["actions"], ("id", "what", "target", "status", "collateral", "undo"))


def report_page(context: Context, arguments: argparse.Namespace) -> str:
    """The case's report as a page."""
    from adyton.faces.render import render_report  # noqa: PLC0415  (its packages are an extra)

    answer = context.caller().call("incident.report", {"case": arguments.case})
    return render_report(answer["json"])


def report(context: Context, arguments: argparse.Namespace) -> int:
    """Write the report."""
    html = report_page(context, arguments)
    client.write_stream(arguments.out, [html.encode()], home=context.home)
    context.terminal.result({"file": str(arguments.out)}, [f"report in {arguments.out}"])
    return 0


def bundle(context: Context, arguments: argparse.Namespace) -> int:
    """Write the evidence bundle into a new folder."""
    client.outside(arguments.out, context.home)
    params = {"case": arguments.case, "html": report_page(context, arguments)}
    answer = context.caller().call("incident.bundle", params)
    files = {path: base64.b64decode(data) for path, data in answer["files"].items()}
    client.write_folder(arguments.out, files)
    context.terminal.result(
        {"folder": str(arguments.out), "files": len(files)},
        [f"{len(files)} files in {arguments.out}; check: adyton verify {arguments.out}"],
    )
    return 0


def moment(text: str) -> int:
    """Epoch seconds of an ISO 8601 time; without a zone it is UTC."""
    try:
        given = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("a time like 2026-11-24T10:00:00Z is needed") from error
    known = given if given.tzinfo else given.replace(tzinfo=dt.UTC)
    return int(known.timestamp())


CASE = arg("case", help="id of the case")
COMMANDS = (
    Command(
        words=("incident", "open"),
        help="open a case: evidence first, then findings, scope and pathways",
        run=open_case,
        arguments=(
            arg("files", nargs="+", type=Path, help="what was found outside"),
            arg("--purpose", required=True),
            arg("--second", required=True, help="the second person on the case"),
            arg("--posted", type=moment, help="when it was posted, such as 2026-11-24T10:00:00Z"),
        ),
    ),
    Command(
        words=("incident", "show"),
        help="show a case",
        run=calls("incident.show", case_lines, named("case")),
        arguments=(CASE,),
    ),
    Command(
        words=("incident", "plan"),
        help="compute the smallest set of actions that closes the path, as a dry run",
        run=calls("incident.plan", action_lines, named("case")),
        arguments=(CASE,),
    ),
    Command(
        words=("incident", "approve"),
        help="approve planned actions (two different people must)",
        run=calls("incident.approve", action_lines, named("case", "action")),
        arguments=(CASE, arg("--action", default="all")),
    ),
    Command(
        words=("incident", "act"),
        help="carry out approved actions",
        run=calls("incident.act", action_lines, named("case")),
        arguments=(CASE,),
    ),
    Command(
        words=("incident", "verify"),
        help="try each closed path again",
        run=calls("incident.verify", action_lines, named("case")),
        arguments=(CASE,),
    ),
    Command(
        words=("incident", "reply"),
        help="record the reply of a person who is named",
        run=calls("incident.reply", one_id("case"), named("case", "person", "text")),
        arguments=(CASE, arg("person"), arg("--text", required=True)),
    ),
    Command(
        words=("incident", "signoff"),
        help="sign what is proposed of a person (two different people must)",
        run=calls(
            "incident.signoff",
            lambda answer: table(answer["persons"], ("id", "tier")),
            named("case", "person"),
        ),
        arguments=(CASE, arg("person")),
    ),
    Command(
        words=("incident", "close"),
        help="close a case",
        run=calls("incident.close", one_id("case"), named("case")),
        arguments=(CASE,),
    ),
    Command(
        words=("incident", "report"),
        help="write the report as one HTML page",
        run=report,
        arguments=(CASE, arg("--out", type=Path, required=True)),
    ),
    Command(
        words=("incident", "bundle"),
        help="write the evidence bundle with its own verifier",
        run=bundle,
        arguments=(CASE, arg("--out", type=Path, required=True, help="a new folder")),
    ),
)
