"""A flood of bad requests beside entitled use: latency, log growth, processor time.

    python bench/exp_flood.py [--seconds 60] [--rounds 3] [--quick]

The real proxy process, with a simulated model server behind it. Bad requests are offered at half
the rate that the bare server (`flood.py`: the same server stack around a constant 401, measured
in this run) can refuse, whether they are answered or not: by senders that wait for an answer
before the next request on a connection, and by such that do not. Entitled callers ask at a steady
pace beside them. Rounds without a flood, with one at the bare server (another process on the same
machine: what the machine itself costs them) and with one at ours take turns; the ratio of the
medians counts, on a machine that others use too.
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
from functools import partial
from pathlib import Path
from typing import Any

from exp_walk import stand_in
from stage import MODEL, Bench, free_ports, listens_on, wait_for

PROGRAM = Path(__file__).with_name("flood.py")
CONNECTIONS = 32
CROWD = 800  # more than may wait
NEW_S = 6.0
CALLERS = 4
PACE_S = 0.1  # between the questions of one caller
CPU_S = 1.0
DEPTHS = {1: "one at a time", 1 << 20: "not waiting for answers"}  # on each connection
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


def send(
    port: int,
    requests: Sequence[bytes],
    *,
    rate: float,
    seconds: float,
    depth: int = 1,
    connections: int = CONNECTIONS,
) -> dict[str, Any]:
    """Have bad requests sent by a process of its own; what it did."""
    order = {
        "seconds": seconds,
        "rate": rate,
        "connections": connections,
        "depth": depth,
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


def cost_us(
    pid: int, port: int, requests: Sequence[bytes], rate: float
) -> tuple[float, float, float]:
    """Of the server: processor microseconds for one answer, its share, and answers a second."""
    before = cpu_s(pid)
    done = send(port, requests, rate=rate, seconds=CPU_S)
    took = cpu_s(pid) - before
    answered = max(1, done["answered"])
    return took / answered * 1e6, took / done["seconds"], answered / done["seconds"]


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
    """What one refusal costs beyond the bare server, by kind.

    A server that answers fewer requests in a second pays more for each, as it sleeps in between.
    So the bare server is measured again at the rate that ours answered.
    """
    sys.stdout.write(
        f"processor time per answered request, us, {rate:.0f}/s offered, median of {rounds};"
        " the bare server also at the rate that ours answers\n"
    )
    same, beyond = {}, {}
    for kind, requests in kinds(known).items():
        found = []
        for _ in range(rounds):
            flat = cost_us(*bare, requests, rate)
            ours = cost_us(bench.pid, bench.proxy_port, requests, rate)
            found.append((*flat, *ours, cost_us(*bare, requests, ours[2])[0]))
        full, flat_share, _, own, own_share, answered, slow = (
            statistics.median(one) for one in zip(*found, strict=True)
        )
        beyond[kind] = statistics.median(one[3] - one[0] for one in found)
        same[kind] = statistics.median(one[3] - one[6] for one in found)
        sys.stdout.write(
            f"  {kind:28} bare {full:6.1f}, {slow:6.1f} at that rate; ours {own:6.1f} at"
            f" {answered:5.0f}/s; beyond {beyond[kind]:+6.1f}, {same[kind]:+6.1f} at that rate;"
            f" of a processor {flat_share:.2f} and {own_share:.2f}\n"
        )
    means = [statistics.mean(one[kind] for kind in FLOOD) for one in (beyond, same)]
    sys.stdout.write(
        f"  the flood, mean of its kinds: beyond {means[0]:+.1f}, at that rate {means[1]:+.1f}"
        " (aim: 15)\n"
    )


def flooded(bench: Bench, bare: int, key: str, *, rate: float, seconds: float, rounds: int) -> None:
    """Entitled callers without a flood, beside one at the bare server, beside one at ours."""
    requests = [kinds("")[kind][0] for kind in FLOOD]
    p99s: dict[str, list[float]] = {}
    growth, count = 0, 0
    told = []
    ways = [("alone", 0, 0)]
    for depth, name in DEPTHS.items():
        ways += [(f"bare server, {name}", bare, depth), (f"ours, {name}", bench.proxy_port, depth)]
    for _ in range(rounds):
        for what, port, depth in ways:
            before = bench.record_size()
            with ThreadPoolExecutor(1) as pool:
                if port:
                    asked = partial(send, rate=rate, seconds=seconds + 1, depth=depth)
                    flood = pool.submit(asked, port, requests)
                times = entitled(bench.proxy_port, key, seconds)
            p99s.setdefault(what, []).append(p99(times))
            if port == bench.proxy_port:
                growth += bench.record_size() - before
                count += len(times)
            if port:
                told.append(f"  {what:40} {spoken(flood.result())}\n")
    sys.stdout.write("entitled callers' p99, ms; times that alone\n")
    for what, found in p99s.items():
        ratios = [one / alone for one, alone in zip(found, p99s["alone"], strict=True)]
        line = f"  {what:40} {' '.join(f'{one:6.1f}' for one in found)}"
        line += f"  {statistics.median(found) / statistics.median(p99s['alone']):.2f} times"
        sys.stdout.write(f"{line}, median of the rounds {statistics.median(ratios):.2f}\n")
    sys.stdout.write("the floods\n" + "".join(told))
    sys.stdout.write(f"record: {growth >> 10} KiB more, with {count} entitled answers in it\n")


def newcomers(bench: Bench, key: str, rate: float) -> None:
    """Who comes anew from the flood's own address, with a good request or with a mistake."""
    requests = [kinds("")[kind][0] for kind in FLOOD]
    for connections in (CONNECTIONS, CROWD):
        with ThreadPoolExecutor(1) as pool:
            asked = partial(send, rate=rate, seconds=NEW_S + 3, connections=connections)
            flood = pool.submit(asked, bench.proxy_port, requests)
            threading.Event().wait(1)  # it has begun
            end, found = time.perf_counter() + NEW_S, []
            while time.perf_counter() < end:
                found.append((*alone(bench.proxy_port, key), *alone(bench.proxy_port, wrong(0))))
            flood.result()
        good, bad = ([one[at] for one in found if one[at - 1]] for at in (1, 3))
        sys.stdout.write(
            f"new connections beside {connections} of the flood, {len(found)} of each: good ones"
            f" p50 {statistics.median(good):.2f} s, most {max(good):.2f} s,"
            f" {len(found) - len(good)} dropped; mistakes p50 {statistics.median(bad):.2f} s,"
            f" most {max(bad):.2f} s, {len(found) - len(bad)} dropped\n"
        )


def alone(port: int, key: str) -> tuple[int, float]:
    """Status (0: dropped) and seconds of one question on a connection of its own."""
    start, status = time.perf_counter(), 0
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with contextlib.closing(connection), contextlib.suppress(OSError):
        headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
        connection.request("POST", "/v1/chat/completions", QUESTION, headers)
        answer = connection.getresponse()
        answer.read()
        status = answer.status
    return status, time.perf_counter() - start


def spoken(one: Mapping[str, Any]) -> str:
    """What a flood did, each second."""
    per = one["seconds"]
    return (
        f"offered {one['due'] / per:6.0f}/s, sent {one['sent'] / per:6.0f}/s, answered"
        f" {one['answered'] / per:6.0f}/s, {one['dropped']} connections dropped, processor"
        f" {one['cpu_s'] / per:.2f}"
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
            flooded(bench, bare[1], key, rate=rate, seconds=seconds, rounds=arguments.rounds)
            newcomers(bench, key, rate)
            written = bench.facts("request.refused") - facts_before
            sys.stdout.write(f"facts of refusals written meanwhile: {written}\n")


if __name__ == "__main__":
    main()
