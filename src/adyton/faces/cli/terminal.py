"""What a command may say, and where.

Results go to standard output, messages and progress to standard error. With `--json` standard
output holds one JSON document and nothing else. Progress shows only on a terminal.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """The two streams of one command."""

    as_json: bool

    def result(self, answer: Mapping[str, Any], lines: Iterable[str]) -> None:
        """The command's result: `answer` as JSON, or `lines` for people."""
        if self.as_json:
            text = msgspec.json.format(msgspec.json.encode(answer), indent=2).decode()
            print(text, flush=True)
            return
        for line in lines:
            print(line)

    def say(self, text: str) -> None:
        """A message for people."""
        print(text, file=sys.stderr)

    def progress(self, text: str) -> None:
        """Where long work stands; silent in a pipe."""
        if sys.stderr.isatty():
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)

    def progress_done(self) -> None:
        """Clear the progress line."""
        if sys.stderr.isatty():
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> list[str]:
    """Rows as aligned columns with a head line; a sentence where there are none."""
    if not rows:
        return ["(none)"]
    cells = [list(columns)] + [[shown(row.get(column, "")) for column in columns] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(columns))]
    return [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def shown(value: object) -> str:
    """A cell's text."""
    if isinstance(value, (list, tuple)):
        return ",".join(str(item) for item in value)
    return "-" if value in ("", 0, None) else str(value)
