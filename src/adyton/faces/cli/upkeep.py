"""Commands on the life of the record: backup, restore, rebuild, epochs, erasure, holds."""

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from adyton.assembly import client
from adyton.assembly.caller import check_home
from adyton.faces.cli.command import Command, Context, arg, calls, named
from adyton.faces.cli.people import read_passphrase
from adyton.faces.cli.terminal import table
from adyton.terms import Secret

CHECK_FAILED = 1
REASONS = ("restored", "rekeyed")


def backup_take(context: Context, arguments: argparse.Namespace) -> int:
    """Take a backup of the data into a new folder."""
    folder = arguments.folder.expanduser().resolve()
    answer = context.caller().call("backup.take", {"path": str(folder)})
    context.terminal.result(
        answer,
        [
            f"{answer['files']} files, {answer['bytes']} bytes in {answer['folder']}",
            f"stands at epoch {answer['epoch']}, checkpoint of {answer['checkpoint_size']} entries",
            "no key is in it: adyton backup keys FILE, kept apart",
        ],
    )
    return 0


def backup_keys(context: Context, arguments: argparse.Namespace) -> int:
    """Put the home's keys into escrow, sealed to a passphrase."""
    from adyton.assembly import escrow  # noqa: PLC0415  (the server's packages)

    client.outside(arguments.file, context.home)
    answer = context.caller().call("backup.keys", {})
    kept = escrow.seal(context.home, arguments.file, Secret(read_passphrase()))
    shown = {**answer, "file": str(arguments.file), "files": kept.files, "keys": kept.body_keys}
    context.terminal.result(
        shown,
        [
            f"{kept.files} key files and {kept.body_keys} body keys in {arguments.file}",
            "what is erased from now on lives on in it: destroy it when the next one is made",
        ],
    )
    return 0


def backup_verify(context: Context, arguments: argparse.Namespace) -> int:
    """Check a backup; any failed check exits 1."""
    from adyton.assembly import backups  # noqa: PLC0415  (the server's packages)

    found = backups.look(arguments.folder, trusted=client.read_vkeys(arguments.vkey))
    answer = {"ok": not found.failures, "files": found.files, "problems": found.failures}
    lines = found.failures or [f"{found.files} files, every check holds"]
    if arguments.vkey is None and not found.failures:
        lines = [*lines, "by the backup's own key (give --vkey FILE to check against yours)"]
    context.terminal.result(answer, lines)
    return CHECK_FAILED if found.failures else 0


def restore(context: Context, arguments: argparse.Namespace) -> int:
    """Restore a backup into an empty home."""
    from adyton.assembly import escrow, restoring  # noqa: PLC0415  (the server's packages)

    keys = None
    if arguments.keys is not None:
        keys = escrow.unseal(arguments.keys, Secret(read_passphrase()))
    made = restoring.restore(
        arguments.folder,
        context.home,
        escrow=keys,
        erasures=arguments.erasures,
        trusted=client.read_vkeys(arguments.vkey),
    )
    before = made.link.before
    answer = {
        "home": str(context.home),
        "made_at": made.made_at_s,
        "epoch": before.epoch,
        "held": before.held,
        "keys_of": made.keys_of_s,
        "erasures": made.erasures,
        "unreadable_bodies": made.lost,
    }
    context.terminal.result(answer, restored_lines(context, answer))
    return 0


def restored_lines(context: Context, answer: Mapping[str, Any]) -> Iterable[str]:
    """What was restored, what cannot be known, and what to do next."""
    yield f"{answer['held']} entries of epoch {answer['epoch']} and before, in {context.home}"
    if answer["keys_of"]:
        yield f"keys of {answer['keys_of']} (epoch seconds)"
    else:
        yield "without keys: nobody can sign in, and no body opens (--keys FILE)"
    if answer["unreadable_bodies"]:
        lost = answer["unreadable_bodies"]
        yield f"{lost} bodies are lost: their key is not here, no erasure explains it"
    if answer["erasures"]:
        yield f"{answer['erasures']} erasures are carried out when the new epoch begins"
    else:
        yield (
            "no list of erasures given: what was erased after this backup and these keys is"
            " readable again, and nothing here can tell what that was (--erasures FILE)"
        )
    yield "this is not the old record yet to go on from. Next, by two people:"
    yield "  adyton ledger new-epoch --reason restored, then adyton ledger approve-epoch"


