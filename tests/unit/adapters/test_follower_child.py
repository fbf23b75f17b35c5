"""A child that lives as long as its owner, and is started again when it dies."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from adyton.adapters.clock import SystemClock
from adyton.adapters.follower_child import FollowerChild, command_for

WAITS = (sys.executable, "-I", "-c", "import sys; sys.stdin.read()")
PAUSE_S = 0.05


def until(true, *, tries=400):
    for _ in range(tries):
        if true():
            return
        threading.Event().wait(0.05)
    raise AssertionError("it did not come about")


def test_a_child_that_dies_is_started_again_and_ends_with_its_owner():
    kept = FollowerChild(WAITS, clock=SystemClock(), first_pause_s=PAUSE_S)
    kept.start()
    until(kept.pid)
    first = kept.pid()
    os.kill(first, signal.SIGKILL)
    until(lambda: kept.pid() not in {None, first})
    assert kept.deaths == 1
    second = kept.pid()
    kept.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)
    assert kept.pid() is None


@pytest.mark.parametrize("command", [("/nowhere/at/all",), (sys.executable, "-I", "-c", "exit(1)")])
def test_one_that_cannot_live_is_tried_after_longer_and_longer_pauses(command):
    kept = FollowerChild(command, clock=SystemClock(), first_pause_s=PAUSE_S)
    kept.start()
    until(lambda: kept.deaths >= 3)
    assert kept._pause_s >= 4 * PAUSE_S
    kept.stop()
    assert not kept._thread.is_alive()


def test_a_child_that_does_not_listen_is_killed(monkeypatch):
    deaf = (sys.executable, "-I", "-c", "import signal; signal.pause()")
    monkeypatch.setattr("adyton.adapters.follower_child.STOP_S", 0.1)
    kept = FollowerChild(deaf, clock=SystemClock())
    kept.start()
    until(kept.pid)
    pid = kept.pid()
    kept.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_child_of_an_owner_who_is_killed_ends_too():
    owner = (
        "import sys, time; from adyton.adapters.clock import SystemClock;"
        "from adyton.adapters.follower_child import FollowerChild;"
        f"kept = FollowerChild({WAITS!r}, clock=SystemClock()); kept.start();\n"
        "while not kept.pid(): time.sleep(0.01)\n"
        "print(kept.pid(), flush=True); time.sleep(60)"
    )
    with subprocess.Popen(  # noqa: S603 - ours
        [sys.executable, "-c", owner], stdout=subprocess.PIPE
    ) as running:
        child = int(running.stdout.readline())
        running.kill()
        running.wait()

    def gone():
        try:
            with open(f"/proc/{child}/stat", encoding="ascii") as file:  # noqa: PTH123
                return ") Z " in file.read()  # ended; whoever adopted it has not looked yet
        except FileNotFoundError:
            return True

    until(gone)


def test_the_command_is_our_interpreter_apart_from_the_environment(tmp_path):
    assert command_for("a.b", tmp_path) == (sys.executable, "-I", "-m", "a.b", str(tmp_path))
