"""What hardening changes, seen from outside the hardened process."""

import subprocess
import sys

CHECK = """
import resource
from pathlib import Path
from adyton.adapters.hardening import no_dumps
no_dumps()
print(resource.getrlimit(resource.RLIMIT_CORE))
import ctypes
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""


def test_a_hardened_process_leaves_no_core_and_is_not_dumpable():
    done = subprocess.run(  # noqa: S603 - our own interpreter and words
        [sys.executable, "-c", CHECK], capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout.split("\n")[:2] == ["(0, 0)", "0"]
