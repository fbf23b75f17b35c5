"""The locks: hashed, without addresses, and in step with pyproject.toml."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house import tree

LOCKS = sorted((tree.ROOT / "requirements").glob("*.txt"))
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;]+)", re.MULTILINE)
PROJECT = tomllib.loads((tree.ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def pins(lock: str) -> dict[str, set[str]]:
    """The versions that a lock pins, by name; more than one where markers differ."""
    found: dict[str, set[str]] = {}
    for match in PIN.finditer((tree.ROOT / "requirements" / lock).read_text(encoding="utf-8")):
        found.setdefault(match["name"], set()).add(match["version"])
    return found


def unmet(wanted: list[str], lock: str) -> list[str]:
    """The requirements that no pin of the lock fulfils."""
    pinned = pins(lock)
    return [
        text
        for text in wanted
        if not any(
            Requirement(text).specifier.contains(version)
            for version in pinned.get(canonicalize_name(Requirement(text).name), ())
        )
    ]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_no_lock_holds_an_address(lock: Path):
    assert "://" not in lock.read_text(encoding="utf-8")


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_pin_has_a_hash(lock: Path):
    entries = re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8"))
    pinned = [entry for entry in entries if not entry.startswith("#")]
    assert [entry for entry in pinned if "--hash=sha256:" not in entry] == []


def test_the_run_lock_meets_the_project():
    project = PROJECT["project"]
    wanted = [*project["dependencies"], *PROJECT["dependency-groups"]["build"]]
    wanted += [one for extra in project["optional-dependencies"].values() for one in extra]
    assert unmet(wanted, "run.txt") == []


def test_the_dev_lock_meets_the_project():
    wanted = [one for one in PROJECT["dependency-groups"]["dev"] if isinstance(one, str)]
    assert unmet(wanted, "dev.txt") == []


def test_the_dev_lock_holds_the_run_lock():
    dev = pins("dev.txt")
    assert {name: seen for name, seen in pins("run.txt").items() if dev.get(name) != seen} == {}


def test_no_dependency_excused_as_unused_is_used():
    excused = PROJECT["tool"]["deptry"]["per_rule_ignores"]["DEP002"]
    used = {
        name.split(".")[0] for path in tree.sources() for name in tree.imported(tree.parsed(path))
    }
    assert sorted(used & set(excused)) == []