def new_epoch(context: Context, arguments: argparse.Namespace) -> int:
    """Propose a new epoch for a record that cannot go on as it was."""
    from adyton.assembly import renewal  # noqa: PLC0415  (the server's packages)
    from adyton.crypto.epochlink import Reason  # noqa: PLC0415

    check_home(context.home)
    made = renewal.propose(context.home, context.key(), reason=Reason(arguments.reason))
    context.terminal.result(
        {"by": made.by, "link": dict(made.link.to_public())},
        [
            *renewal.described(made),
            "nothing was changed. Next, somebody else who may approve: adyton ledger approve-epoch",
        ],
    )
    return 0


def approve_epoch(context: Context, _arguments: argparse.Namespace) -> int:
    """Approve the proposed epoch; it begins at once."""
    from adyton.assembly import renewal  # noqa: PLC0415  (the server's packages)

    check_home(context.home)
    made, promise = renewal.approve(context.home, context.key())
    context.terminal.result(
        {"epoch": promise.epoch, "receipt": promise.receipt, "link": dict(made.link.to_public())},
        [*renewal.described(made), f"epoch {promise.epoch} has begun: {promise.receipt}"],
    )
    return 0


def rebuild(context: Context, arguments: argparse.Namespace) -> int:
    """Make every table of current state again from the facts; with --check only compare."""
    answer = rebuilt(context, check=arguments.check, despite_lost=arguments.despite_lost)
    lines = [str(one) for one in answer["problems"]] or ["every row follows from the facts"]
    done = "replaced" if answer["replaced"] else "compared"
    context.terminal.result(answer, [*lines, f"state of {answer['facts']} facts {done}"])
    return CHECK_FAILED if answer["problems"] and arguments.check else 0


def rebuilt(context: Context, *, check: bool, despite_lost: bool) -> Mapping[str, Any]:
    """By the owner of the home, or here where there is none; here it shows how far it is."""
    check_home(context.home)
    if client.is_owned(context.home):
        asked = {"check": check, "despite_lost": despite_lost}
        return context.caller().call("ledger.rebuild", asked)
    from adyton.assembly.standing import rebuild_home  # noqa: PLC0415  (the server's packages)

    def seen(count: int) -> None:
        context.terminal.progress(f"{count} facts read")

    try:
        return rebuild_home(
            context.home, context.key(), check=check, despite_lost=despite_lost, seen=seen
        )
    finally:
        context.terminal.progress_done()


def erase_lines(answer: Mapping[str, Any]) -> Iterable[str]:
    """What an erasure covers, and whether it was done."""
    yield from (f"{count} {kind}" for kind, count in sorted(answer["types"].items()))
    yield from (f"held by {hold}: cannot be erased" for hold in answer["held"])
    done = "erased" if answer["erased"] else "would be erased; nothing was done (--apply does it)"
    yield f"{answer['bodies']} bodies {done}"


def due_lines(answer: Mapping[str, Any]) -> list[str]:
    """What is past its time."""
    return table(answer["due"], ("subject", "month", "bodies", "classes", "held", "erased"))


def epoch_lines(answer: Mapping[str, Any]) -> list[str]:
    """Every epoch that began."""
    rows = [
        {**one, "before": one["before"]["epoch"], "held": one["before"]["held"]}
        for one in answer["epochs"]
    ]
    return [
        *table(rows, ("epoch", "reason", "first", "before", "held", "lost", "by")),
        f"now: epoch {answer['now']}",
    ]


