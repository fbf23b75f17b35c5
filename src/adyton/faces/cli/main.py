"""From words to a command, from an error to one line and an exit code."""

import argparse
import logging
import secrets
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from adyton.faces.cli.command import Command, Context, default_home, default_key
from adyton.faces.cli.registry import COMMANDS, GROUP_HELP
from adyton.faces.cli.terminal import Terminal
from adyton.faces.problems import problem_of
from adyton.terms import AdytonError

INTERRUPTED = 130
OUR_BUG = 70
DIARY = logging.getLogger("adyton.cli")


def common(parser: argparse.ArgumentParser) -> None:
    """The options that every command has."""
    parser.add_argument("--home", type=Path, default=None, help="the perimeter's home folder")
    parser.add_argument("--key", type=Path, default=None, help="file with your credential")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")


def make_parser(commands: Sequence[Command]) -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="adyton",
        description="The security perimeter for protected AI models.",
        epilog="Exit codes: 0 done, 1 a check found something, 2 usage, 3 refused, 4 missing, "
        "5 malformed, 6 tampered, 7 conflict, 8 exhausted, 9 unavailable, 10 misconfigured.",
    )
    top = parser.add_subparsers(dest="word", required=True, metavar="COMMAND")
    groups: dict[str, argparse._SubParsersAction[argparse.ArgumentParser]] = {}
    for command in commands:
        *group, last = command.words
        if group and group[0] not in groups:
            text = GROUP_HELP.get(group[0], "")
            inner = top.add_parser(group[0], help=text, description=text)
            groups[group[0]] = inner.add_subparsers(dest="inner", required=True, metavar="WHAT")
        where = groups[group[0]] if group else top
        one = where.add_parser(last, help=command.help, description=command.help)
        for argument in command.arguments:
            one.add_argument(*argument.names, **argument.options)
        common(one)
        one.set_defaults(command=command)
    return parser


def run(words: Sequence[str], *, starters: Callable[..., int] | None = None) -> int:
    """Carry out one command line; its exit code. `starters` serves (given by `__main__`)."""
    arguments = make_parser(COMMANDS).parse_args(words)
    arguments.starters = starters
    context = Context(
        home=(arguments.home or default_home()).expanduser().resolve(),
        key_file=arguments.key or default_key(),
        terminal=Terminal(as_json=arguments.json),
    )
    try:
        return int(arguments.command.run(context, arguments))
    except AdytonError as error:
        context.terminal.progress_done()
        context.terminal.say(error_line(error))
        return problem_of(error).exit_code
    except KeyboardInterrupt:
        context.terminal.say("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except Exception:  # noqa: BLE001  (the border: a bug shows a number only)
        number = secrets.token_hex(4)
        DIARY.exception("internal error %s", number)
        context.terminal.say(f"adyton: internal error {number}: please report it")
        return OUR_BUG


def error_line(error: AdytonError) -> str:
    """The one line that tells of `error`."""
    text = f"adyton: {error.message}"
    return f"{text}: {error.mend}" if error.mend else text
