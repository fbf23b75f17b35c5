"""From words to a command, from an error to one line and an exit code."""

import argparse
import os
import secrets
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from adyton.assembly.caller import OwnerFailed
from adyton.faces.cli.command import Command, Context, default_home, default_key
from adyton.faces.cli.registry import COMMANDS, GROUP_HELP
from adyton.faces.cli.terminal import Terminal
from adyton.faces.problems import (
    EXIT_INTERRUPTED,
    INTERNAL,
    bug_text,
    problem_of,
    terminal_line,
)
from adyton.terms import AdytonError

REPORT = "please report it"
EPILOG = """\
With --json standard output holds exactly one JSON document, or nothing where the command fails:
errors are one line on standard error. Exit codes: 0 done, 1 a check found something, 2 usage,
3 refused, 4 missing, 5 malformed, 6 tampered, 7 conflict, 8 exhausted, 9 unavailable,
10 misconfigured, 70 a bug of ours, 130 interrupted."""


class Version(argparse.Action):
    """Says which version this is, and ends."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,  # noqa: ARG002  (argparse's form, as the next two)
        values: object,  # noqa: ARG002
        option_string: str | None = None,  # noqa: ARG002
    ) -> None:
        """Look it up only now: it is in a file of the installation."""
        from importlib.metadata import version  # noqa: PLC0415

        print(f"adyton {version('adyton')}")
        parser.exit()


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
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=Version, nargs=0, help="say which version this is")
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
        code = int(arguments.command.run(context, arguments))
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read has enough. The interpreter must not try to flush into the pipe at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  (the border: one line each)
        context.terminal.progress_done()
        code, text = told(error)
        context.terminal.say(f"adyton: {text}")
    return code


def told(error: BaseException) -> tuple[int, str]:
    """The exit code and the one line that tell of `error`."""
    match error:
        case AdytonError():
            return problem_of(error).exit_code, terminal_line(error)
        case KeyboardInterrupt():
            return EXIT_INTERRUPTED, "interrupted"
        case OwnerFailed(number=number):
            return INTERNAL.exit_code, f"internal error {number} in the owner of the home: {REPORT}"
        case _:
            number = secrets.token_hex(4)
            return INTERNAL.exit_code, f"internal error {number} ({bug_text(error)}): {REPORT}"
