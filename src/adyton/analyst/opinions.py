"""A second opinion on a scanner's claim: our own look at the syntax tree."""

import ast
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One row of `second-opinions.toml`."""

    rule: str
    calls: tuple[str, ...]
    keyword: str = ""
    value: bool = True
    missing: str = ""
    dynamic: bool = False

    def fires(self, call: ast.Call) -> bool:
        """Whether `call` is what the check describes."""
        name = dotted(call.func)
        if not any(matches(name, pattern) for pattern in self.calls):
            return False
        given = {word.arg: word.value for word in call.keywords}
        if self.missing and (self.missing in given or None in given):
            return False
        if self.keyword:
            value = given.get(self.keyword)
            return isinstance(value, ast.Constant) and value.value is self.value
        return not self.dynamic or (bool(call.args) and is_put_together(call.args[0]))


def load_checks() -> Mapping[str, Sequence[Check]]:
    """The packaged checks by the scanner's rule."""
    text = resources.files("adyton.analyst").joinpath("second-opinions.toml").read_text()
    rows: list[dict[str, Any]] = tomllib.loads(text)["check"]
    found: dict[str, list[Check]] = {}
    for row in rows:
        check = Check(**{**row, "calls": tuple(row["calls"])})
        found.setdefault(check.rule, []).append(check)
    return found


def dotted(node: ast.expr) -> str:
    """The dotted name of an expression; parts that are no names are `?`."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def matches(name: str, pattern: str) -> bool:
    """Whether a dotted name fits a pattern with one `*` at either end."""
    if pattern == "*":
        return True
    if pattern.startswith("*"):
        return name.endswith(pattern[1:])
    if pattern.endswith("*"):
        return name.startswith(pattern[:-1])
    return name == pattern


def is_put_together(node: ast.expr) -> bool:
    """Whether a string is built at run time: f-string, `+`, `%`, `.format`."""
    match node:
        case ast.JoinedStr(values=values):
            return any(isinstance(value, ast.FormattedValue) for value in values)
        case ast.BinOp(op=ast.Add() | ast.Mod()):
            return True
        case ast.Call(func=ast.Attribute(attr="format")):
            return True
        case _:
            return False


def covers(node: ast.AST, line: int) -> bool:
    """Whether a node spans a line."""
    first = getattr(node, "lineno", 0)
    return first <= line <= (getattr(node, "end_lineno", None) or first)


def enclosing_function(tree: ast.AST, line: int) -> ast.AST | None:
    """The innermost function around a line, or None."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    around = [node for node in ast.walk(tree) if isinstance(node, kinds) and covers(node, line)]
    return max(around, key=lambda node: node.lineno, default=None)


def agrees(tree: ast.AST, *, line: int, checks: Sequence[Check]) -> bool:
    """Whether a check fires on a call that spans `line`."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and covers(node, line)]
    return any(check.fires(call) for check in checks for call in calls)
