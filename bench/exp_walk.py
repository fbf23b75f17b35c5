"""What the perimeter costs beside doing without: latency, sealing, appending.

    python bench/exp_walk.py [--only gateway,vault,ledger] [--requests 30]

Each figure stands beside a peer that does the same work on the same machine in the same run:

- a question through the gateway beside the same question straight to the model server;
- sealing and releasing the demo's weights beside sha256sum and a plain durable copy;
- acknowledged facts, 16 callers, beside bare SQLite inserts of the same bytes (WAL, FULL).

Ratios travel between machines, the figures themselves do not.
"""

import argparse
import contextlib
import http.client
import json
import os
import platform
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import uvicorn
from stage import MODEL, PIECE_BYTES, Bench, enrol, model, model_file, read_pieces, release

from adyton.adapters.simulated_model import SimulatedModel
from adyton.assembly import HomePaths, client, init_home
from adyton.assembly.perimeter import Perimeter
from adyton.terms import Fact

REPEATS = 3
WARM_UP = 3
CALLERS = 16
APPEND_S = 2.0
QUESTION = {
    "model": MODEL,
    "messages": [{"role": "user", "content": "Name a colour."}],
    "max_tokens": 1,
    "temperature": 0,
}
Rows = list[tuple[str, str, str, str]]


def gateway_rows(requests: int) -> Rows:
    """A question of one token, through the gateway and straight, in turns."""
    with model() as handle:
        real = compare(handle.port, handle.key.reveal(), requests)
    with stand_in() as port:
        instant = compare(port, "none", requests * 10)
    what = "1 token"
    return [
        gateway_row(f"{what} of SmolLM2-135M", real),
        gateway_row(f"{what} of a stand-in that answers at once", instant),
    ]


def compare(port: int, key: str, requests: int) -> list[tuple[float, float]]:
    """Seconds of each request: straight to the model server at `port`, and through a gateway."""
    with tempfile.TemporaryDirectory(prefix="adyton-bench-") as place:
        folder = Path(place)
        key_file = folder / "model.key"
        key_file.touch(mode=0o600)
        key_file.write_text(key, encoding="ascii")
        url = f"http://127.0.0.1:{port}"
        settings = f'\n[upstreams.{MODEL}]\nurl = "{url}"\nkey_file = "{key_file}"\n'
        settings += "\n[gateway]\nrequests_per_day = 100000\n"
        with Bench(folder, settings) as bench:
            asked = {"name": MODEL, "compartment": bench.compartment(), "upstream": MODEL}
            asset = bench.owner.call("asset.endpoint", asked)["asset"]
            person, credential = bench.admit("analyst.one", "analyst")
            bench.owner.call("entitle.add", {"person": person, "act": "infer", "asset": asset})
            ours = client_of(bench.proxy_port, credential, QUESTION)
            straight = client_of(port, key, {**QUESTION, "cache_prompt": False})
            for _ in range(WARM_UP):
                ours()
                straight()
            return [(timed(straight), timed(ours)) for _ in range(requests)]


def gateway_row(what: str, times: Sequence[tuple[float, float]]) -> tuple[str, str, str, str]:
    """A line on times straight and through the gateway."""
    straight, through = (statistics.median(one) * 1000 for one in zip(*times, strict=True))
    added = [(ours - bare) * 1000 for bare, ours in times]
    spread = statistics.quantiles(added, n=10)
    ours = f"{through:.1f} ms (added: p50 {statistics.median(added):.1f}, p90 {spread[-1]:.1f} ms)"
    return (
        f"{what}, p50 of {len(times)}",
        ours,
        f"{straight:.1f} ms straight",
        times_as(through / straight),
    )


