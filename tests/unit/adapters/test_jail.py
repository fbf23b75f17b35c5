"""The jail holds hostile readers, and says which of its walls stood."""

import subprocess
import sys

import pytest

from adyton.adapters import jail_child
from adyton.adapters.jail import KNOWN_MEASURES, ChildJail, JailLimits
from adyton.adapters.memory_ledger import ManualClock
from adyton.intake import Claim, RawFile, open_exhibits
from adyton.terms import Unavailable
from tests.conftest import absent

SALT = b"a salt for tests"
FILES = [RawFile(name="a.txt", data=b"hello"), RawFile(name="b.png", data=b"\x89PNG\r\n\x1a\n")]


def test_the_jail_reads_what_open_exhibits_reads():
    claims = [Claim(text="we have it")]
    inside = ChildJail(clock=ManualClock()).open(FILES, salt=SALT, claims=claims)
    outside = open_exhibits(FILES, salt=SALT, claims=claims)
    assert inside.exhibits == outside.exhibits
    assert inside.segments == outside.segments
    assert inside.unread == outside.unread
    assert {"no-new-privileges", "rlimits"} <= set(inside.contained_by)


ATTEMPTS = {
    "write": "open('/tmp/adyton-jail-test', 'w')",
    "read": "open('/etc/passwd')",
    "program": "os.execv('/bin/true', ['true'])",
    "process": "os.fork()",
    "socket": "socket.socket()",
    "memory": "bytearray(4 * 1024 ** 3)",
    "grow a file": "os.write(os.memfd_create('x'), b'x')",
}
WALL = {
    "write": "landlock",
    "read": "landlock",
    "program": "seccomp",
    "process": "seccomp",
    "socket": "seccomp",
    "memory": "rlimits",
    "grow a file": "rlimits",
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_i7_what_a_taken_over_reader_tries_fails(attempt):
    program = (
        "import os, signal, socket, sys\n"
        "from adyton.adapters import jail_child\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "print(*jail_child.confine(), flush=True)\n"
        f"try:\n    {ATTEMPTS[attempt]}\n"
        "except (OSError, MemoryError) as error:\n    print('held', flush=True)\n"
    )
    done = subprocess.run(  # noqa: S603 a program of this file
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True
    )
    measures, *rest = done.stdout.splitlines()
    if WALL[attempt] not in measures.split():
        absent(f"this kernel has no {WALL[attempt]}")
    assert rest == ["held"]


def jail_of(program, **limits):
    """A jail whose child runs `program`, as if a parser had been taken over by its input."""
    child = [sys.executable, "-I", "-c", program]
    return ChildJail(clock=ManualClock(), jail_limits=JailLimits(**limits), child=child)


def test_a_file_that_kills_its_reader_is_alone_among_the_unread():
    dying = (
        "import os, sys\n"
        "from adyton.adapters import jail_child as child\n"
        "if b'kill' in sys.stdin.buffer.read(): os.abort()\n"
        "sys.stdin.buffer.seek(0)\n"
        "child.main()\n"
    )
    files = [*FILES, RawFile(name="bad", data=b"kill"), RawFile(name="c.txt", data=b"later")]
    intake = jail_of(dying).open(files, salt=SALT, claims=[Claim(text="c")])
    assert [segment.text for segment in intake.segments] == ["c", "hello", "later"]
    assert intake.unread[-1].name == "bad"
    assert "stopped" in intake.unread[-1].reason
    assert len({exhibit.id for exhibit in intake.exhibits}) == len(files) + 1
    assert "rlimits" in intake.contained_by


@pytest.mark.parametrize(
    ("program", "limits", "reason"),
    [
        ("import time; time.sleep(60)", {"wall_s": 0.2}, "longer than the time limit"),
        (
            "import sys\nwhile True: sys.stdout.buffer.write(bytes(100000))",
            {"answer_bytes": 1_000_000},
            "over the size limit",
        ),
        (
            "import sys; sys.stdout.buffer.write(b'\\0\\0\\0\\7landlok\\x93abc')",
            {},
            "no readable answer",
        ),
        ("pass", {}, "before it was confined"),
        ("raise SystemExit(3)", {}, "code 3"),
    ],
    ids=["slow", "flood", "lies", "silent", "gives up"],
)
def test_i7_a_reader_that_misbehaves_is_stopped_and_not_believed(program, limits, reason):
    intake = jail_of(program, **limits).open(FILES[:1], salt=SALT)
    assert intake.contained_by == ()
    assert reason in intake.unread[0].reason


def test_without_a_child_nothing_is_read():
    jail = ChildJail(clock=ManualClock(), child=["/nonexistent/python"])
    with pytest.raises(Unavailable):
        jail.open(FILES, salt=SALT)


def test_the_list_of_measures_is_closed():
    assert {name for name, _ in jail_child.MEASURES} == KNOWN_MEASURES
