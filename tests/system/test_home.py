"""The home that a story leaves: it opens again, its record holds, no plaintext lies in it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.stage import Run

pytestmark = pytest.mark.timeout(300)

FOUND = 1
BLOCK_BYTES = 65_536  # pieces of files are recognised where they begin at a multiple of it


@pytest.fixture(scope="module")
def adyton(story: Run):
    """The program on the kept home, with no owner: each command opens the home itself."""

    def run(*words: str, key: Path | None = None, code: int = 0):
        command = [sys.executable, "-m", "adyton", *words, "--home", str(story.home), "--json"]
        if key is not None:
            command += ["--key", str(key)]
        done = subprocess.run(  # noqa: S603 - our own program
            command, env=story.environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout)

    return run


@pytest.fixture(scope="module")
def auditor(adyton, tmp_path_factory) -> Path:
    """The credential of a new auditor, whom the operator admits after the story."""
    org = adyton("org", "list")["orgs"][0]["id"]
    words = ("--login", "auditor.one", "--org", org, "--role", "auditor")
    person = adyton("person", "add", "Auditor One", *words)["person"]
    key = tmp_path_factory.mktemp("auditor") / "auditor.key"
    adyton("key", "issue", person, "--out", str(key))
    return key


def test_the_record_of_the_story_holds(adyton, auditor):
    answer = adyton("ledger", "verify", key=auditor)
    assert answer["ok"] is True
    assert answer["problems"] == []
    assert answer["size"] > 100


def test_the_record_tells_the_story_in_its_order(adyton, auditor):
    entries = adyton("ledger", "query", "--limit", "1000", key=auditor)["facts"]
    kinds = [one["type"] for one in entries]
    for first, then in (
        ("version.protected", "copy.issued"),
        ("copy.issued", "drill.sealed"),
        ("drill.sealed", "case.opened"),
        ("case.opened", "drill.opened"),
    ):
        assert kinds.index(first) < kinds.index(then)
    assert kinds.count("answer.intended") == kinds.count("answer.closed") >= 3
    sealed = next(one for one in entries if one["type"] == "drill.sealed")
    opened = next(one for one in entries if one["type"] == "drill.opened")
    assert sealed["public"]["digest"] == opened["public"]["digest"]


def test_a_sweep_of_our_own_places_finds_no_plaintext_and_no_leftover(adyton):
    answer = adyton("sweep", "--own")
    assert answer["not_scanned"] == []
    assert answer["scanned"] > 20
    assert answer["exposures"] == []


def test_a_sweep_finds_a_piece_that_somebody_left(adyton, model_file, tmp_path):
    with model_file.open("rb") as file:
        file.seek(300 * BLOCK_BYTES)
        (tmp_path / "cache.tmp").write_bytes(file.read(16 * BLOCK_BYTES))
    found = adyton("sweep", str(tmp_path), code=FOUND)["exposures"]
    assert {one["path"] for one in found} == {str(tmp_path / "cache.tmp")}
    assert "weights" in {one["what"] for one in found}
