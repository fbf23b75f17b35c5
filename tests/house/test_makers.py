"""Nothing leaves without a receipt: what a release asks for is made in one part only.

A reading aid, no security boundary.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.house import tree

MAKER = {
    "Grant": "policy",
    "Marked": "marks",
    "Principal": "identity",
    "Promise": "ledger",
    "Receipt": "ledger",
}
DECODERS = frozenset({"Decoder", "cast", "convert", "decode"})


def bare(node: ast.expr) -> str:
    """The name that an expression ends in, without its type parameters: `a.Grant[T]` is Grant."""
    if isinstance(node, ast.Subscript):
        return bare(node.value)
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def made(module: ast.Module) -> Iterator[str]:
    """The guarded types that `module` makes: by constructor, named constructor, or decoder."""
    for node in ast.walk(module):
        if not isinstance(node, ast.Call):
            continue
        names = [bare(node.func)]
        if isinstance(node.func, ast.Attribute):
            names.append(bare(node.func.value))
        if names[0] in DECODERS:
            names += [bare(given) for given in node.args]
            names += [bare(given.value) for given in node.keywords]
        yield from (name for name in names if name in MAKER)


def test_guarded_types_are_made_in_their_part():
    wrong = [
        f"{tree.name_of(path)} makes {name}: only {MAKER[name]} may"
        for path in tree.sources()
        for name in made(tree.parsed(path))
        if tree.part_of(path) != MAKER[name]
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "text",
    [
        "Grant(id=1)",
        "policy.Grant(id=1)",
        "Grant.until(1)",
        "Grant[int](1)",
        "msgspec.convert(row, Grant)",
        "msgspec.json.decode(raw, type=policy.Grant)",
    ],
)
def test_a_maker_is_seen(text: str):
    assert list(made(ast.parse(text))) == ["Grant"]


@pytest.mark.parametrize("text", ["GrantId(1)", "ask(grant)", "def f(g: Grant) -> Grant: ..."])
def test_a_mention_is_no_maker(text: str):
    assert list(made(ast.parse(text))) == []
