"""`make demo DRY=1` as somebody meets it who wants to know what would be downloaded."""

import os
import re
import subprocess

import pytest

from tests.conftest import ROOT

HOST = re.compile(r"://|\b[\w-]+\.(com|net|org|io|dev|cloud|internal|local)\b")


@pytest.mark.timeout(120)
@pytest.mark.skipif(not (ROOT / ".venv" / ".made").exists(), reason="was not set up by make")
def test_a_dry_demo_lists_downloads_and_names_no_host(tool):
    make = tool("make")
    environment = {key: value for key, value in os.environ.items() if "MAKE" not in key}  # noqa: TID251
    done = subprocess.run(  # noqa: S603 - our own Makefile
        [make, "demo", "DRY=1"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"(?m)^\d+ packages to download +\d+\.\d\d MB$", done.stdout)
    assert "nothing was installed" in done.stdout
    assert HOST.search(done.stdout + done.stderr) is None
