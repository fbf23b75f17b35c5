"""What a command is: words, arguments, what it runs."""

import argparse
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adyton.assembly import Caller, connect
from adyton.assembly.caller import check_home, read_key
from adyton.faces.cli.terminal import Terminal
from adyton.terms import Misconfigured, Secret

Lines = Callable[[Mapping[str, Any]], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument, as argparse takes it."""

    names: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)


def arg(*names: str, **options: Any) -> Argument:  # noqa: ANN401  (argparse's own freedom)
    """Short for `Argument`."""
    return Argument(names, options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What every command has at hand."""

    home: Path
    key_file: Path | None
    terminal: Terminal

    def caller(self) -> Caller:
        """The way to the perimeter, as the holder of the credential given or found."""
        check_home(self.home)
        return connect(self.home, self.key())

    def key(self) -> Secret[str]:
        """The credential given or found."""
        return read_key(self.credential())

    def credential(self) -> Path:
        """The credential's file: `--key`, `ADYTON_KEY`, or the operator's beside the home."""
        if self.key_file is not None:
            return self.key_file
        beside = self.home.with_name(self.home.name + "-operator.key")
        if beside.exists():
            return beside
        raise Misconfigured("no credential given", mend="use --key FILE or set ADYTON_KEY")


Run = Callable[[Context, argparse.Namespace], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command."""

    words: tuple[str, ...]
    help: str
    run: Run
    arguments: tuple[Argument, ...] = ()


def calls(
    operation: str, lines: Lines, given: Callable[[argparse.Namespace], Mapping[str, Any]]
) -> Run:
    """A command that is one operation: arguments to parameters, answer to lines."""

    def run(context: Context, arguments: argparse.Namespace) -> int:
        answer = context.caller().call(operation, given(arguments))
        context.terminal.result(answer, lines(answer))
        return 0

    return run


def named(*names: str) -> Callable[[argparse.Namespace], Mapping[str, Any]]:
    """Parameters that are arguments of the same name; those not given are left out."""

    def given(arguments: argparse.Namespace) -> Mapping[str, Any]:
        values = {name: getattr(arguments, name) for name in names}
        return {name: value for name, value in values.items() if value is not None}

    return given


def default_home() -> Path:
    """The home folder where no `--home` is given."""
    from_environment = os.environ.get("ADYTON_HOME")  # noqa: TID251  (the face's own setting)
    return Path(from_environment) if from_environment else Path.home() / ".adyton" / "home"


def default_key() -> Path | None:
    """The credential's file where no `--key` is given."""
    from_environment = os.environ.get("ADYTON_KEY")  # noqa: TID251  (the face's own setting)
    return Path(from_environment) if from_environment else None
