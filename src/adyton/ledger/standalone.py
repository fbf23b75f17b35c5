"""The offline verifier as one file: a zip of just the modules that it needs, runnable by Python.

Needs `python3` and `cryptography`, nothing of this package. The packages inside are empty, so
that no contract of a part pulls in what the verifier must not need. Same sources, same bytes.
"""

import ast
import io
import zipfile
from collections.abc import Iterator
from importlib import resources

_ENTRY = "adyton.adapters.verifier"
_SHEBANG = b"#!/usr/bin/env python3\n"
_MAIN = f"import sys\n\nfrom {_ENTRY} import main\n\nsys.exit(main())\n"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest date that a zip can hold


def build_verifier() -> bytes:
    """The bytes of `verifier.pyz`."""
    modules: dict[str, str] = {}
    waiting = [_ENTRY]
    while waiting:
        name = waiting.pop()
        if name not in modules:
            modules[name] = _source(name)
            waiting += _imported(modules[name])
    contents = {f"{name.replace('.', '/')}.py": text for name, text in modules.items()}
    for name in modules:
        for package in _packages(name):
            contents[f"{package.replace('.', '/')}/__init__.py"] = ""
    contents["__main__.py"] = _MAIN
    return _SHEBANG + _zip(contents)


def _zip(contents: dict[str, str]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path, text in sorted(contents.items()):
            archive.writestr(zipfile.ZipInfo(path, _LONG_AGO), text)
    return target.getvalue()


def _source(module: str) -> str:
    package, _, name = module.rpartition(".")
    inner = package.split(".")[1:]
    return resources.files("adyton").joinpath(*inner, f"{name}.py").read_text(encoding="utf-8")


def _imported(source: str) -> Iterator[str]:
    """Our own modules that a source imports, by `from module import name` alone."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("adyton."):
            yield str(node.module)


def _packages(module: str) -> Iterator[str]:
    parts = module.split(".")
    for end in range(1, len(parts)):
        yield ".".join(parts[:end])
