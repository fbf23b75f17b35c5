"""docs/controls.toml: what the product answers to each of the 68 controls, and where that is shown.

```toml
[[control]]
id = "C01"
title = "Inventory of every protected asset"
status = "shown" # shown | thin | absent | not software
answer = ["src/adyton/ledger/registry.py", "tests/unit/ledger/test_registry.py::test_each_copy"]
```
"""

import re
import tomllib
from pathlib import Path

import pytest

from tests.house import tree

PAGE = tree.ROOT / "docs" / "controls.toml"
FIELDS = {"id", "title", "status", "answer"}
STATUSES = {"shown", "thin", "absent", "not software"}
IDS = [f"C{number:02}" for number in range(1, 69)]


@pytest.fixture(scope="module")
def controls() -> list[dict[str, object]]:
    assert PAGE.is_file(), "docs/controls.toml is to be written"
    return tomllib.loads(PAGE.read_text(encoding="utf-8"))["control"]


def stands(answer: str) -> bool:
    """True if the path exists and, for a test id, its file defines the test."""
    path, *names = answer.split("::")
    file = tree.ROOT / path
    if Path(path).is_absolute() or not file.exists():
        return False
    tests = [name.split("[")[0] for name in names]
    text = file.read_text(encoding="utf-8") if tests else ""
    return all(
        re.search(rf"^\s*(async def|def|class) {re.escape(t)}\b", text, re.MULTILINE) for t in tests
    )


def test_each_control_stands_once_and_in_order(controls):
    assert [control.get("id") for control in controls] == IDS


def test_each_control_has_its_fields(controls):
    wrong = [
        control
        for control in controls
        if set(control) != FIELDS
        or control["status"] not in STATUSES
        or not str(control["title"]).strip()
        or not isinstance(control["answer"], list)
    ]
    assert wrong == []


def test_each_answer_exists(controls):
    answers = [(control["id"], answer) for control in controls for answer in control["answer"]]
    assert [(control, answer) for control, answer in answers if not stands(answer)] == []


def test_what_is_called_shown_names_a_test(controls):
    shown = [control for control in controls if control["status"] == "shown"]
    assert [one["id"] for one in shown if not any("::" in text for text in one["answer"])] == []


def test_what_is_called_thin_names_something(controls):
    thin = [control for control in controls if control["status"] == "thin"]
    assert [one["id"] for one in thin if not one["answer"]] == []
