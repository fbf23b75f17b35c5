"""A disk that is really full: nothing half-written, one line, and the record holds afterwards."""

import shutil
import subprocess
import sys

from tests.conftest import absent

# In a mount namespace of its own: a file system of two MiB, filled up around each command.
SCRIPT = """
set -e
mount -t tmpfs -o size=2m tmpfs "$1"
cd "$1"
run() { "$PYTHON" -m adyton "$@" --home home || echo "[$?]"; }
run init --owner "Example Lab" > /dev/null
person=$(run person list | tail -1 | cut -d' ' -f1)
dd if=/dev/zero of=fill bs=4k status=none 2>/dev/null || true
run compartment add cyber
run key issue "$person" --out new.key
ls new.key 2>/dev/null || echo no new.key
ls -a | grep new || echo no scratch
rm fill
run compartment list
run doctor | grep -c 'all hold'
"""


def test_what_a_full_disk_refuses_is_not_there_and_the_home_goes_on(tmp_path):
    unshare = shutil.which("unshare")
    command = [unshare or "unshare", "-rm", "/bin/sh", "-c", "mount -t tmpfs tmpfs /mnt"]
    if not unshare or subprocess.run(command, capture_output=True, check=False).returncode:  # noqa: S603
        absent("needs a mount namespace of its own (unshare -rm)")
    command[-1:] = [SCRIPT, "sh", str(tmp_path)]
    done = subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, check=True, env={"PYTHON": sys.executable}
    )
    lines = done.stdout.splitlines()
    assert lines == ["[9]", "[9]", "no new.key", "no scratch", "(none)", "1"]
    assert "Traceback" not in done.stderr
    assert [line for line in done.stderr.splitlines() if not line.startswith("adyton: ")] == []