VKEY = arg("--vkey", type=Path, help="file with the verifier keys that you trust")
APPLY = arg("--apply", action="store_true", help="do it; without this nothing is done")
COMMANDS = (
    Command(
        words=("backup", "take"),
        help="copy the data, without keys, into a new folder while all goes on",
        run=backup_take,
        arguments=(arg("folder", type=Path),),
    ),
    Command(
        words=("backup", "keys"),
        help="put the keys into escrow: one file, sealed to a passphrase",
        run=backup_keys,
        arguments=(arg("file", type=Path),),
    ),
    Command(
        words=("backup", "verify"),
        help="check a backup's signature, files, entries and checkpoints, offline",
        run=backup_verify,
        arguments=(arg("folder", type=Path), VKEY),
    ),
    Command(
        words=("restore",),
        help="restore a backup into the empty --home; a new epoch follows, by two people",
        run=restore,
        arguments=(
            arg("folder", type=Path),
            arg("--keys", type=Path, help="the escrow of keys"),
            arg("--erasures", type=Path, help="newest list: adyton ledger erasures --json"),
            VKEY,
        ),
    ),
    Command(
        words=("rebuild",),
        help="make every table of current state again from the facts",
        run=rebuild,
        arguments=(
            arg("--check", action="store_true", help="compare, and change nothing"),
            arg(
                "--despite-lost",
                action="store_true",
                help="though bodies are lost: rows that stood on them lose what these said",
            ),
        ),
    ),
    Command(
        words=("ledger", "new-epoch"),
        help="propose how a restored or re-keyed record goes on (operators)",
        run=new_epoch,
        arguments=(arg("--reason", choices=REASONS, required=True),),
    ),
    Command(
        words=("ledger", "approve-epoch"),
        help="approve the proposed epoch, as another person; it begins (approvers)",
        run=approve_epoch,
    ),
    Command(
        words=("ledger", "epochs"),
        help="list the epochs of the record (auditors)",
        run=calls("ledger.epochs", epoch_lines, named()),
    ),
    Command(
        words=("ledger", "turn-year"),
        help="begin the next year's shard where the clock was in doubt (operators)",
        run=calls("ledger.turn", lambda answer: [f"epoch {answer['epoch']} has begun"], named()),
    ),
    Command(
        words=("ledger", "erase"),
        help="destroy the keys of a subject's bodies of a month; a dry run unless --apply",
        run=calls("ledger.erase", erase_lines, named("subject", "month", "apply")),
        arguments=(arg("subject"), arg("month", help="YYYY-MM"), APPLY),
    ),
    Command(
        words=("ledger", "erasures"),
        help="list every erasure; its --json tells a restored copy of them (auditors)",
        run=calls(
            "ledger.erasures",
            lambda answer: table(answer["erasures"], ("subject", "month", "keys")),
            named(),
        ),
    ),
    Command(
        words=("ledger", "retention"),
        help="list bodies past their time; a dry run unless --apply",
        run=calls("ledger.retention", due_lines, named("apply")),
        arguments=(APPLY,),
    ),
    Command(
        words=("hold", "add"),
        help="hold a subject's bodies: nothing erases them (investigators)",
        run=calls(
            "hold.add", lambda answer: [str(answer["hold"])], named("subject", "month", "reason")
        ),
        arguments=(
            arg("subject", help="id of a person, case, asset …; * for everybody"),
            arg("--month", help="YYYY-MM; every month if not given"),
            arg("--reason", required=True),
        ),
    ),
    Command(
        words=("hold", "end"),
        help="end a hold (investigators)",
        run=calls("hold.end", lambda answer: [str(answer["hold"])], named("hold")),
        arguments=(arg("hold"),),
    ),
    Command(
        words=("hold", "list"),
        help="list the holds that stand (investigators)",
        run=calls(
            "hold.list",
            lambda answer: table(answer["holds"], ("id", "subject", "month", "by")),
            named(),
        ),
    ),
)
