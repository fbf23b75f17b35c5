"""A flood of bad requests beside entitled use: latency, log growth, processor time.

    python bench/exp_flood.py [--seconds 60] [--rounds 3] [--quick]

The real proxy process, with a simulated model server behind it. Bad requests come at half the
rate that the bare server (`flood.py`: the same server stack around a constant 401, measured in
this run) can refuse; entitled callers ask at a steady pace beside them. Rounds without and with
the flood take turns; the ratio of the medians counts, on a machine that others use too.
"""

import argparse
import base64
import contextlib
import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from exp_walk import stand_in
from stage import MODEL, Bench, free_ports, listens_on, wait_for

PROGRAM = Path(__file__).with_name("flood.py")
CONNECTIONS = 32
CALLERS = 4
PACE_S = 0.1  # between the questions of one caller
CPU_S = 1.0
FULL_S, QUICK_S = 60.0, 12.0
QUESTION = json.dumps({"model": MODEL, "messages": [{"role": "user", "content": "Which?"}]})


def bad(
    *, path: str = "/v1/chat/completions", key: str = "", body: str = QUESTION, length: int = -1
) -> bytes:
    """A request by hand."""
    lines = [
        f"POST {path} HTTP/1.1",
        "host: 127.0.0.1",
        "user-agent: Flood/1",
        "accept: */*",
        "content-type: application/json",
        f"content-length: {len(body) if length < 0 else length}",
    ]
    if length >= 0:
        lines.append("connection: close")  # its body never comes: no next request could be told
    if key:
        lines.append(f"authorization: Bearer {key}")
    return "\r\n".join([*lines, "", body]).encode()


