"""What the import contract cannot see: submodules, calls, and the smallest parts' dependencies."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house import tree

# A core does no I/O. A path in a core is a PurePath, or opaque; package data comes by
# importlib.resources.
BARRED_MODULES = {
    "ctypes",
    "fcntl",
    "http.client",
    "http.server",
    "mmap",
    "pathlib.Path",
    "select",
    "selectors",
    "shutil",
    "signal",
    "socketserver",
    "urllib.request",
}
BARRED_OS = {
    "chmod", "environ", "fdatasync", "fork", "fsync", "getenv", "kill", "link", "listdir",
    "makedirs", "mkdir", "open", "popen", "read", "remove", "rename", "replace", "rmdir",
    "scandir", "stat", "symlink", "system", "unlink", "urandom", "walk", "write",
}  # fmt: skip
BARRED = BARRED_MODULES | {f"os.{name}" for name in BARRED_OS}


def touched(module: ast.Module) -> Iterator[str]:
    """What `module` names of the world outside: barred imports, `open`, and functions of os."""
    for name in tree.imported(module):
        if any(f"{name}.".startswith(f"{one}.") for one in BARRED):
            yield name
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "open":
            yield "open"
        elif isinstance(node, ast.Attribute) and ast.unparse(node) in BARRED:
            yield ast.unparse(node)


def test_parts_touch_no_files_and_no_network():
    found = {
        f"{tree.name_of(path)}: {what}"
        for path in tree.sources()
        if tree.part_of(path) in tree.PARTS
        for what in touched(tree.parsed(path))
    }
    assert tree.settle("touching", found) == []


def test_what_a_core_could_touch_is_seen():
    module = ast.parse(
        "import http.client, os\nfrom pathlib import Path\nfrom os import replace\n"
        "def f():\n    from http import server\n    open('x')\n    return os.urandom(8)\n"
    )
    seen = ["http.client", "http.server", "open", "os.replace", "os.urandom", "pathlib.Path"]
    assert sorted(touched(module)) == seen


def test_terms_rest_on_the_standard_library():
    wrong = {
        tree.name_of(path): names
        for path in tree.sources()
        if tree.part_of(path) == "terms"
        and (names := tree.foreign(tree.parsed(path), allowed=["adyton.terms"]))
    }
    assert wrong == {}


def test_crypto_rests_on_the_base_install():
    allowed = ["adyton.crypto", "adyton.terms", "cryptography", "msgspec", "rfc8785"]
    wrong = {
        tree.name_of(path): names
        for path in tree.sources()
        if tree.part_of(path) == "crypto"
        and (names := tree.foreign(tree.parsed(path), allowed=allowed))
    }
    assert wrong == {}


def test_the_offline_verifier_rests_on_crypto_and_terms():
    proof = tree.PACKAGE / "ledger" / "proof.py"
    assert proof.is_file()
    allowed = ["adyton.crypto", "adyton.terms"]
    assert tree.foreign(tree.parsed(proof), allowed=allowed) == []


def test_the_offline_verifier_needs_one_library():
    """Through everything that it imports: it runs where only cryptography is installed."""
    reached, waiting = set(), [tree.PACKAGE / "ledger" / "proof.py"]
    while waiting:
        path = waiting.pop()
        if path not in reached and path.is_file():
            reached.add(path)
            waiting += [file for name in tree.imported(tree.parsed(path)) for file in places(name)]
    wrong = {
        tree.name_of(path): names
        for path in reached
        if (names := tree.foreign(tree.parsed(path), allowed=["adyton", "cryptography"]))
    }
    assert reached
    assert wrong == {}


def places(name: str) -> list[Path]:
    """Where the module behind `name` may lie: itself, its package, or what holds the name."""
    path = tree.PACKAGE.parent.joinpath(*name.split("."))
    return [
        place
        for one in (path, path.parent)
        for place in (one.with_suffix(".py"), one / "__init__.py")
        if tree.PACKAGE in one.parents
    ]
