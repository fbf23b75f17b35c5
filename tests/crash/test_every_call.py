"""Killed before each write, flush and rename in turn, or failed by the disk: nothing is lost.

The cycle runs once under `strace`, which counts the calls of each kind; then once for each of them,
killed right before it. A kill loses nothing that the kernel has: that the order of flushes is right
is shown by `tests/crash/test_order.py`.
"""

import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from adyton.adapters.memory_ledger import SeededEntropy
from adyton.crypto.merkle import leaf_hash
from adyton.ledger import erasing
from adyton.ledger.standing import QUORUM_REGAINED
from adyton.terms import Fact
from tests.crash.ledger_home import LOG, open_home
from tests.crash.one_cycle import REFUSED, SUBJECT

ROOT = Path(__file__).resolve().parents[2]
CHANGING = (
    *("write", "pwrite64", "fsync", "fdatasync", "sync_file_range", "ftruncate"),
    *("rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir", "mkdir", "mkdirat"),
)
FAILING = {"ENOSPC": ("write", "pwrite64", "mkdir", "rename"), "EIO": CHANGING}
BEFORE = 254  # so that the cycle fills a tile and drops its partial ones
WHO = re.compile(r"\d+ +(\w+)\(")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A closed home with facts whose bodies will be erased, one entry short of a full tile."""
    folder = tmp_path_factory.mktemp("home")
    made = open_home(folder, publish_every_s=None, entropy=SeededEntropy(1))
    for at in range(BEFORE):
        made.ledger.append(
            Fact(type="a.done", subjects=(SUBJECT,), body={"n": at}, body_subject=SUBJECT)
        )
    made.close()
    return folder


@pytest.fixture
def run(home, tool, tmp_path):
    strace, trace = tool("strace"), tmp_path / "trace"

    def run(*given):
        """A fresh copy of the home, how one cycle on it went under strace, and the trace."""
        folder = tmp_path / "home"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(home, folder)
        done = subprocess.run(  # noqa: S603 - our own program
            [strace, "-f", "-qq", "-o", trace, *given, sys.executable, "-m",
             "tests.crash.one_cycle", folder],
            cwd=ROOT, capture_output=True, text=True, check=False,
            env={"PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
        return folder, done, trace.read_text()

    return run


@pytest.fixture
def calls(run):
    """How often a whole cycle calls each kind."""
    _, done, trace = run("-e", f"trace={','.join(CHANGING)}")
    assert done.returncode == 0, done.stderr
    return Counter(match[1] for line in trace.splitlines() if (match := WHO.match(line)))


def inject(name, number, what):
    return ("-e", f"trace={name}", "-e", f"inject={name}:{what}:when={number}")


def holds(folder, said, checklog, tmp_path):
    """The next start needs nobody's help, and everything that was promised is there."""
    words = [line.split() for line in said]
    home = open_home(folder, publish_every_s=None)
    try:
        stored = home.facts.read(0, 1000)
        for word, *rest in words:
            if word == "promised":
                index, receipt, leaf = rest
                assert stored[int(index)].receipt == receipt
                assert home.ledger.entry(receipt).index == int(index)
                assert leaf == leaf_hash(stored[int(index)].data).hex()
            elif word == "published":
                assert int(home.ledger.checkpoint().split(b"\n")[1]) >= int(rest[0])
            elif word == "erased":
                assert stored[int(rest[0])].data.find(b"bodies.erased") > 0
        erased_is_gone(home)
        assert home.ledger.verify() == ()
        more = home.ledger.append(Fact(type="b.done", public={"n": 1}))
        between = home.ledger.entries(after=len(stored) - 1, limit=more.index - len(stored))
        assert {one.type for one in between} <= {QUORUM_REGAINED}  # the disk is back
        assert home.ledger.witnessed(more)
    finally:
        home.close()
    (tmp_path / "vkeys").write_text(f"{LOG.key}\n")
    size = more.index + 1
    assert checklog("log", tmp_path / "vkeys", folder / "ledger" / "main" / "1") == (
        0,
        [f"{size} entries: all hold"],
    )


def erased_is_gone(home):
    """A recorded erasure has destroyed its keys; without one every body can be read."""
    entries = home.ledger.entries(limit=1000)
    erasures = [one.index for one in entries if one.type == erasing.BODIES_ERASED]
    for entry in entries:
        if entry.type != "a.done":
            continue
        assert entry.body_erased == any(entry.index < at for at in erasures), entry.index


def every(calls):
    return [(name, number) for name in calls for number in range(1, calls[name] + 1)]


def thinned(points):
    """Of the engine's many page writes every fourth; all of the rest."""
    return [point for point in points if point[0] != "pwrite64" or point[1] % 4 == 0]


def spread(points, wanted):
    """Some of the points, evenly spread, the last among them."""
    return points[len(points) - 1 :: -max(1, len(points) // wanted)]


def kill_at(run, points, checklog, tmp_path):
    for name, number in points:
        folder, done, _ = run(*inject(name, number, "signal=SIGKILL"))
        assert done.returncode in {-9, 137}, (name, number, done.stderr)
        assert done.stderr == "", (name, number)
        assert "closed\n" not in done.stdout
        holds(folder, done.stdout.splitlines(), checklog, tmp_path)


def fail_at(run, points, error, checklog, tmp_path):
    """The disk fails: the program says so in one of our errors, or could do without that call."""
    for name, number in points:
        folder, done, trace = run(*inject(name, number, f"error={error}"))
        assert "(INJECTED)" in trace, (name, number)
        assert done.returncode in {0, REFUSED}, (name, number, done.stderr)
        assert "Traceback" not in done.stderr, (name, number, done.stderr)
        said = done.stdout.splitlines()
        if done.returncode == REFUSED:
            assert said[-1].startswith("refused Unavailable "), (name, number, said[-1])
        holds(folder, said, checklog, tmp_path)


def test_the_cycle_makes_every_kind_of_call_that_a_kill_could_hit(calls):
    assert calls.keys() >= {"write", "pwrite64", "fsync", "fdatasync", "rename", "mkdir"}
    assert sum(calls.values()) > 300


def test_i1_killed_at_some_writes_flushes_and_renames_nothing_is_lost(
    run, calls, checklog, tmp_path
):
    kill_at(run, spread(every(calls), 8), checklog, tmp_path)


@pytest.mark.parametrize("error", FAILING)
def test_i1_a_disk_that_fails_at_some_calls_is_reported_and_nothing_is_lost(
    run, calls, checklog, tmp_path, error
):
    points = [point for point in every(calls) if point[0] in FAILING[error]]
    fail_at(run, spread(points, 4), error, checklog, tmp_path)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_i1_killed_at_every_write_flush_and_rename_nothing_is_lost(run, calls, checklog, tmp_path):
    kill_at(run, every(calls), checklog, tmp_path)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_i1_a_disk_that_fails_at_any_moment_is_reported_and_nothing_is_lost(
    run, calls, checklog, tmp_path
):
    fail_at(run, thinned(every(calls)), "EIO", checklog, tmp_path)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_i1_a_disk_that_fills_up_at_any_moment_is_reported_and_nothing_is_lost(
    run, calls, checklog, tmp_path
):
    points = [point for point in thinned(every(calls)) if point[0] in FAILING["ENOSPC"]]
    fail_at(run, points, "ENOSPC", checklog, tmp_path)
