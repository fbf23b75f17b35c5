"""What the pages say of the tree: links, file names, commands."""

import ast
import re
import shlex
from pathlib import Path

import pytest

from adyton.faces.cli.main import make_parser
from adyton.faces.cli.registry import COMMANDS
from tests.house import tree

DOCS = tree.ROOT / "docs"
PAGES = [
    path
    for path in tree.files()
    if path.suffix == ".md" and (path.parent == tree.ROOT or DOCS in path.parents)
]
COMMANDS_PAGE = DOCS / "operate" / "commands.md"  # made from the parser's own table
FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
FILE = re.compile(r"[\w.-]+(/[\w.-]+)*(/|\.(md|py|svg|toml|txt))")
SHOWN = re.compile(r"`(adyton [^`\n]+)`|^ *(?:\$ )?(adyton [^`\n]+)$", re.MULTILINE)
ANYWHERE = (tree.PACKAGE, tree.ROOT)


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def links(page: Path) -> list[str]:
    """The page's links to places in the tree."""
    found = LINK.findall(FENCE.sub("", text_of(page)))
    return [one.partition("#")[0] for one in found if "://" not in one and not one.startswith("#")]


@pytest.mark.parametrize("page", PAGES, ids=tree.name_of)
def test_every_link_leads_somewhere(page: Path):
    assert [one for one in links(page) if not (page.parent / one).exists()] == []


def test_every_page_is_reached_from_the_readme():
    reached: set[Path] = set()
    waiting = [tree.ROOT / "README.md"]
    while waiting:
        place = waiting.pop()
        if place in reached:
            continue
        reached.add(place)
        if place.is_dir():
            waiting += [one for one in PAGES if one.parent == place]
        elif place.suffix == ".md":
            waiting += [(place.parent / one).resolve() for one in links(place)]
    assert [tree.name_of(page) for page in PAGES if page not in reached] == []


@pytest.mark.parametrize("name", ["story.md", "threat-model.md"])
def test_the_files_that_a_page_names_exist(name: str):
    named = [one for one in CODE.findall(text_of(DOCS / name)) if FILE.fullmatch(one)]
    assert len(named) > 10
    assert [one for one in named if not any((top / one).exists() for top in ANYWHERE)] == []


@pytest.mark.parametrize("name", ["add-a-detector.md", "add-a-pathway.md", "add-an-operation.md"])
def test_the_files_that_a_checklist_names_exist(name: str):
    named = [
        one for one in CODE.findall(text_of(DOCS / name)) if one.startswith(("src/", "tests/"))
    ]
    whole = [one for one in named if "<" not in one]
    assert whole
    assert [one for one in whole if not (tree.ROOT / one).exists()] == []


def commands(text: str) -> list[list[str]]:
    """Every command line shown, as words. Stand-ins stay, numbers and choices are filled in."""
    found = []
    for quoted, line in SHOWN.findall(text):
        shown = re.sub(r"[\[\]]", "", (quoted or line).strip())
        words = [re.sub(r"^N$", "1", one.partition("|")[0]) for one in shlex.split(shown)]
        found.append([one for one in words if one != "…"])
    return found


def refused(words: list[str], capsys) -> str:
    """What the parser says against a command line; "" if nothing."""
    known = {command.words for command in COMMANDS}
    if tuple(words[1:]) in known or any(one[0] == " ".join(words[1:]) for one in known):
        return ""  # a command or a group that is only mentioned
    try:
        make_parser(COMMANDS).parse_args(words[1:])
    except SystemExit as ended:
        said = capsys.readouterr().err.strip().splitlines()
        return "" if not ended.code else said[-1]
    return ""


@pytest.mark.parametrize("page", [one for one in PAGES if one != COMMANDS_PAGE], ids=tree.name_of)
def test_every_command_shown_is_one(page: Path, capsys):
    lines = commands(text_of(page))
    said = [(" ".join(words), refused(words, capsys)) for words in lines]
    assert [one for one in said if one[1]] == []


@pytest.mark.parametrize(
    "text", ["`adyton repair`", "adyton trace", "`adyton init --owner X --name Y`"]
)
def test_a_command_that_is_none_is_seen(text: str, capsys):
    (words,) = commands(text)
    assert bool(refused(words, capsys)) == (words != ["adyton", "trace"])


def test_every_part_has_its_page():
    made = {path.stem for path in (DOCS / "parts").glob("*.md")}
    assert sorted(tree.PARTS - made) == []


def test_every_setting_has_its_line():
    module = ast.parse(text_of(tree.PACKAGE / "assembly" / "config.py"))
    names = {
        field.target.id
        for node in module.body
        if isinstance(node, ast.ClassDef)
        for field in node.body
        if isinstance(field, ast.AnnAssign)
    }
    page = text_of(DOCS / "operate" / "settings.md")
    assert sorted(name for name in names if not re.search(rf"`{name}`|`\[{name}[.\]]", page)) == []
