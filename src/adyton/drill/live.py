"""A real perimeter for a drill: a new home, its owner as a child process, callers, approvers.

Approvers' keys lie in a folder of their own, outside the home and outside what a demo keeps; it
goes when the perimeter goes.
"""

import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from adyton.assembly import Caller, Initialised, connect, init_home
from adyton.drill.actions import Answer, Approving
from adyton.drill.clock import WorldClock
from adyton.drill.world import OPERATOR, World
from adyton.terms import Missing, Secret, Unavailable

START_S = 60.0
STARTS = 3
STOP_S = 60.0
PASSPHRASE_BYTES = 18


class LivePerimeter:
    """`Actions` on a perimeter of its own in `home`. A context manager: it ends its children."""

    def __init__(
        self, home: Path, world: World, *, approving: Approving, clock: WorldClock
    ) -> None:
        self.home = home
        self._clock = clock
        self._approving = approving
        self._private = tempfile.TemporaryDirectory(prefix="adyton-approvers-")
        self._scratch = tempfile.TemporaryDirectory(prefix="adyton-temporary-")
        self._passphrases: dict[str, str] = {}
        self._opened: dict[str, Any] = {}
        self._callers: dict[str, Caller] = {}
        self._keys: dict[str, str] = {}
        operator, owner = world.person(OPERATOR), world.orgs[0]
        self.founded: Initialised = init_home(home, owner=owner.name, operator=operator.name)
        self.proxy_port = 0
        self._child: subprocess.Popen[bytes] | None = None
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        self.admit(OPERATOR, self.founded.key.reveal())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the owner and what it started; forget the approvers' keys."""
        if self._child is not None:
            end_group(self._child)
        self._opened.clear()
        self._private.cleanup()
        self._scratch.cleanup()

    def call(self, login: str, operation: str, params: Mapping[str, Any]) -> Answer:
        """See Actions."""
        return self._callers[login].call(operation, params)

    def admit(self, login: str, key: str) -> None:
        """See Actions."""
        self._keys[login] = key
        self._callers[login] = connect(self.home, Secret(key))

    def key(self, login: str) -> str:
        """See Actions."""
        return self._keys[login]

    def make_approver(self, login: str) -> Mapping[str, str]:
        """See Actions."""
        self._passphrases[login] = secrets.token_urlsafe(PASSPHRASE_BYTES)
        return self._approving.make_approver(
            self._key_file(login), self._passphrases[login], home=self.home
        )

    def approve(self, login: str, pending: Mapping[str, Any]) -> Mapping[str, str]:
        """See Actions."""
        if login not in self._opened:
            self._opened[login] = self._approving.open_approver(
                self._key_file(login), self._passphrases[login], home=self.home
            )
        return self._approving.approve(pending, self._opened[login])

    def _key_file(self, login: str) -> Path:
        return Path(self._private.name) / login / "approver.key"

    def _start(self) -> None:
        """Start the owner. A port that was free a moment ago may be taken: then on others."""
        for left in reversed(range(STARTS)):
            self.proxy_port, api_port = free_ports()
            set_ports(self.home / "config.toml", proxy=self.proxy_port, api=api_port)
            said = Path(self._private.name) / "owner.txt"
            self._child = start_owner(self.home, temporary=Path(self._scratch.name), messages=said)
            if self._clock.wait_until(self._settled, at_most_s=START_S) and self._answers():
                return
            end_group(self._child)
            if not left:
                raise Unavailable(
                    f"the perimeter did not start: {last_line(said)}", mend="see adyton serve"
                )

    def _settled(self) -> bool:
        ended = self._child is None or self._child.poll() is not None
        return ended or self._answers()

    def _answers(self) -> bool:
        return accepts(self.home / "owner.sock")


def last_line(messages: Path) -> str:
    """The last that an owner said on its standard error."""
    lines = messages.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), "it said nothing")


def free_ports() -> tuple[int, int]:
    """Two loopback ports that nobody listens on."""
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        return int(first.getsockname()[1]), int(second.getsockname()[1])


def set_ports(config: Path, *, proxy: int, api: int) -> None:
    """Write the two ports into the settings of a home."""
    text = config.read_text(encoding="utf-8")
    for name, port in (("proxy_port", proxy), ("api_port", api)):
        text, count = re.subn(rf"(?m)^{name} = \d+$", f"{name} = {port}", text)
        if count != 1:
            raise Missing("the new home's settings name no ports")
    config.write_text(text, encoding="utf-8")


def start_owner(home: Path, *, temporary: Path, messages: Path) -> subprocess.Popen[bytes]:
    """`adyton serve` for `home`, in a process group and with a temporary folder of its own.

    What it says on standard error goes to the file `messages`.
    """
    environment = {**os.environ, "TMPDIR": str(temporary)}  # noqa: TID251 - passed on, not read
    words = [sys.executable, "-m", "adyton", "serve", "--home", str(home)]
    with messages.open("wb") as said:
        return subprocess.Popen(  # noqa: S603 - our own program, our own words
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            start_new_session=True,
            env=environment,
        )


def end_group(child: subprocess.Popen[bytes]) -> None:
    """End a child and its whole group, first kindly."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(child.pid, number)
        except ProcessLookupError:
            break
        try:
            child.wait(STOP_S)
        except subprocess.TimeoutExpired:
            continue
    child.wait()


def accepts(path: Path) -> bool:
    """Whether somebody accepts connections at the Unix socket `path`."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True
