import os
import signal
import subprocess
import sys

import pytest


@pytest.fixture
def waiting(tmp_path):
    """A command that reads a pipe in which nothing comes, until it is interrupted."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    words = ["verify", str(tmp_path), "--vkey", str(pipe), "--json"]
    # as at a terminal, also where the tests run behind a shell that ignores the signal
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    child = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "adyton", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    signal.signal(signal.SIGINT, before)
    with pipe.open("wb"):  # returns once the command has opened the other end
        yield child
        child.kill()
        child.communicate()


def test_ctrl_c_is_one_line_and_130(waiting):
    waiting.send_signal(signal.SIGINT)
    out, err = waiting.communicate(timeout=30)
    assert (waiting.returncode, out, err) == (130, "", "adyton: interrupted\n")


def test_output_into_a_closed_pipe_is_no_failure():
    done = subprocess.run(  # noqa: S603
        ["/bin/sh", "-c", f'"{sys.executable}" -m adyton controls | head -1'],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("id")
    assert done.stderr == ""
