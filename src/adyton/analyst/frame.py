"""What every task gives: evidence, claims with levels, coverage."""

import ast
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """How far a claim was checked. Set by rules in code; a model never writes it."""

    STATED = 0  # somebody said so
    LOCATED = 1  # the file, the line and the quoted bytes are there
    AGREED = 2  # an independent tool of another kind says the same of the same place


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Something that can be looked at again: a place in a file, or a tool's word."""

    id: str
    kind: str  # loc | tool
    tool: str
    file: str
    line: int  # from 1
    quote_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One thing that is said of the input.

    `key` survives moved lines: it is made of the rule, the file and the enclosing function's
    shape. `history` names the rule behind each change of level. `rejected` says why a claim did
    not hold; "" where it does.
    """

    key: str
    rule: str
    title: str
    severity: str  # low | medium | high
    cwe: int  # 0 where the scanner names none
    file: str
    line: int
    text: str
    cites: tuple[Evidence, ...]
    level: Level
    history: tuple[str, ...]
    rejected: str = ""
    explanation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What was analysed, and what was not, with the reason."""

    analysed: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]
    tools: Mapping[str, str]  # name to version


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a task found."""

    claims: tuple[Claim, ...]
    coverage: Coverage
    model: str  # "" where none was asked
    silence: str  # why the model explained less than it was asked to; "" where it did not
    input_sha256: str


def claim_key(*, rule: str, file: str, function: ast.AST | None, sink: str) -> str:
    """A name for a claim that line shifts leave alone (SHA-256, 16 hexadecimal digits)."""
    shape = ast.dump(function, annotate_fields=False) if function is not None else ""
    content = f"{rule}\x00{file}\x00{shape}\x00{sink.strip()}"
    return hashlib.sha256(content.encode()).hexdigest()[:16]