@contextlib.contextmanager
def stand_in() -> Iterator[int]:
    """The port of a model server that is none and answers at once."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        settings = uvicorn.Config(SimulatedModel(answer=lambda _: "blue"), log_level="error")
        server = uvicorn.Server(settings)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield int(listening.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join()


def times_as(ratio: float) -> str:
    """A ratio as a reader sees it."""
    return f"{ratio:.2f} times"


def vault_rows() -> Rows:
    """Sealing and releasing the weights, over the owner's socket as everybody does it."""
    weights = model_file()
    size = weights.stat().st_size
    with tempfile.TemporaryDirectory(prefix="adyton-bench-") as place:
        folder = Path(place)
        with Bench(folder) as bench:
            compartment = bench.compartment()
            custodian, custodian_key = bench.admit("custodian.one", "custodian")
            approvers = enrol(bench, folder)
            caller = bench.caller(custodian_key)
            asked = {
                "path": str(weights),
                "name": "weights",
                "kind": "weights",
                "compartment": compartment,
            }
            ingest = repeat(lambda: caller.call("asset.protect", asked))
            grant = {"person": custodian, "act": "checkout", "asset": "weights"}
            bench.owner.call("entitle.add", grant)
            session = release(caller, custodian, approvers)
            out = folder / "released"

            def check_out() -> None:
                pieces = read_pieces(caller, session, weights.name, size)
                client.write_stream(out, pieces, home=folder / "home")

            checkout = repeat(check_out)
            if not same(out, weights):
                raise SystemExit("the released bytes are not the protected ones")
        digest = repeat(lambda: shell("sha256sum", str(weights)))
        cat = repeat(lambda: shell("cat", str(weights), into=folder / "cat"))
        copy = repeat(lambda: durable_copy(weights, folder / "copy"))
    megabytes = size / 1e6

    def row(what: str, ours_s: float, peer: str, peer_s: float) -> tuple[str, str, str, str]:
        ours = f"{ours_s:.2f} s ({megabytes / ours_s:.0f} MB/s)"
        return what, ours, f"{peer_s:.2f} s {peer}", times_as(ours_s / peer_s)

    sealed, released = f"seal {megabytes:.0f} MB", f"check out {megabytes:.0f} MB"
    return [
        row(sealed, ingest, "sha256sum", digest),
        row(sealed, ingest, "durable copy", copy),
        row(released, checkout, "cat > file", cat),
        row(released, checkout, "sha256sum", digest),
    ]


def ledger_rows() -> Rows:
    """Facts acknowledged a second by a whole perimeter's ledger, 16 callers."""
    with tempfile.TemporaryDirectory(prefix="adyton-bench-") as place:
        folder = Path(place)
        init_home(folder / "home", owner="Bench", operator="Operator One")
        rounds = []
        with Perimeter.open(HomePaths.of(folder / "home")) as perimeter:
            for number in range(REPEATS):  # in turns: what a flush costs changes by the minute
                ours = rate(lambda: perimeter.ledger.append(a_fact()))
                entry, body = mean_bytes(folder / "home" / "state" / "state.db")
                single, grouped = (
                    bare_rate(folder / f"{at_once}.{number}", entry, body, at_once=at_once)
                    for at_once in (1, CALLERS)
                )
                rounds.append((ours, single, grouped))
    ours, single, grouped = (statistics.median(one) for one in zip(*rounds, strict=True))
    alone = statistics.median(one / other for one, other, _ in rounds)
    together = statistics.median(one / other for one, _, other in rounds)
    what = f"facts acknowledged, {CALLERS} callers ({entry} + {body} bytes each)"
    peer = "/s SQLite, rows a commit:"
    return [
        (what, f"{ours:.0f}/s", f"{single:.0f}{peer} 1", times_as(alone)),
        (what, f"{ours:.0f}/s", f"{grouped:.0f}{peer} {CALLERS}", times_as(together)),
    ]


def a_fact() -> Fact:
    """A fact as the gateway writes them, with a sealed body."""
    return Fact(
        type="bench.done",
        subjects=("per_bench",),
        public={"status": "complete", "bytes_out": 512, "tokens_out": 128},
        body={"question": "x" * 400, "answer": "y" * 400},
        body_subject="per_bench",
    )


