import shutil
import subprocess
import sys

import pytest

from adyton.adapters.free_space import LocalSpace
from adyton.terms import Unavailable
from tests.conftest import absent

# In a mount namespace of its own: a file system of four MiB, three of them taken.
SCRIPT = """
set -e
mount -t tmpfs -o size=4m tmpfs "$1"
dd if=/dev/zero of="$1/fill" bs=1M count=3 status=none
"$PYTHON" -c 'import sys
from pathlib import Path
from adyton.adapters.free_space import LocalSpace
space = LocalSpace(Path(sys.argv[1])).measure()
print(space.free_bytes >> 20, space.total_bytes >> 20)' "$1"
"""


def test_a_small_disk_is_as_full_as_it_is(tmp_path):
    unshare = shutil.which("unshare") or "unshare"
    probe = [unshare, "-rm", "/bin/sh", "-c", "mount -t tmpfs tmpfs /mnt"]
    found = shutil.which("unshare")
    if not found or subprocess.run(probe, capture_output=True, check=False).returncode:  # noqa: S603
        absent("needs a mount namespace of its own (unshare -rm)")
    done = subprocess.run(  # noqa: S603
        [unshare, "-rm", "/bin/sh", "-c", SCRIPT, "sh", str(tmp_path)],
        capture_output=True, text=True, check=True, env={"PYTHON": sys.executable},
    )  # fmt: skip
    assert done.stdout.split() == ["1", "4"]


def test_a_folder_that_is_gone_is_unavailable(tmp_path):
    with pytest.raises(Unavailable):
        LocalSpace(tmp_path / "gone").measure()
