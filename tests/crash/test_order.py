"""What is flushed before what: a power cut loses what a kill would not, and must lose nothing said.

One cycle of `tests/crash/one_cycle.py` under `strace`: each word that it says ("promised",
"published", "erased") is one system call among those that put things on the disk.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.crash.ledger_home import open_home
from tests.system.syscalls import Call, read_trace

ROOT = Path(__file__).resolve().parents[2]
TRACED = "openat,write,pwrite64,fsync,fdatasync,rename,writev"
CYCLE = ["entries", "tile", "head", "witness", "checkpoint"]
FLUSHES = {"fsync", "fdatasync"}


@pytest.fixture(scope="module")
def calls(tool, tmp_path_factory) -> list[Call]:
    folder = tmp_path_factory.mktemp("order")
    open_home(folder / "home", publish_every_s=None).close()
    subprocess.run(  # noqa: S603 - our own program
        [tool("strace"), "-f", "-qq", "-y", "-s", "256", "-e", f"trace={TRACED}",
         "-o", folder / "trace", sys.executable, "-m", "tests.crash.one_cycle", folder / "home"],
        cwd=ROOT, capture_output=True, check=True,
        env={"PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    return [call for call in read_trace(folder / "trace").calls if not call.failed]


def said(call: Call, word: str) -> bool:
    return call.name == "writev" and word in call.given


def unflushed(calls: list[Call], suffix: str) -> set[str]:
    """Files of a kind that were written and not flushed by the end of these calls."""
    open_now: set[str] = set()
    for call in calls:
        if call.name in {"write", "pwrite64"} and call.handle().endswith(suffix):
            open_now.add(call.handle())
        elif call.name in FLUSHES:
            open_now.discard(call.handle())
    return open_now


def renames(calls: list[Call]) -> list[tuple[int, str, str]]:
    found = []
    for at, call in enumerate(calls):
        if call.name == "rename":
            old, new = (text.decode() for text in call.texts())
            found.append((at, old, new))
    return found


@pytest.mark.parametrize(
    ("word", "suffix"),
    [("promised", "state.db-wal"), ("erased", "state.db-wal"), ("erased", "bodykeys.db")],
)
def test_i1_nothing_is_promised_before_it_was_flushed(calls, word, suffix):
    at = [at for at, call in enumerate(calls) if said(call, word)]
    assert len(at) == {"promised": 5, "erased": 1}[word]
    before = 0
    for end in at:
        written = [call for call in calls[before:end] if call.handle().endswith(suffix)]
        assert any(call.name == "pwrite64" for call in written), end
        assert unflushed(calls[:end], suffix) == set(), end
        before = end


def test_i1_a_file_is_flushed_before_it_takes_its_name_and_its_folder_after(calls):
    moved = renames(calls)
    assert len(moved) > 10
    for at, old, new in moved:
        assert unflushed(calls[:at], old) == set(), old
        # nothing is said, written or named in between
        following = next(call for call in calls[at + 1 :] if call.name != "openat")
        assert following.name == "fsync", new
        assert following.handle() == str(Path(new).parent), new


def test_i4_tiles_then_head_then_witness_then_checkpoint(calls):
    """Killed or cut anywhere, no checkpoint is out whose tiles, head or memory are not."""
    ends = stretches(calls)
    assert len(ends) == 3
    before = 0
    for end in ends:
        order = [new for at, _, new in renames(calls) if before <= at < end]
        kinds = [kind_of(new) for new in order if kind_of(new) != "policy"]
        assert kinds
        assert kinds == CYCLE * (len(kinds) // len(CYCLE))
        before = end


def test_l1_keys_of_bodies_go_after_the_checkpoint_that_covers_their_erasure(calls):
    start, end, _ = stretches(calls)
    covered = [
        at for at, _, new in renames(calls) if start < at < end and kind_of(new) == "checkpoint"
    ]
    changed = [
        at
        for at, call in enumerate(calls[:end])
        if at > start
        and call.name in {"write", "pwrite64"}
        and call.handle().endswith(("bodykeys.db", "bodykeys.db-journal", "bodykeys.db-wal"))
    ]
    assert changed
    assert min(changed) > max(covered)


def stretches(calls: list[Call]) -> list[int]:
    """Where each publication was over: one by itself, one with the erasure, one more."""
    words = ("published", "erased")
    return [at for at, call in enumerate(calls) if any(said(call, word) for word in words)]


def kind_of(path: str) -> str:
    for mark, kind in (("/tile/entries/", "entries"), ("/tile/", "tile"), ("/witness/", "witness")):
        if mark in path:
            return kind
    return "head" if path.endswith(".head") else Path(path).name
