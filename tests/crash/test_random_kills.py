"""Killed five hundred times at moments of no meaning, in one home: `tests/crash/killing.py`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.crash.ledger_home import LOG

ROOT = Path(__file__).resolve().parents[2]
KILLS = 500


def kill(folder, kills, seed):
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "tests.crash.killing", folder, "--kills", str(kills), "--seed",
         str(seed)],
        cwd=ROOT, stdout=subprocess.PIPE, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    return json.loads(done.stdout)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_i1_five_hundred_kills_under_load_and_while_opening_lose_nothing(checklog, tmp_path):
    found = kill(tmp_path, KILLS, 1)
    sys.stderr.write(f"{found}\n")
    assert found["while_opening"] > KILLS / 10
    assert found["promised"] > KILLS
    assert found["erasures"] > 0
    (tmp_path / "vkeys").write_text(f"{LOG.key}\n")
    code, said = checklog("log", tmp_path / "vkeys", tmp_path / "ledger" / "main" / "1")
    assert (code, said) == (0, [f"{found['entries']} entries: all hold"])
