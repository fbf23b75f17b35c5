"""The Makefile and the scripts behind it, as someone with a fresh checkout meets them."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.house import tree

MACHINE = tree.ROOT / "requirements" / "machine.py"


def run(*command: object, **settings: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        [str(word) for word in command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        **settings,
    )


def test_a_machine_that_lacks_something_is_told_what_to_install(tmp_path):
    done = run(sys.executable, MACHINE, env={"PATH": str(tmp_path)})
    assert done.returncode == 1
    assert done.stderr == "missing: git\nOn Debian or Ubuntu: apt-get install git\n"


def test_a_machine_that_lacks_nothing_is_told_nothing():
    done = run(sys.executable, MACHINE)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_fresh_checkout_installs_from_its_locks(tmp_path):
    for path in tree.files():
        copy = tmp_path / tree.name_of(path)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    env = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}  # noqa: TID251
    dry = run("make", "demo", "DRY=1", cwd=tmp_path, env=env)
    assert dry.returncode == 0, dry.stderr
    assert "packages to download" in dry.stdout
    assert "://" not in dry.stdout + dry.stderr
    made = run("make", ".venv/.self", ".venv/.model", cwd=tmp_path, env=env)
    assert made.returncode == 0, made.stderr
    again = run("make", "demo", "DRY=1", cwd=tmp_path, env=env)
    assert "\n0 packages to download" in "\n" + again.stdout
    python = tmp_path / ".venv" / "bin" / "python"
    done = run(python, "-c", "import adyton.__main__, cryptography, uvloop", env=env)
    assert done.returncode == 0, done.stderr
