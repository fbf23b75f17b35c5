"""A package's `__init__` is its contract: what enters, leaves, is promised, never happens."""

import ast
from pathlib import Path

import pytest

from tests.house import tree

CONTRACT_LINES = 60
PACKAGES = [path for path in tree.sources() if path.name == "__init__.py"]


def is_all(node: ast.stmt) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else []
    return [getattr(target, "id", "") for target in targets] == ["__all__"]


def is_reexport(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and (node.module or "").startswith("adyton.")


@pytest.mark.parametrize("path", PACKAGES, ids=tree.name_of)
def test_an_init_holds_its_contract_and_reexports_only(path: Path):
    module = tree.parsed(path)
    contract = ast.get_docstring(module)
    assert contract, "no contract"
    assert len(contract.splitlines()) <= CONTRACT_LINES
    below = module.body[1:]
    assert [ast.unparse(node) for node in below if not (is_all(node) or is_reexport(node))] == []


@pytest.mark.parametrize("path", PACKAGES, ids=tree.name_of)
def test_an_init_lists_what_it_reexports(path: Path):
    module = tree.parsed(path)
    names = [
        alias.asname or alias.name
        for node in module.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    listed = [name for node in module.body if is_all(node) for name in ast.literal_eval(node.value)]
    assert sorted(listed) == sorted(names)