def wrong(number: int) -> str:
    """A text with the form of a key."""
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    tail = letters[number // 32 % 32] + letters[number % 32]
    return "adk_" + "b" * 26 + "_" + "c" * 66 + tail


def kinds(known: str) -> Mapping[str, Sequence[bytes]]:
    """What is sent, by kind; `known` is the key of somebody without entitlement."""
    return {
        "no key": [bad()],
        "wrong key": [bad(key=wrong(0))],
        "wrong keys, 1024 of them": [bad(key=wrong(number)) for number in range(1024)],
        "malformed JSON": [bad(body='{"model":', key=wrong(0))],
        "unknown route": [bad(path="/v1/files")],
        "oversized": [bad(length=2 << 20)],
        "malformed JSON, known key": [bad(body='{"model":', key=known)],
    }


FLOOD = ("no key", "wrong key", "malformed JSON", "unknown route", "oversized")


def send(port: int, requests: Sequence[bytes], *, rate: float, seconds: float) -> dict[str, Any]:
    """Have bad requests sent by a process of its own; what it did."""
    order = {
        "seconds": seconds,
        "rate": rate,
        "connections": CONNECTIONS,
        "requests": [base64.b64encode(one).decode() for one in requests],
    }
    words = [sys.executable, str(PROGRAM), "send", str(port)]
    done = subprocess.run(  # noqa: S603 - ours
        words, input=json.dumps(order), capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    found["answered"] = sum(found["statuses"].values())
    return found


def cpu_s(pid: int) -> float:
    """Processor seconds of a process so far: the clock of that process."""
    return time.clock_gettime(~pid << 3 | 2)


def cost_us(pid: int, port: int, requests: Sequence[bytes], rate: float) -> float:
    """Processor microseconds of the server for one request."""
    before = cpu_s(pid)
    done = send(port, requests, rate=rate, seconds=CPU_S)
    return (cpu_s(pid) - before) / max(1, done["answered"]) * 1e6


def entitled(port: int, key: str, seconds: float) -> list[float]:
    """Seconds of each question of entitled callers at their pace."""
    end = time.perf_counter() + seconds

    def caller(number: int) -> list[float]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
        took, pause = [], threading.Event()
        pause.wait(PACE_S * number / CALLERS)
        while (start := time.perf_counter()) < end:
            connection.request("POST", "/v1/chat/completions", QUESTION, headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:  # noqa: PLR2004 - an answer
                raise SystemExit(f"an entitled caller got {answer.status}")
            took.append(time.perf_counter() - start)
            pause.wait(max(0.0, PACE_S - took[-1]))
        return took

    with ThreadPoolExecutor(CALLERS) as pool:
        return [one for took in pool.map(caller, range(CALLERS)) for one in took]


def p99(times: Sequence[float]) -> float:
    """The 99th percentile in ms."""
    return sorted(times)[int(len(times) * 0.99)] * 1000


@contextlib.contextmanager
def bare_server() -> Iterator[tuple[int, int]]:
    """Process id and port of the bare server."""
    port, _ = free_ports()
    words = [sys.executable, str(PROGRAM), "bare", str(port)]
    child = subprocess.Popen(words)  # noqa: S603 - ours
    try:
        if not wait_for(lambda: listens_on(port)):
            raise SystemExit("the bare server did not start")
        yield child.pid, port
    finally:
        child.terminate()
        child.wait()


def costs(bench: Bench, bare: tuple[int, int], known: str, rate: float, rounds: int) -> None:
    """What one refusal costs beyond the bare server, by kind."""
    sys.stdout.write(f"processor time per request, us, at {rate:.0f}/s, median of {rounds}\n")
    beyond = {}
    for kind, requests in kinds(known).items():
        pairs = [
            (
                cost_us(bare[0], bare[1], requests, rate),
                cost_us(bench.pid, bench.proxy_port, requests, rate),
            )
            for _ in range(rounds)
        ]
        server, ours = (statistics.median(one) for one in zip(*pairs, strict=True))
        beyond[kind] = statistics.median(ours - server for server, ours in pairs)
        line = f"  {kind:28} bare {server:6.1f}  ours {ours:6.1f}  beyond {beyond[kind]:+6.1f}\n"
        sys.stdout.write(line)
    mean = statistics.mean(beyond[kind] for kind in FLOOD)
    sys.stdout.write(f"  {'the flood, mean of its kinds':28} beyond {mean:+.1f} (aim: 15)\n")


def flooded(bench: Bench, key: str, rate: float, seconds: float, rounds: int) -> None:
    """Entitled callers without and with the flood, and what it leaves behind."""
    requests = [kinds("")[kind][0] for kind in FLOOD]
    alone, beside, done, growth = [], [], [], []
    for _ in range(rounds):
        alone.append(p99(entitled(bench.proxy_port, key, seconds)))
        with ThreadPoolExecutor(1) as pool:
            before = bench.record_size()
            flood = pool.submit(send, bench.proxy_port, requests, rate=rate, seconds=seconds + 1)
            times = entitled(bench.proxy_port, key, seconds)
            done.append(flood.result())
        beside.append(p99(times))
        after = bench.record_size()
        growth.append((after - before, len(times)))
    ratio = statistics.median(beside) / statistics.median(alone)
    sent = sum(one["answered"] for one in done)
    took = sum(one["seconds"] for one in done)
    sys.stdout.write(
        f"entitled p99: alone {[f'{one:.1f}' for one in alone]} ms, beside the flood"
        f" {[f'{one:.1f}' for one in beside]} ms: {ratio:.2f} times (aim: below 2)\n"
        f"flood: {sent} bad requests answered, {sent / took:.0f}/s of {rate:.0f}/s wanted\n"
        f"record: {sum(size for size, _ in growth) >> 10} KiB more, with"
        f" {sum(count for _, count in growth)} entitled answers in it\n"
    )


def main() -> None:
    """Print the figures."""
    given = argparse.ArgumentParser()
    given.add_argument("--seconds", type=float, default=FULL_S)
    given.add_argument("--rounds", type=int, default=3)
    given.add_argument("--quick", action="store_true")
    given.add_argument("--full", action="store_true", help="the default already")
    arguments = given.parse_args()
    seconds = QUICK_S if arguments.quick else arguments.seconds
    with (
        tempfile.TemporaryDirectory(prefix="adyton-bench-") as place,
        stand_in() as model_port,
        bare_server() as bare,
    ):
        settings = f'\n[upstreams.{MODEL}]\nurl = "http://127.0.0.1:{model_port}"\n'
        settings += "\n[gateway]\nrequests_per_day = 1000000\n"
        with Bench(Path(place), settings) as bench:
            asked = {"name": MODEL, "compartment": bench.compartment(), "upstream": MODEL}
            asset = bench.owner.call("asset.endpoint", asked)["asset"]
            person, key = bench.admit("analyst.one", "analyst")
            _, known = bench.admit("analyst.two", "analyst")
            bench.owner.call("entitle.add", {"person": person, "act": "infer", "asset": asset})
            most = [send(bare[1], [bad()], rate=0, seconds=CPU_S) for _ in range(3)]
            rate = statistics.median(one["answered"] / one["seconds"] for one in most) / 2
            sys.stdout.write(f"the bare server refuses {2 * rate:.0f}/s; the flood is half of it\n")
            costs(bench, bare, known, rate, arguments.rounds)
            facts_before = bench.facts("request.refused")
            flooded(bench, key, rate, seconds, arguments.rounds)
            written = bench.facts("request.refused") - facts_before
            sys.stdout.write(f"facts of refusals written meanwhile: {written}\n")


if __name__ == "__main__":
    main()
