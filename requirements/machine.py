"""Tells what this machine lacks before anything is installed; runs on any Python 3.

Adyton needs Python 3.11 or newer with venv, git, and the libraries libgomp1 and libstdc++6, which
the local model server links. Exit 0: all there. Exit 1: one line for each missing piece, and how to
get them.
"""

import ctypes
import importlib.util
import shutil
import sys

OLDEST = (3, 11)


def loads(library: str) -> bool:
    """True if the system's loader finds `library`."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def main() -> int:
    """Print what is missing and give the exit code."""
    lacks = []
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        lacks.append(("python3", f"Python 3.11 or newer (python3 here is {found})"))
    if not all(map(importlib.util.find_spec, ("venv", "ensurepip"))):
        lacks.append(("python3-venv", "Python's venv module, with ensurepip"))
    if shutil.which("git") is None:
        lacks.append(("git", "git"))
    lacks += [
        (package, library)
        for package, library in (("libgomp1", "libgomp.so.1"), ("libstdc++6", "libstdc++.so.6"))
        if not loads(library)
    ]
    if not lacks:
        return 0
    for _, what in lacks:
        print(f"missing: {what}", file=sys.stderr)
    packages = " ".join(package for package, _ in lacks)
    print(f"On Debian or Ubuntu: apt-get install {packages}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
