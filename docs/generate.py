"""The generated pages of docs/: parts, facts, errors, settings, commands.

    python docs/generate.py            writes them
    python docs/generate.py --check    writes nothing; exit 1 with the names of files that differ

Parts, facts and settings are read from the source without running it.
"""

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from written import PACKAGE, bare, check_lists, facts

from adyton.faces import problems
from adyton.faces.cli.command import Argument, Command
from adyton.faces.cli.registry import COMMANDS, GROUP_HELP

DOCS = Path(__file__).resolve().parent
MADE = "<!-- Made by docs/generate.py (make docs) from {source}: change that, not this page. -->"
# From the top of the house to its ground, as docs/parts/README.md lists them.
PARTS = (
    *("faces/cli", "faces/api", "faces/proxy", "faces/render", "drill", "assembly"),
    *("incident", "analyst", "gateway", "vault", "watch", "sweep", "trace"),
    *("policy", "marks", "prints", "identity", "intake", "ledger", "crypto", "terms"),
)
NOTHING = "-"


def main(words: list[str]) -> int:
    """Write the pages, or with --check compare them; the exit code."""
    made = pages()
    before = {path: path.read_text(encoding="utf-8") for path in standing()}
    differing = sorted(path for path in {*made, *before} if made.get(path) != before.get(path))
    if words == ["--check"]:
        for path in differing:
            print(f"differs: {path.relative_to(DOCS.parent)}: run make docs", file=sys.stderr)
        return 1 if differing else 0
    for path in differing:
        if path in made:
            path.parent.mkdir(exist_ok=True)
            path.write_text(made[path], encoding="utf-8")
        else:
            path.unlink()
    return 0


def pages() -> dict[Path, str]:
    """Every generated page by its path."""
    found = {DOCS / "parts" / f"{name.replace('/', '-')}.md": part_page(name) for name in PARTS}
    found[DOCS / "parts" / "README.md"] = parts_page()
    found[DOCS / "facts.md"] = facts_page()
    found[DOCS / "errors.md"] = errors_page()
    found[DOCS / "operate" / "settings.md"] = settings_page()
    found[DOCS / "operate" / "commands.md"] = commands_page()
    return found


def standing() -> Iterator[Path]:
    """The generated pages that lie in the tree, those of parts that are gone included."""
    yield from (DOCS / "parts").glob("*.md")
    names = ("facts.md", "errors.md", "operate/settings.md", "operate/commands.md")
    yield from (DOCS / name for name in names if (DOCS / name).exists())


# Parts


def part_page(name: str) -> str:
    """A part's contract, and its modules with what each gives."""
    folder = PACKAGE / name
    contract = docstring(folder / "__init__.py")
    modules = sorted(one for one in folder.rglob("*.py") if one.name != "__init__.py")
    rows = [
        (f"[{shown}](../../src/adyton/{name}/{shown})", docstring(one).partition("\n")[0])
        for one in modules
        for shown in (one.relative_to(folder).as_posix(),)
    ]
    source = f"src/adyton/{name}/__init__.py"
    body = [f"# {name}", contract, "## Modules", table(("module", "what it gives"), rows)]
    return page(source, body)


def parts_page() -> str:
    """The table of contents of the house."""
    rows = [
        (f"[{name}]({name.replace('/', '-')}.md)", contract.partition("\n")[0])
        for name in PARTS
        for contract in (docstring(PACKAGE / name / "__init__.py"),)
    ]
    text = (
        "From the top of the house to its ground: imports only point down. `adapters` holds one\n"
        "module per technology behind the parts' ports; `assembly` alone names them."
    )
    body = ["# The parts", text, table(("part", "in one line"), rows)]
    return page("the parts' docstrings", body)