def rate(append: Callable[[], object]) -> float:
    """Calls a second of CALLERS threads, over APPEND_S."""
    until = time.perf_counter() + APPEND_S

    def one(_: int) -> int:
        count = 0
        while time.perf_counter() < until:
            append()
            count += 1
        return count

    began = time.perf_counter()
    with ThreadPoolExecutor(CALLERS) as pool:
        total = sum(pool.map(one, range(CALLERS)))
    return total / (time.perf_counter() - began)


def bare_rate(path: Path, entry: int, body: int, *, at_once: int) -> float:
    """Rows a second that one writer commits durably, `at_once` in a transaction."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as store:
        store.execute("PRAGMA journal_mode = WAL")
        store.execute("PRAGMA synchronous = FULL")
        store.execute("CREATE TABLE e (position INTEGER PRIMARY KEY, data BLOB, sealed BLOB)")
        began, count = time.perf_counter(), 0
        while time.perf_counter() - began < APPEND_S:
            rows = [(os.urandom(entry), os.urandom(body)) for _ in range(at_once)]
            store.execute("BEGIN IMMEDIATE")
            store.executemany("INSERT INTO e (data, sealed) VALUES (?, ?)", rows)
            store.execute("COMMIT")
            count += at_once
        return count / (time.perf_counter() - began)


def mean_bytes(path: Path) -> tuple[int, int]:
    """How long entries and their sealed bodies are on average, where there is a body."""
    asked = (
        "SELECT avg(length(data)), avg(length(sealed)) FROM entries"
        " JOIN bodies USING (position) WHERE position > 10"
    )
    with contextlib.closing(sqlite3.connect(path)) as store:
        entry, body = store.execute(asked).fetchone()
    return round(entry), round(body)


def client_of(port: int, key: str, question: Mapping[str, Any]) -> Callable[[], None]:
    """Asks `question` on one connection that stays open."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    body = json.dumps(question)

    def ask() -> None:
        connection.request("POST", "/v1/chat/completions", body=body, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != http.client.OK:
            raise SystemExit(f"{answer.status}: {content[:200]!r}")

    return ask


def timed(work: Callable[[], object]) -> float:
    """Seconds that `work` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def repeat(work: Callable[[], object]) -> float:
    """The median of REPEATS runs, in seconds."""
    return statistics.median(timed(work) for _ in range(REPEATS))


def shell(*words: str, into: Path | None = None) -> None:
    """Run a program of the system; its output goes into a file or nowhere."""
    with (into or Path(os.devnull)).open("wb") as out:
        subprocess.run(words, stdout=out, check=True)  # noqa: S603 - fixed words


def durable_copy(source: Path, target: Path) -> None:
    """Copy a file in blocks and flush it."""
    with source.open("rb") as file, target.open("wb") as copy:
        while block := file.read(PIECE_BYTES):
            copy.write(block)
        copy.flush()
        os.fsync(copy.fileno())


def same(one: Path, other: Path) -> bool:
    """Whether two files are alike."""
    return one.read_bytes() == other.read_bytes()


PARTS: Mapping[str, Callable[[argparse.Namespace], Rows]] = {
    "gateway": lambda given: gateway_rows(given.requests),
    "vault": lambda _: vault_rows(),
    "ledger": lambda _: ledger_rows(),
}


def main() -> int:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(PARTS))
    parser.add_argument("--requests", type=int, default=30)
    given = parser.parse_args()
    load = os.getloadavg()[0]
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    print(f"{machine}, Python {platform.python_version()}, load {load:.1f} at the start\n")
    print("| what | Adyton | peer | ratio |\n|---|---|---|---|")
    for name in given.only:
        for row in PARTS[name](given):
            print(f"| {' | '.join(row)} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
