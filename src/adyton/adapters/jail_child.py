"""The child in which hostile bytes are read: `python -I -m adyton.adapters.jail_child`.

1. Everything that will be needed is imported, while files may still be read.
2. The kernel is asked for limits, one measure after another; each that holds is noted.
3. The list of measures goes out, before the first hostile byte comes in.
4. The request is read from standard input, the intake is written to standard output.

Python 3.11 offers neither `unshare` nor Landlock nor seccomp; they are called through ctypes.
"""

import codecs
import ctypes
import os
import platform
import resource
import struct
import sys
import sysconfig
from collections.abc import Callable

from adyton.intake import decode_request, encode_intake, open_exhibits

MEMORY_BYTES = 1536 * 1024 * 1024  # address space, not resident: the interpreter maps 200 MiB
CPU_S = 60
OPEN_FILES = 32
HEAD = struct.Struct(">I")  # length of the list of measures, which is ASCII, joined by spaces
PRELOADED = ("utf-8", "utf-16-le", "utf-16-be", "latin-1", "cp1252", "ascii", "idna")

# linux/prctl.h
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
SECCOMP_MODE_FILTER = 2
SIGKILL = 9
# linux/sched.h
CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWNET = (
    0x04000000,
    0x08000000,
    0x10000000,
    0x40000000,
)
# linux/landlock.h; the three system calls have the same numbers on every architecture
LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446
LANDLOCK_VERSION, LANDLOCK_PATH_BENEATH = 1, 1
READ_FILE, READ_DIR = 1 << 2, 1 << 3
FS_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}  # rights known to each version; from 5 on there are 16
FS_RIGHTS_LATEST = 16
NET_VERSION, NET_RIGHTS = 4, 0b11  # bind and connect, by TCP
# linux/seccomp.h, linux/audit.h, linux/bpf_common.h
ALLOW, DENY = 0x7FFF0000, 0x00050001  # SECCOMP_RET_ALLOW; SECCOMP_RET_ERRNO with EPERM
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
NUMBER_AT, ARCHITECTURE_AT = 0, 4
X32_BIT = 0x40000000
# What a reader of bytes never needs: programs, processes, sockets, other processes' memory,
# mounts, kernel interfaces. asm/unistd_64.h and asm-generic/unistd.h.
DENIED = {
    "x86_64": (
        0xC000003E,
        (
            *(41, 42, 43, 49, 50, 53, 56, 57, 58, 59, 62, 101, 155, 161, 165, 166, 175, 200, 234),
            *(246, 248, 249, 250, 272, 288, 298, 304, 308, 310, 311, 313, 320, 321, 322, 323),
            *(424, 425, 426, 427, 434, 435, 438),
        ),
    ),
    "aarch64": (
        0xC00000B7,
        (
            *(39, 40, 41, 51, 97, 104, 105, 117, 129, 130, 131, 198, 199, 200, 201, 202, 203, 217),
            *(218, 219, 220, 221, 241, 242, 265, 268, 270, 271, 273, 280, 281, 282, 294),
            *(424, 425, 426, 427, 434, 435, 438),
        ),
    ),
}

_libc = ctypes.CDLL(None, use_errno=True)


def _call(number: int, *args: object) -> int:
    return int(_libc.syscall(ctypes.c_long(number), *args))


def _prctl(option: int, value: object, *rest: object) -> bool:
    return int(_libc.prctl(option, value, *(rest or (0, 0, 0)))) == 0


def _no_new_privileges() -> bool:
    _prctl(PR_SET_PDEATHSIG, SIGKILL)
    _prctl(PR_SET_DUMPABLE, 0)
    return _prctl(PR_SET_NO_NEW_PRIVS, 1)


def _limits() -> bool:
    for kind, value in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (allowed, allowed))
    return True


def _own_namespaces() -> bool:
    inner = CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS
    both = int(_libc.unshare(CLONE_NEWUSER | inner)) == 0
    return both or int(_libc.unshare(inner)) == 0


def _readable() -> list[str]:
    """The interpreter's own code, for what is imported late (codecs above all)."""
    paths = sysconfig.get_paths()
    return sorted({paths["stdlib"], paths["platstdlib"]})


def _landlock() -> bool:
    """No file is written or run, none is read but the interpreter's code; no TCP."""
    version = _call(LANDLOCK_CREATE, None, ctypes.c_size_t(0), LANDLOCK_VERSION)
    if version < 1:
        return False
    rights = (1 << FS_RIGHTS.get(version, FS_RIGHTS_LATEST)) - 1
    handled = struct.pack("=Q", rights)
    if version >= NET_VERSION:
        handled += struct.pack("=Q", NET_RIGHTS)
    rules = _call(LANDLOCK_CREATE, handled, ctypes.c_size_t(len(handled)), 0)
    if rules < 0:
        return False
    for path in _readable():
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        rule = struct.pack("=Qi", READ_FILE | READ_DIR, place)
        _call(LANDLOCK_ADD, rules, LANDLOCK_PATH_BENEATH, rule, 0)
        os.close(place)
    held = _call(LANDLOCK_RESTRICT, rules, 0) == 0
    os.close(rules)
    return held


class _Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def _filter(architecture: int, denied: tuple[int, ...]) -> bytes:
    """A BPF program: a foreign architecture and the denied calls get EPERM, others pass."""

    def step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
        return struct.pack("=HBBI", code, yes, no, value)

    count = len(denied)
    steps = [
        step(LOAD, ARCHITECTURE_AT),
        step(EQUAL, architecture, no=count + 3),
        step(LOAD, NUMBER_AT),
        step(AT_LEAST, X32_BIT, yes=count + 1),
    ]
    steps += [step(EQUAL, number, yes=count - at) for at, number in enumerate(denied)]
    steps += [step(RETURN, ALLOW), step(RETURN, DENY)]
    return b"".join(steps)


def _seccomp() -> bool:
    known = DENIED.get(platform.machine())
    if known is None:
        return False
    program = _filter(*known)
    table = _Program(len(program) // 8, program)
    return _prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(table))


MEASURES: tuple[tuple[str, Callable[[], bool]], ...] = (
    ("no-new-privileges", _no_new_privileges),
    ("namespaces", _own_namespaces),
    ("landlock", _landlock),
    ("rlimits", _limits),
    ("seccomp", _seccomp),
)


def confine() -> list[str]:
    """Ask the kernel for every measure; gives the names of those that now hold."""
    held = []
    for name, measure in MEASURES:
        try:
            if measure():
                held.append(name)
        except (OSError, ValueError, AttributeError):
            continue  # the kernel or its policy says no: the measure is missing from the list
    return held


def main() -> None:
    """Run steps 1 to 4."""
    # (1) import
    for name in PRELOADED:
        codecs.lookup(name)
    # (2) confine, (3) tell
    held = " ".join(confine()).encode()
    sys.stdout.buffer.write(HEAD.pack(len(held)) + held)
    sys.stdout.buffer.flush()
    # (4) read and answer
    request = decode_request(sys.stdin.buffer.read())
    intake = open_exhibits(
        request.files, salt=request.salt, claims=request.claims, limits=request.limits
    )
    sys.stdout.buffer.write(encode_intake(intake))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
