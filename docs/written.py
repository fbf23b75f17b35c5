"""Where the package writes facts: type, part, and the fields that stand in clear.

Read from the source without running it. A fact is a call of `Fact`; where its type or its fields
are handed in by the function's callers, those are read.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "adyton"
LISTS = frozenset({"FACTS", "FACT_TYPES"})
Function = ast.FunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One place that writes a fact: its type, its part, the fields that stand in clear."""

    type: str
    part: str
    module: str
    fields: tuple[str, ...]


def facts() -> Iterator[Written]:
    """Every place in the package that writes a fact."""
    for path in sorted(PACKAGE.rglob("*.py")):
        module = Module(path)
        for function, call in module.calls("Fact"):
            for kind, fields in module.facts_of(call, function):
                yield Written(
                    type=kind,
                    part=path.relative_to(PACKAGE).parts[0],
                    module=path.relative_to(PACKAGE).as_posix(),
                    fields=tuple(fields),
                )


class Module:
    """A module's source, as far as the facts that it writes are concerned."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tree = ast.parse(path.read_text(encoding="utf-8"))

    def calls(self, name: str) -> Iterator[tuple[Function, ast.Call]]:
        """Calls of `name`, also as a method, each with the function around it."""
        for function in [one for one in ast.walk(self.tree) if isinstance(one, Function)]:
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and bare(node.func) == name:
                    yield function, node

    def facts_of(self, call: ast.Call, function: Function) -> Iterator[tuple[str, list[str]]]:
        """Types and clear fields of one call; through the callers where it is handed a type."""
        arguments = {word.arg: word.value for word in call.keywords if word.arg}
        kind = arguments["type"]
        fields = arguments.get("public", ast.Dict(keys=[], values=[]))
        yield from self.resolved(kind, fields, function, ())

    def resolved(
        self, kind: ast.expr, fields: ast.expr, function: Function, known: Iterable[str]
    ) -> Iterator[tuple[str, list[str]]]:
        """`kind` and `fields` as constants, going up to the callers of `function` for its own."""
        names = [*known, *self.fields_of(fields, function)]
        text = constant(kind, self.tree, self.path)
        if text is not None:
            yield text, names
            return
        if not isinstance(kind, ast.Name):
            raise SystemExit(f"{self.path.name}:{kind.lineno}: this fact's type cannot be read")
        for caller, call in self.calls(function.name):
            bound = bind(function, call)
            outer = bound.get("public", ast.Dict(keys=[], values=[]))
            yield from self.resolved(bound[kind.id], outer, caller, names)

    def fields_of(self, node: ast.expr, function: Function) -> Iterator[str]:
        """The keys of a mapping, as far as they are written in this function."""
        match node:
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if key is None:
                        yield from self.fields_of(value, function)
                    elif isinstance(key, ast.Constant):
                        yield str(key.value)
            case ast.BinOp(left=left, right=right):
                yield from self.fields_of(left, function)
                yield from self.fields_of(right, function)
            case ast.Name(id=name):
                for one in ast.walk(function):
                    yield from self.assigned(one, name, function)
            case _:
                return

    def assigned(self, node: ast.AST, name: str, function: Function) -> Iterator[str]:
        """The keys that a statement gives to the mapping `name`."""
        match node:
            case ast.Assign(targets=[ast.Name(id=found)], value=value) if found == name:
                yield from self.fields_of(value, function)
            case ast.AnnAssign(target=ast.Name(id=found), value=value) if found == name and value:
                yield from self.fields_of(value, function)
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=found), slice=key)]) if (
                found == name and isinstance(key, ast.Constant)
            ):
                yield str(key.value)
            case _:
                return


def bare(node: ast.expr) -> str:
    """The last name of an expression: `self._append` is `_append`."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def bind(function: Function, call: ast.Call) -> dict[str, ast.expr]:
    """The arguments of a call by the names of the function's parameters."""
    names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    names = names[1:] if names[:1] == ["self"] else names
    keywords = {word.arg: word.value for word in call.keywords if word.arg}
    return {**dict(zip(names, call.args, strict=False)), **keywords}


def constant(node: ast.expr, tree: ast.Module, path: Path) -> str | None:
    """The text that an expression names: a literal, a constant of here or of an import."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.Name(id=name):
            where = imported(tree, name)
            if where is None:
                return assigned_text(tree, name)
            return assigned_text(source_of(where[0]), where[1])
        case ast.Attribute(value=ast.Name(id=module), attr=name):
            where = imported(tree, module)
            return None if where is None else assigned_text(source_of(".".join(where)), name)
        case _:
            raise SystemExit(f"{path.name}:{node.lineno}: this fact's type cannot be read")


def imported(tree: ast.Module, name: str) -> tuple[str, str] | None:
    """The module and name behind an imported name."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                if name == (alias.asname or alias.name):
                    return node.module, alias.name
    return None


def source_of(dotted: str) -> ast.Module:
    """The syntax tree of one of the package's modules."""
    path = PACKAGE.parent.joinpath(*dotted.split("."))
    file = path.with_suffix(".py")
    return ast.parse((file if file.exists() else path / "__init__.py").read_text(encoding="utf-8"))


def assigned_text(tree: ast.Module, name: str) -> str | None:
    """The text that a module's constant holds."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=found)], value=ast.Constant(value=str() as text)):
                if found == name:
                    return text
            case _:
                continue
    return None


def check_lists(written: set[tuple[str, str]]) -> None:
    """A part that lists its fact types lists exactly those that it writes."""
    for path in sorted(PACKAGE.rglob("*.py")):
        part, tree = path.relative_to(PACKAGE).parts[0], ast.parse(path.read_text("utf-8"))
        for node in tree.body:
            if not isinstance(node, ast.Assign | ast.AnnAssign):
                continue
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if bare(target) not in LISTS:
                continue
            listed = {constant(one, tree, path) or "" for one in getattr(node.value, "elts", ())}
            wrong = listed ^ {kind for owner, kind in written if owner == part}
            if wrong:
                raise SystemExit(f"{part}: listed or written, but not both: {sorted(wrong)}")
