"""Commands on the installation: init, serve, model, doctor, controls, demo."""

import argparse
from pathlib import Path

from adyton.assembly import HomePaths, client, init_home
from adyton.assembly.caller import check_home
from adyton.assembly.home import check_free
from adyton.faces.cli.command import Command, Context, arg, calls, named
from adyton.faces.cli.terminal import table
from adyton.terms import Misconfigured

CHECK_FAILED = 1
NO_PROTECTION = (
    "an administrator of this host, or a thief of its keys, can still rewrite the record unseen "
    "(docs/operate/witness.md)"
)


def init(context: Context, arguments: argparse.Namespace) -> int:
    """Make a new perimeter."""
    check_free(HomePaths.of(context.home))
    key_file = arguments.key or HomePaths.of(context.home).operator_key
    with client.new_file(key_file, home=context.home):
        made = init_home(context.home, owner=arguments.owner, operator=arguments.operator)
        client.write_key(key_file, made.key.reveal())
    answer = {
        "home": str(made.paths.root),
        "org": made.org,
        "operator": made.operator,
        "credential": made.credential,
        "key_file": str(key_file),
        "vkey": made.vkey,
        "not_protected": NO_PROTECTION,
    }
    context.terminal.result(
        answer,
        [
            f"perimeter in {made.paths.root}",
            f"first operator {made.operator}, credential in {key_file}: move it to your own device",
            f"verifier key {made.vkey}: give it to whoever should be able to check our record",
            "(adyton ledger vkey shows the ML-DSA-44 key beside it, for records kept for decades)",
            f"no witness elsewhere yet: {NO_PROTECTION}",
            "next: adyton serve",
        ],
    )
    return 0


def serve(context: Context, arguments: argparse.Namespace) -> int:
    """Own the home until stopped."""
    check_home(context.home)
    if arguments.starters is None:
        raise Misconfigured("this program was started without its faces", mend="run: adyton serve")
    return int(arguments.starters(context.home, context.terminal))


def demo(context: Context, arguments: argparse.Namespace) -> int:
    """Play one story; exit 1 when the answer was wrong."""
    from adyton.faces.cli.story import play  # noqa: PLC0415  (the demo's packages are an extra)

    return play(context, arguments)


def doctor(context: Context, _arguments: argparse.Namespace) -> int:
    """Say what does not hold here; exit 1 when something fails."""
    answer = context.caller().call("doctor.facts", {})
    marks = {True: "ok", False: "FAILS", None: "unknown"}
    shown = [{**one, "state": marks[one["ok"]]} for one in answer["checks"]]
    context.terminal.result(answer, table(shown, ("state", "id", "text")))
    return CHECK_FAILED if any(one["ok"] is False for one in answer["checks"]) else 0


def controls(context: Context, arguments: argparse.Namespace) -> int:
    """Print the control catalogue with what answers each control."""
    rows = client.read_controls()
    if arguments.status:
        rows = [row for row in rows if row["status"] == arguments.status]
    context.terminal.result({"controls": rows}, table(rows, ("id", "status", "title", "answer")))
    return 0


COMMANDS = (
    Command(
        words=("init",),
        help="make a new perimeter in --home",
        run=init,
        arguments=(
            arg("--owner", required=True, help="name of the organisation that owns the models"),
            arg("--operator", default="Operator One", help="name of the first operator"),
        ),
    ),
    Command(words=("serve",), help="own the home: model proxy, API, owner's socket", run=serve),
    Command(
        words=("model", "start"),
        help="start the model server from the vault, for an open session",
        run=calls(
            "model.start",
            lambda answer: [f"{answer['endpoint']} is ready"],
            named("session", "endpoint"),
        ),
        arguments=(arg("session"), arg("endpoint", help="model name")),
    ),
    Command(words=("doctor",), help="try what must hold here, and say what does not", run=doctor),
    Command(
        words=("controls",),
        help="print the control catalogue C01 to C68 with what answers each",
        run=controls,
        arguments=(arg("--status", choices=("shown", "thin", "absent", "not software")),),
    ),
    Command(
        words=("demo",),
        help="play a leak, from a perimeter with a real model to a proved answer",
        run=demo,
        arguments=(
            arg("--seed", type=int, default=1),
            arg("--case", choices=("leak", "framed", "not-ours", "none"), default="leak"),
            arg("--keep", type=Path, help="leave home, post, report.html and bundle here"),
        ),
    ),
)
