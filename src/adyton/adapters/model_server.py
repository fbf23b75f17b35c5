"""Starts a llama.cpp server from weights that never were a file, in a process of its own.

The weights come as a stream of bytes (from an open vault session) into a sealed memory file that
only the child inherits; a random key goes to it through a pipe, never over the command line or the
environment. It listens on a random port of the loopback. `/health` answers without the key; all
else is 401.

The child is a session of its own, but its standard input is a pipe from here: when this process
ends, killed or not, the child ends. Starting again needs a release again. Everything here is
disposable.
"""

import fcntl
import http.client
import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from adyton.terms import Clock, Entropy, Misconfigured, Secret, Tampered, Unavailable

CONTEXT_TOKENS = 2048
SLOTS = 2
START_S = 60.0
"""How long loading may take before it counts as failed."""
STOP_S = 5.0

_KEY_BYTES = 32
_POLL_S = 0.05
_OK = 200
_MAX_ANSWER = 4096
_MAX_METRICS = 65_536
_COUNTERS = ("prompt_tokens_total", "prompt_tokens_cached_total", "tokens_predicted_total")
_CHILD = Path(__file__).with_name("model_child.py")
_SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelHandle:
    """A running server. `locked` says whether its weights are locked in memory (not swapped)."""

    port: int
    pid: int
    alias: str
    key: Secret[str]
    locked: bool


class ModelServer:
    """At most one child. `start` and `stop` are for one thread."""

    def __init__(self, *, clock: Clock, entropy: Entropy, start_s: float = START_S) -> None:
        self._clock = clock
        self._entropy = entropy
        self._start_s = start_s
        self._child: subprocess.Popen[bytes] | None = None

    def start(
        self,
        weights: Iterable[bytes],
        *,
        size_bytes: int,
        alias: str,
        context_tokens: int = CONTEXT_TOKENS,
        slots: int = SLOTS,
    ) -> ModelHandle:
        """Serve a GGUF file under the name `alias`.

        Raises whatever the stream of weights raises, Tampered where it is not `size_bytes` long,
        Misconfigured (xllamacpp is missing), Unavailable (no memory, not a model, too slow).
        """
        self.stop()
        key = Secret(self._entropy.token(_KEY_BYTES).hex())
        until_s = self._clock.monotonic_s() + self._start_s
        descriptor = _sealed_memory(weights, size_bytes)
        try:
            order: dict[str, int | str] = {
                "descriptor": descriptor,
                "key": key.reveal(),
                "alias": alias,
                "context_tokens": context_tokens,
                "slots": slots,
            }
            self._child = child = _spawn(descriptor)
        finally:
            os.close(descriptor)
        try:
            answer = self._tell(child, order, until_s)
            self._wait_healthy(child, int(answer["port"]), until_s)
        except BaseException:
            self.stop()
            raise
        return ModelHandle(
            port=int(answer["port"]),
            pid=child.pid,
            alias=alias,
            key=key,
            locked=bool(answer["locked"]),
        )

    def running(self) -> bool:
        """Whether the child lives."""
        return self._child is not None and self._child.poll() is None

    def stop(self) -> None:
        """End the child that this object started, if any, and no other process."""
        child, self._child = self._child, None
        if child is None:
            return
        child.terminate()
        try:
            child.wait(STOP_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        finally:
            if child.stdin is not None:
                child.stdin.close()

    def _tell(
        self, child: "subprocess.Popen[bytes]", order: dict[str, int | str], until_s: float
    ) -> dict[str, int | bool]:
        """Hand over the order; the child's answer."""
        if child.stdin is None or child.stdout is None:
            raise Unavailable("the model server has no pipes")
        # Standard input stays open: the child ends when it breaks, however this process ends.
        child.stdin.write(json.dumps(order).encode() + b"\n")
        child.stdin.flush()
        with child.stdout as replies:
            wait_s = max(0.0, until_s - self._clock.monotonic_s())
            ready, _, _ = select.select([replies], [], [], wait_s)
            line = os.read(replies.fileno(), _MAX_ANSWER) if ready else b""
        try:
            answer: dict[str, int | bool | str] = json.loads(line or b"{}")
        except ValueError as error:
            raise Unavailable("the model server answered nonsense") from error
        if answer.get("error") == "missing":
            raise Misconfigured("the package xllamacpp is missing", mend="install adyton[demo]")
        if "port" not in answer:
            raise Unavailable("the model server did not start", mend="check weights and memory")
        return {"port": int(answer["port"]), "locked": bool(answer["locked"])}

    def _wait_healthy(self, child: "subprocess.Popen[bytes]", port: int, until_s: float) -> None:
        pause = threading.Event()
        while child.poll() is None and self._clock.monotonic_s() < until_s:
            if healthy(port):
                return
            pause.wait(_POLL_S)
        raise Unavailable("the model server did not become healthy")


def healthy(port: int) -> bool:
    """Whether a model server on this loopback port says that it is well."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=STOP_S)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == _OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCounters:
    """What a model server has counted since it started, by whoever's questions.

    `prompt_tokens` are those of whole prompts, taken from its cache or not.
    """

    prompt_tokens: int
    generated_tokens: int


def read_counters(port: int, key: Secret[str]) -> ModelCounters:
    """The counters of a model server on this loopback port. Raises Unavailable."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=STOP_S)
    try:
        headers = {"authorization": f"Bearer {key.reveal()}"}
        connection.request("GET", "/metrics", headers=headers)
        answer = connection.getresponse()
        body = answer.read(_MAX_METRICS)
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable("the model server's counters cannot be read") from error
    finally:
        connection.close()
    if answer.status != _OK:
        raise Unavailable("the model server does not show its counters")
    return parse_counters(body)


def parse_counters(body: bytes) -> ModelCounters:
    """Counters out of a metrics page. Raises Unavailable where one of them lacks."""
    lines = (line.split() for line in body.decode("ascii", "replace").splitlines())
    found = {words[0]: words[1] for words in lines if len(words) == 2}  # noqa: PLR2004 - name, value
    try:
        fresh, cached, generated = (int(float(found[f"llamacpp:{name}"])) for name in _COUNTERS)
    except (KeyError, ValueError, OverflowError) as error:
        raise Unavailable("the model server's counters cannot be read") from error
    return ModelCounters(prompt_tokens=fresh + cached, generated_tokens=generated)


def _sealed_memory(weights: Iterable[bytes], size_bytes: int) -> int:
    """A descriptor of a memory file with these bytes, which nobody can change any more."""
    descriptor = os.memfd_create("adyton-weights", os.MFD_ALLOW_SEALING | os.MFD_CLOEXEC)
    try:
        _fill(descriptor, weights, size_bytes)
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _SEALS)
    except OSError as error:
        os.close(descriptor)
        raise Unavailable("not enough memory for the weights", mend="free memory") from error
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _fill(descriptor: int, weights: Iterable[bytes], size_bytes: int) -> None:
    written = 0
    for block in weights:
        view = memoryview(block)
        while view:
            done = os.write(descriptor, view)
            written += done
            view = view[done:]
    if written != size_bytes:
        raise Tampered("the weights are not as long as their manifest says")


def _spawn(descriptor: int) -> "subprocess.Popen[bytes]":
    """The child, with nothing of our environment and the one descriptor."""
    try:
        return subprocess.Popen(  # noqa: S603 - our own interpreter and file
            [sys.executable, "-I", str(_CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=[descriptor],
            env={},
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        raise Unavailable("the model server's process cannot be started") from error
