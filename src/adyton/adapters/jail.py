"""The jail as a child process: kernel limits, a deadline, an answer of bounded size.

Stores nothing. The child's own main is `jail_child`; it is named, not imported, since it is meant
to run on its own.
"""

import hashlib
import os
import select
import struct
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

from adyton.intake import (
    Claim,
    Intake,
    Limits,
    RawFile,
    decode_intake,
    encode_request,
    open_exhibits,
    unopened,
)
from adyton.terms import Clock, Malformed, Unavailable

CHILD = (sys.executable, "-I", "-m", "adyton.adapters.jail_child")
HEAD = struct.Struct(">I")
READ_BYTES = 1024 * 1024
KNOWN_MEASURES = frozenset({"no-new-privileges", "namespaces", "landlock", "rlimits", "seccomp"})


@dataclass(frozen=True, slots=True, kw_only=True)
class JailLimits:
    """What one child may use, besides its own rlimits."""

    wall_s: float = 90.0
    answer_bytes: int = 256 * 1024 * 1024


class ChildFailedError(Exception):
    """The child gave no usable answer; the text says how it ended. Stays in this module."""


class ChildJail:
    """Port `Jail`: reads each call's files in one child; if that fails, each in a child of its own.

    So a file that kills its reader is alone among the unread.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        limits: Limits | None = None,
        jail_limits: JailLimits | None = None,
        child: Sequence[str] = CHILD,
    ) -> None:
        self._clock = clock
        self._limits = limits or Limits()
        self._jail_limits = jail_limits or JailLimits()
        self._child = tuple(child)

    def open(
        self, files: Sequence[RawFile], *, salt: bytes, claims: Sequence[Claim] = ()
    ) -> Intake:
        """The intake of `files`. Raises Unavailable if no child can be started at all."""
        try:
            return self._in_child(files, salt=salt, claims=claims)
        except ChildFailedError as failed:
            if len(files) == 1 and not claims:
                return unopened(files, salt=salt, reason=str(failed))
        parts = [open_exhibits((), salt=salt, claims=claims)]
        for number, file in enumerate(files):
            own_salt = hashlib.sha256(salt + number.to_bytes(4, "big")).digest()
            parts.append(self.open((file,), salt=own_salt))
        return _joined(parts)

    def _in_child(
        self, files: Sequence[RawFile], *, salt: bytes, claims: Sequence[Claim]
    ) -> Intake:
        raw = self._run(encode_request(files, salt=salt, claims=claims, limits=self._limits))
        if len(raw) < HEAD.size:
            raise ChildFailedError("the reader ended before it was confined")
        end = HEAD.size + HEAD.unpack_from(raw)[0]
        measures = raw[HEAD.size : end].decode("ascii", "replace").split()
        try:
            intake = decode_intake(raw[end:])
        except Malformed as error:
            raise ChildFailedError("the reader gave no readable answer") from error
        held = tuple(name for name in measures if name in KNOWN_MEASURES)
        return replace(intake, contained_by=held)

    def _run(self, request: bytes) -> bytes:
        """What a fresh child writes when it is given `request`."""
        given = os.memfd_create("request", os.MFD_CLOEXEC)
        with os.fdopen(given, "wb") as stdin:
            stdin.write(request)
            stdin.flush()
            stdin.seek(0)
            child = _start(self._child, given)
        try:
            return self._answer(child)
        finally:
            child.kill()
            child.wait()
            if child.stdout:
                child.stdout.close()

    def _answer(self, child: "subprocess.Popen[bytes]") -> bytes:
        deadline = self._clock.monotonic_s() + self._jail_limits.wall_s
        out = bytearray()
        pipe = child.stdout.fileno() if child.stdout else -1
        while True:
            left = deadline - self._clock.monotonic_s()
            if left <= 0 or not select.select([pipe], [], [], left)[0]:
                raise ChildFailedError("reading took longer than the time limit")
            step = os.read(pipe, READ_BYTES)
            if not step:
                break
            out += step
            if len(out) > self._jail_limits.answer_bytes:
                raise ChildFailedError("what was read is over the size limit")
        code = child.wait()
        if code:
            how = f"signal {-code}" if code < 0 else f"code {code}"
            raise ChildFailedError(f"the reader was stopped ({how})")
        return bytes(out)


def _start(command: Sequence[str], stdin: int) -> "subprocess.Popen[bytes]":
    """A child with no environment, no other files, standard input as given."""
    try:
        return subprocess.Popen(  # noqa: S603 a fixed command, no shell
            command,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        raise Unavailable("the jail: no child process", mend="free memory, try again") from error


def _joined(parts: Sequence[Intake]) -> Intake:
    """One intake of several. Only what held for every child that read is said to have held."""
    read = [set(part.contained_by) for part in parts if part.contained_by]
    held = set.intersection(*read) if read else set()
    return Intake(
        exhibits=tuple(exhibit for part in parts for exhibit in part.exhibits),
        segments=tuple(segment for part in parts for segment in part.segments),
        unread=tuple(unread for part in parts for unread in part.unread),
        contained_by=tuple(sorted(held)),
    )
