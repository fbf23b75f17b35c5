"""One real demo under strace, watched while it runs, and what it leaves."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from tests.system.syscalls import CALLS, SHOWN_BYTES, Trace

STORY_S = 240.0
GRACE_S = 10.0
POLL_S = 0.1
CHILD = b"model_child.py"
ELSEWHERE = "https://elsewhere.invalid"
QUESTION = json.dumps(
    {"messages": [{"role": "user", "content": "Say hello."}], "max_tokens": 4}
).encode()
PROBES = (
    ("GET", "/health", ""),
    ("POST", "/v1/chat/completions", ""),
    ("POST", "/v1/chat/completions", "guessed"),
    ("POST", "/v1/messages", ""),
    ("POST", "/completion", "adk_guessed"),
    ("POST", "/tokenize", ""),
    ("GET", "/v1/models", ""),
    ("GET", "/props", ""),
    ("GET", "/slots", ""),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What the model server answered to somebody who is not the gateway."""

    method: str
    path: str
    key: str
    status: int
    origin: str


@dataclass(slots=True, kw_only=True)
class Run:
    """A demo that has ended. Every folder was empty before it."""

    kept: Path
    temporary: Path
    user: Path
    folder: Path
    code: int = -1
    document: dict[str, Any] = field(default_factory=dict)
    said: str = ""
    trace: Trace = field(default_factory=Trace)
    probes: list[Probe] = field(default_factory=list)
    survivors: set[int] = field(default_factory=set)

    @property
    def bundle(self) -> Path:
        """The evidence bundle."""
        return self.kept / "bundle"

    @property
    def home(self) -> Path:
        """The perimeter's home."""
        return self.kept / "home"

    def environment(self) -> dict[str, str]:
        """An environment that leads to nothing of the machine's user."""
        return {
            "PATH": os.defpath,
            "HOME": str(self.user),
            "TMPDIR": str(self.temporary),
            "OPENBLAS_NUM_THREADS": "1",
        }


def new_run(root: Path) -> Run:
    """Empty folders for a run."""
    run = Run(
        kept=root / "kept",
        temporary=root / "temporary",
        user=root / "user",
        folder=root / "folder",
    )
    for folder in (run.temporary, run.user, run.folder):
        folder.mkdir(parents=True)
    return run


def play(run: Run, *, strace: str, seed: int, case: str) -> None:
    """Play one story under strace. Whatever of it is left over at the end is noted and ended."""
    lines = run.folder.parent / "trace"
    lines.touch()
    words = [strace, "-f", "--seccomp-bpf", "-yy", "-s", str(SHOWN_BYTES)]
    words += ["-e", f"trace={','.join(CALLS)}", "-o", str(lines)]
    words += [sys.executable, "-m", "adyton", "demo", "--json", "--keep", str(run.kept)]
    words += ["--seed", str(seed), "--case", case]
    out, said = run.folder.parent / "out", run.folder.parent / "said"
    with (
        out.open("wb") as out_file,
        said.open("wb") as said_file,
        lines.open(encoding="utf-8", errors="replace") as tail,
    ):
        child = subprocess.Popen(  # noqa: S603 - our own program
            words,
            cwd=run.folder,
            env=run.environment(),
            stdin=subprocess.DEVNULL,
            stdout=out_file,
            stderr=said_file,
            start_new_session=True,
        )
        try:
            watch(run, child, tail)
        finally:
            end(run, child)
            run.trace.feed(tail)
    run.code = child.returncode
    run.said = said.read_text(encoding="utf-8", errors="replace")
    run.document = json.loads(out.read_text(encoding="utf-8") or "{}")


def watch(run: Run, child: "subprocess.Popen[bytes]", tail: TextIO) -> None:
    """Read the trace while it grows; ask the model server once it is there.

    strace stays as long as any process of the run does: then the demo's own end shows first.
    """
    pause = threading.Event()
    left_s, grace_s = STORY_S, GRACE_S
    while child.poll() is None and left_s > 0 and grace_s > 0:
        run.trace.feed(whole_lines(tail))
        if not run.probes and (port := model_port(run.trace)):
            run.probes = [ask(port, *probe) for probe in PROBES] if healthy(port) else []
        if run.trace.calls and run.trace.calls[0].thread in run.trace.ended:
            grace_s -= POLL_S
        left_s -= POLL_S
        pause.wait(POLL_S)


def whole_lines(tail: TextIO) -> list[str]:
    """The lines that are complete; the rest is read next time."""
    start = tail.tell()
    text = tail.read()
    whole, newline, rest = text.rpartition("\n")
    if rest:
        tail.seek(start)
        tail.read(len(whole) + len(newline))
    return whole.splitlines()


def end(run: Run, child: "subprocess.Popen[bytes]") -> None:
    """Note what still lives of the run, and end just that."""
    if child.poll() is None:
        run.survivors = {pid for pid in run.trace.processes() - run.trace.ended if lives(pid)}
        for pid in run.survivors:
            os.kill(pid, signal.SIGKILL)
        try:
            child.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def lives(pid: int) -> bool:
    """Whether there is a process of this number."""
    return Path(f"/proc/{pid}").exists()


def model_port(trace: Trace) -> int:
    """The port on which the model's process listens; 0 as long as there is none."""
    for call in trace.of("listen", processes=trace.named(CHILD)):
        match = re.search(r":(\d+)\]", call.given)
        if match:
            return int(match[1])
    return 0


def healthy(port: int) -> bool:
    """Whether the model has been loaded."""
    try:
        return ask(port, "GET", "/health", "").status == http.client.OK
    except OSError:
        return False


def ask(port: int, method: str, path: str, key: str) -> Probe:
    """A request as anybody on this machine can make it, or a page that they have open."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Content-Type": "application/json", "Origin": ELSEWHERE}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    try:
        body = QUESTION if method == "POST" else None
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        origin = answer.getheader("Access-Control-Allow-Origin") or ""
        return Probe(method=method, path=path, key=key, status=answer.status, origin=origin)
    finally:
        connection.close()
