"""Commands on the record: the ledger, and checking files offline."""

import argparse
from pathlib import Path

from adyton.assembly import client
from adyton.faces.cli.command import Command, Context, arg, calls, named
from adyton.faces.cli.terminal import table

CHECK_FAILED = 1
ALONE = (
    "the local witness alone suffices: it catches accidents, and a log that was changed or put "
    "back without it. It does not protect against an administrator of this host, a thief of its "
    "keys, the whole host put back, or two histories shown to two readers (docs/operate/witness.md)"
)
ONE_ADDRESS = "{} alone is a quorum: its keys are one machine's word (docs/operate/witness.md)"


def ledger_verify(context: Context, arguments: argparse.Namespace) -> int:
    """Rehash everything; exit 1 when something does not hold."""
    kept = [client.read_text(path) for path in arguments.kept or ()]
    context.terminal.progress("rehashing …")
    answer = context.caller().call("ledger.verify", {"kept": kept})
    context.terminal.progress_done()
    head = f"{answer['size']} entries"
    lines = [head + ": all hold"] if answer["ok"] else [head, *answer["problems"]]
    lines += [f"not covered: {one}" for one in answer["coverage"]]
    context.terminal.result(answer, lines)
    return 0 if answer["ok"] else CHECK_FAILED


def witnesses(context: Context, _arguments: argparse.Namespace) -> int:
    """What each witness says; exit 1 when they are no quorum."""
    answer = context.caller().call("ledger.witnesses", {})
    shown = [
        {**one, "name": one["names"], "answered": one["answered_at"] or "never"}
        for one in answer["witnesses"]
    ]
    lines = table(shown, ("name", "size", "answered", "where", "error"))
    lines.append("they are a quorum" if answer["quorum"] else "they are NO quorum")
    if not answer["needs_another_machine"]:
        lines.append(ALONE)
    else:
        lines += [ONE_ADDRESS.format(name) for name in answer["sufficient"]]
    context.terminal.result(answer, lines)
    return 0 if answer["quorum"] else CHECK_FAILED


def prove(context: Context, arguments: argparse.Namespace) -> int:
    """Write the proof of one receipt."""
    answer = context.caller().call("ledger.prove", {"receipt": arguments.receipt})
    if arguments.out:
        client.write_stream(arguments.out, [answer["proof"].encode()], home=context.home)
    context.terminal.result(answer, answer["proof"].splitlines())
    return 0


def status(context: Context, arguments: argparse.Namespace) -> int:
    """How the promise of one's own receipt stands; overdue exits 1."""
    answer = context.caller().call("receipt.status", {"receipt": arguments.receipt})
    if arguments.out:
        client.write_stream(arguments.out, [answer["note"].encode()], home=context.home)
    context.terminal.result(answer, [f"{answer['receipt']} {answer['status']}"])
    return CHECK_FAILED if answer["status"] == "overdue" else 0


def verify(context: Context, arguments: argparse.Namespace) -> int:
    """Check a proof, a promise, a receipt's note or a bundle offline; a failed check exits 1."""
    seen = client.verify_offline(
        arguments.path,
        arguments.vkey,
        proof=arguments.proof,
        log=arguments.log,
        out=arguments.out,
    )
    failures = seen.failures
    answer = {"ok": not failures, "problems": failures, "says": seen.says}
    context.terminal.result(answer, [*(failures or ["every check holds"]), *seen.says])
    return CHECK_FAILED if failures else 0


COMMANDS = (
    Command(
        words=("ledger", "verify"),
        help="rehash every entry of our own record and check it against what is kept elsewhere",
        run=ledger_verify,
        arguments=(
            arg(
                "--kept",
                type=Path,
                action="append",
                help="a checkpoint or receipt that somebody kept; may be given again",
            ),
        ),
    ),
    Command(
        words=("ledger", "vkey"),
        help="show the verifier keys of the log and its witnesses",
        run=calls(
            "ledger.vkey",
            lambda answer: [answer["log"], *answer["further"], *answer["witnesses"]],
            named("next"),
        ),
        arguments=(
            arg(
                "--next",
                action="store_true",
                default=None,
                help="of the next epoch: a witness's keeper trusts it before it begins",
            ),
        ),
    ),
    Command(
        words=("ledger", "witnesses"),
        help="ask every witness, and show what each cosigned last and whether they are a quorum",
        run=witnesses,
    ),
    Command(
        words=("ledger", "checkpoint"),
        help="publish, and show the newest checkpoint",
        run=calls("ledger.checkpoint", lambda answer: answer["checkpoint"].splitlines(), named()),
    ),
    Command(
        words=("ledger", "prove"),
        help="the proof that the fact behind a receipt is in the record",
        run=prove,
        arguments=(arg("receipt"), arg("--out", type=Path)),
    ),
    Command(
        words=("receipt", "status"),
        help="whether what was promised with your receipt is kept",
        run=status,
        arguments=(arg("receipt"), arg("--out", type=Path, help="write the log's note here")),
    ),
    Command(
        words=("verify",),
        help="check a proof, a promise, a receipt's note or an evidence bundle, offline",
        run=verify,
        arguments=(
            arg("path", type=Path, help=".tlog-proof, .promise, receipt's note, bundle folder"),
            arg("--vkey", type=Path, help="file with the keys that you trust: log, then witnesses"),
            arg("--proof", type=Path, help="for a promise: the proof that it was kept"),
            arg("--log", type=Path, help="for a promise: a log's later checkpoint and hash tiles"),
            arg("--out", type=Path, help="folder for what shows that a promise was not kept"),
        ),
    ),
)
