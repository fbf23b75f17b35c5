"""Whole stories of all four cases, as `adyton demo --json` tells them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.system.stage import Run, new_run

CASES = [(2, "leak"), (4, "leak"), (1, "framed"), (1, "not-ours"), (4, "not-ours"), (1, "none")]
VERDICTS = {"leak", "ours_no_leak", "not_ours", "forged", "unsubstantiated", "unsure"}


@pytest.fixture
def tell(model_file: Path, tmp_path: Path):
    assert model_file.is_file()

    def run(seed: int, case: str) -> tuple[int, dict[str, Any], str]:
        stage: Run = new_run(tmp_path)
        words = ["demo", "--json", "--seed", str(seed), "--case", case]
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "adyton", *words],
            cwd=stage.folder,
            env=stage.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert list(stage.temporary.iterdir()) == []
        return done.returncode, json.loads(done.stdout or "{}"), done.stderr

    return run


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("seed", "case"), CASES)
def test_a_story_accuses_no_innocent_and_ends_right(tell, seed: int, case: str):
    code, document, said = tell(seed, case)
    assert document, said
    assert code == int(document["wrong"])
    assert (document["seed"], document["case"]) == (seed, case)
    truth, answer, right = document["truth"], document["answer"], document["right"]
    assert {truth["verdict"], answer["verdict"]} <= VERDICTS
    assert {"copies", "persons", "pathways", "scope"} <= set(answer)
    assert right["accused_innocent"] is False
    if truth["nameable"] and case == "leak":
        assert (right["copy"], right["pathway"]) == (True, True)
    if case != "leak":
        assert [one for one in answer["persons"] if one["tier"] == "accuse"] == []
    assert document["wrong"] is False, said
