"""Signs to look at a module or function again."""

import ast

from tests.house import tree

MODULE_LINES = 400
FUNCTION_LINES = 60


def test_a_long_module_has_a_reason():
    long = (
        tree.name_of(path)
        for path in tree.sources()
        if len(path.read_text(encoding="utf-8").splitlines()) > MODULE_LINES
    )
    assert tree.settle("modules", long) == []


def test_a_long_function_has_a_reason():
    long = (
        f"{tree.name_of(path)}::{name}"
        for path in tree.sources()
        for name, node in tree.defined(tree.parsed(path))
        if lines_of(node) > FUNCTION_LINES
    )
    assert tree.settle("functions", long) == []


def lines_of(node: ast.AST) -> int:
    return node.end_lineno - node.lineno + 1
