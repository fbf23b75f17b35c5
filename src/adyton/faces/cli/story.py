"""The command `demo`: one rehearsed leak, told while it runs."""

import argparse

from adyton.assembly import client
from adyton.drill import Case, Faces, run
from adyton.faces.cli.command import Context
from adyton.faces.render import render_report

ANSWER_WRONG = 1


def play(context: Context, arguments: argparse.Namespace) -> int:
    """Play one story; exit 1 when the answer was wrong."""
    played = run(
        seed=arguments.seed,
        case=Case(arguments.case),
        faces=Faces(approving=client, render=render_report),
        say=context.terminal.say,
        keep=arguments.keep.expanduser() if arguments.keep else None,
    )
    context.terminal.result(played.document, played.lines)
    return ANSWER_WRONG if played.wrong else 0
