"""The tree as the house tests see it: files, syntax trees, and the list of allowed exceptions."""

import ast
import functools
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "adyton"
PARTS = frozenset(
    [
        "terms",
        "crypto",
        "ledger",
        "identity",
        "intake",
        "policy",
        "marks",
        "prints",
        "gateway",
        "vault",
        "watch",
        "sweep",
        "trace",
        "incident",
        "analyst",
    ]
)


@functools.cache
def files() -> tuple[Path, ...]:
    """Every file that is, or could be, committed; the folder itself outside a git checkout."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = (ROOT / name for name in listing.stdout.split("\0") if name)
    return tuple(sorted(path for path in set(paths) if path.is_file()))


def sources() -> tuple[Path, ...]:
    """The package's own modules."""
    return tuple(path for path in files() if path.suffix == ".py" and PACKAGE in path.parents)


def name_of(path: Path) -> str:
    """The path from the root of the tree, as the exceptions and messages write it."""
    return path.relative_to(ROOT).as_posix()


def part_of(path: Path) -> str:
    """The part or room that a module of the package belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@functools.cache
def parsed(path: Path) -> ast.Module:
    """The module's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=name_of(path))


def imported(module: ast.Module) -> Iterator[str]:
    """The dotted name of every import, wherever in the module it stands; `from a import b`: a.b."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def foreign(module: ast.Module, *, allowed: Iterable[str] = ()) -> list[str]:
    """The imports that are neither standard library nor below one of the `allowed` names."""
    good = tuple(allowed)
    return sorted(
        name
        for name in imported(module)
        if name.split(".")[0] not in sys.stdlib_module_names
        and not any(name == one or name.startswith(one + ".") for one in good)
    )


def defined(node: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.AST]]:
    """Every function below `node` with its dotted name."""
    for child in ast.iter_child_nodes(node):
        inner = prefix
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inner = f"{prefix}{child.name}."
            if not isinstance(child, ast.ClassDef):
                yield f"{prefix}{child.name}", child
        yield from defined(child, inner)


@functools.cache
def exceptions() -> dict[str, dict[str, str]]:
    """The tables of allowed.toml: what is excepted, and why."""
    return tomllib.loads((ROOT / "tests" / "house" / "allowed.toml").read_text(encoding="utf-8"))


def settle(table: str, found: Iterable[str]) -> list[str]:
    """Findings without a line in allowed.toml, and lines that no finding needs any more."""
    lines = exceptions().get(table, {})
    seen = set(found)
    wrong = [f"{one}: no reason in allowed.toml [{table}]" for one in sorted(seen - set(lines))]
    wrong += [f"{one}: no longer needed in allowed.toml" for one in sorted(set(lines) - seen)]
    wrong += [f"{one}: a reason is a sentence" for one, why in lines.items() if len(why) < 10]
    return wrong