def docstring(path: Path) -> str:
    """The docstring of a module, in Markdown: a list needs an empty line before it."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith("- ") and lines and lines[-1] and not lines[-1].startswith(("- ", "  ")):
            lines.append("")
        lines.append(line)
    return "\n".join(lines)


# Facts


def facts_page() -> str:
    """Every fact type with the part that writes it and the fields that stand in clear."""
    found: dict[tuple[str, str], set[str]] = {}
    for one in facts():
        found.setdefault((one.part, one.type), set()).update(one.fields)
    check_lists({(part, kind) for part, kind in found})
    rows = [
        (f"`{kind}`", part, " ".join(f"`{field}`" for field in sorted(fields)) or NOTHING)
        for (part, kind), fields in sorted(found.items(), key=lambda item: item[0])
    ]
    text = (
        "What the ledger can hold. The fields in clear can be read by whoever reads the tree:\n"
        "ids, enums, sizes, digests of what cannot be guessed. All else is in sealed bodies."
    )
    body = ["# Facts", text, table(("type", "written by", "fields in clear"), rows)]
    return page("every place that writes a `Fact`", body)


# Errors


def errors_page() -> str:
    """The one table of error families."""
    rows = [
        (
            f"`{family.__name__}`",
            str(row.status),
            str(row.exit_code),
            f"`{row.code}`",
            row.text + (" (the error's own text)" if row.own_text else ""),
            (family.__doc__ or "").partition("\n")[0],
        )
        for family, row in problems.TABLE
    ]
    bug = problems.INTERNAL
    rows.append(
        ("anything else", str(bug.status), str(bug.exit_code), f"`{bug.code}`", bug.text, "Our bug")
    )
    text = (
        f"Other exit codes: {problems.EXIT_DONE} done, {problems.EXIT_FOUND} a check found "
        f"something, {problems.EXIT_USAGE} wrong use, {problems.EXIT_INTERRUPTED} interrupted.\n"
        "On a terminal an error is one line: what happened, to what, what to do next. Over the\n"
        "network only the text below is told, unless it says: the error's own text."
    )
    head = ("family", "HTTP", "exit", "code", "told over the network", "means")
    return page("src/adyton/faces/problems.py", ["# Errors", text, table(head, rows)])


# Settings


def settings_page() -> str:
    """Every setting of config.toml with its default."""
    path = PACKAGE / "assembly" / "config.py"
    lines = path.read_text(encoding="utf-8").splitlines()
    tree = ast.parse("\n".join(lines))
    kinds = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    allowed = dict(aliases(tree))
    whole = kinds.pop("Config")
    text = (
        "`config.toml` in the home, TOML, read when a process opens the home. A name that is not\n"
        "listed here is refused. `init` writes the file; what it leaves out has its default."
    )
    top = [one for one in fields(whole) if not any(kind in shape(one) for kind in kinds)]
    body = ["# Settings", text, "## At the top", settings_table(top, lines, allowed)]
    for name, node in kinds.items():
        field = next(one for one in fields(whole) if name in shape(one))
        many = ".NAME" if shape(field).startswith("dict") else ""
        body.append(f"## `[{bare(field.target)}{many}]`")
        body.append(ast.get_docstring(node) or "")
        body.append(settings_table(fields(node), lines, allowed))
    return page("src/adyton/assembly/config.py", body)


def fields(node: ast.ClassDef) -> list[ast.AnnAssign]:
    """The fields of a settings class."""
    return [one for one in node.body if isinstance(one, ast.AnnAssign)]


def shape(field: ast.AnnAssign) -> str:
    """The type of a field as it is written."""
    return ast.unparse(field.annotation)


def aliases(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The types with limits: `Port = Annotated[int, Meta(ge=1)]` is an int, at least 1."""
    words = {"ge": "at least", "le": "at most", "pattern": "like"}
    for node in tree.body:
        match node:
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Subscript(slice=ast.Tuple(elts=[kind, ast.Call(keywords=limits)])),
            ):
                said = [f"{words[str(one.arg)]} `{value_of(one.value)}`" for one in limits]
                yield name, ", ".join([ast.unparse(kind), *said])
            case _:
                continue


def settings_table(
    settings: Iterable[ast.AnnAssign], lines: list[str], allowed: Mapping[str, str]
) -> str:
    """The settings of one class, with the comments beside them."""
    rows = [
        (
            f"`{bare(one.target)}`",
            allowed.get(shape(one), shape(one)),
            f"`{value_of(one.value)}`" if one.value is not None else "needed",
            lines[one.lineno - 1].partition("  # ")[2] or NOTHING,
        )
        for one in settings
    ]
    return table(("setting", "type", "default", "what"), rows)


def value_of(node: ast.expr) -> str:
    """A value as it is written, worked out where it is a shift."""
    match node:
        case ast.BinOp(
            op=ast.LShift(),
            left=ast.Constant(value=int(left)),
            right=ast.Constant(value=int(by)),
        ):
            return f"{left << by:_}"
        case ast.Constant(value=str(text)):
            return f'"{text}"'
        case _:
            return ast.unparse(node).replace("'", '"')


# Commands


def commands_page() -> str:
    """Every command with its arguments."""
    groups: dict[str, list[Command]] = {}
    for one in COMMANDS:
        groups.setdefault(one.words[0] if len(one.words) > 1 else "", []).append(one)
    text = (
        "Every command also takes `--home DIR` (else `ADYTON_HOME`, else `~/.adyton/home`),\n"
        "`--key FILE` with your credential (else `ADYTON_KEY`, else the operator's beside the\n"
        "home) and `--json` (one JSON document on standard output). `ADYTON_PASSPHRASE` answers\n"
        "for an approver's key. Exit codes: [errors.md](../errors.md)."
    )
    body = ["# Commands", text]
    for group, commands in groups.items():
        body.append(f"## {group}: {GROUP_HELP[group]}" if group else "## The perimeter")
        body += [command_text(one) for one in commands]
    return page("src/adyton/faces/cli/", body)


def command_text(command: Command) -> str:
    """One command: how it is written, what it does, what its arguments mean."""
    words = ["adyton", *command.words, *(usage(one) for one in command.arguments)]
    lines = [f"`{' '.join(words)}`", "", f"{command.help[0].upper()}{command.help[1:]}.", ""]
    for one in command.arguments:
        default = one.options.get("default")
        said = [
            str(one.options.get("help", "")),
            ", ".join(f"`{choice}`" for choice in one.options.get("choices", ())),
            f"else {default}" if default else "",
        ]
        if any(said):
            lines.append(f"- `{one.names[0]}`: {'; '.join(part for part in said if part)}")
    return "\n".join(lines).strip()


def usage(argument: Argument) -> str:
    """An argument as it is written on a command line."""
    name, options = argument.names[0], argument.options
    if not name.startswith("-"):
        word = name.upper()
        return {"+": f"{word} …", "*": f"[{word} …]"}.get(str(options.get("nargs", "")), word)
    flag = options.get("action") == "store_true"
    word = name if flag else f"{name} {str(options.get('dest', name)).lstrip('-').upper()}"
    return word if options.get("required") else f"[{word}]"


# Pages


def page(source: str, body: Iterable[str]) -> str:
    """A whole page."""
    return "\n\n".join([MADE.format(source=source), *body]) + "\n"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table."""
    cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *cells])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
