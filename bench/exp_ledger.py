"""The ledger beside bare storage: appends, proofs, opening, verification.

    python bench/exp_ledger.py [--rounds 3] [--seconds 2] [--full]

Side by side in one run, in turns, with the disk's own fdatasync beside them; ratios of medians
count. Sizes to 10^5 entries by default, to 10^7 with --full (some 12 GB of disk, most of an hour).
The large logs are written straight into store and tiles, and measured through the real code.
"""

import argparse
import asyncio
import hashlib
import itertools
import os
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import uvloop

from adyton.adapters.clock import SystemClock, SystemEntropy
from adyton.adapters.localfs import LocalFiles, LocalHead, LocalWitnessMemory
from adyton.adapters.sqlite import SqliteBodyKeys, SqliteFacts
from adyton.adapters.threads import SystemThreads
from adyton.crypto.epochlink import origin_of
from adyton.crypto.notes import COSIGNATURE, Signer
from adyton.ledger import Ledger
from adyton.ledger.ports import StoredFact
from adyton.ledger.sealing import Bodies
from adyton.ledger.staging import Position, place, prepare
from adyton.ledger.witness import LocalWitness
from adyton.ledger.witnesses import OnlyLocal
from adyton.terms import Fact, ReceiptId

CALLERS = 64
GROUP = 256  # of the fast path
SIZES, FULL_SIZES = (10_000, 100_000), (10_000, 100_000, 1_000_000, 10_000_000)
SIGNER = Signer(name="log.invalid/bench", seed=b"l" * 32)
WITNESS = Signer(name="witness.invalid/bench", seed=b"w" * 32, algorithm=COSIGNATURE)
APPENDED = 200
GO_SOURCE = Path(__file__).parents[1] / "tests" / "independent" / "checklog.go"
GO_PACKAGES = Path("/usr/share/gocode")


def fact(number: int) -> Fact:
    """About what an answer's intent is: 600 bytes in the tree, 300 sealed."""
    person = f"per_{number % 50:026d}"
    return Fact(
        type="answer.intended",
        subjects=("cpy_" + "a" * 26, "ast_" + "b" * 26, person),
        public={
            "copy": "cpy_" + "a" * 26,
            "asset": "ast_" + "b" * 26,
            "recipient": person,
            "number": number,
            "stream": False,
        },
        body={"model": "orchard-1", "question": "Which valve opens? " * 8, "source": "192.0.2.7"},
        body_subject=person,
    )


@dataclass
class Counted(SqliteFacts):
    """The store, counting its groups."""

    path: Path
    groups: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Open it."""
        super().__init__(self.path)

    def commit(self, facts: Sequence[StoredFact], rows: Sequence[Any]) -> None:
        """Count, commit."""
        self.groups.append(len(facts))
        super().commit(facts, rows)


@dataclass(frozen=True)
class Places:
    """`EpochPlaces` of one epoch in a folder."""

    folder: Path

    def origin(self, epoch: int) -> str:
        """The origin of an epoch."""
        return origin_of(SIGNER.key.name, epoch)

    def files(self, epoch: int) -> LocalFiles:
        """Its published files."""
        return LocalFiles(self.folder / "tree" / str(epoch))

    def heads(self, epoch: int) -> LocalHead:
        """Its head."""
        return LocalHead(self.folder / "head" / f"bench-{epoch}.head")

    def signers(self, epoch: int) -> tuple[Signer, ...]:  # noqa: ARG002  (the port's signature)
        """The one key."""
        return (SIGNER,)


@dataclass
class Log:
    """A ledger in a folder, without projections: the log alone."""

    folder: Path
    store: Counted = field(init=False)
    keys: SqliteBodyKeys = field(init=False)
    ledger: Ledger = field(init=False)

    def open(self) -> "Log":
        """Open it, and thereby check it."""
        self.store = Counted(self.folder / "state" / "state.db")
        self.keys = SqliteBodyKeys(self.folder / "state" / "bodykeys.db")
        places = Places(self.folder)
        self.ledger = Ledger.open(
            store=self.store,
            places=places,
            body_keys=self.keys,
            witnesses=OnlyLocal(
                LocalWitness(
                    signers=(WITNESS,),
                    logs={SIGNER.key.name: (SIGNER.key,)},
                    memory=LocalWitnessMemory(self.folder / "witness"),
                    clock=SystemClock(),
                ),
                places,
                SystemClock(),
            ),
            clock=SystemClock(),
            entropy=SystemEntropy(),
            threads=SystemThreads(),
            publish_every_s=None,
        )
        return self

    def close(self) -> None:
        """Let go of it."""
        self.ledger.close()
        self.keys.close()


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of them lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def say(text: str) -> None:
    """A line of the result."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def fdatasyncs(folder: Path, seconds: float) -> list[float]:
    """Seconds of each fdatasync behind a write of one entry's size."""
    took, end = [], time.perf_counter() + seconds
    with (folder / "sync").open("ab", buffering=0) as file:
        while time.perf_counter() < end:
            file.write(b"x" * 900)
            before = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - before)
    return took


async def ask(ledger: Ledger, callers: int, seconds: float) -> list[float]:
    """Seconds of each acknowledged append of so many callers, as the proxy's loop asks."""
    end = time.perf_counter() + seconds
    numbers, took = itertools.count(), []

    async def caller() -> None:
        while (start := time.perf_counter()) < end:
            await asyncio.wrap_future(ledger.submit(fact(next(numbers))))
            took.append(time.perf_counter() - start)

    await asyncio.gather(*(caller() for _ in range(callers)))
    return took


def bare(folder: Path, rows: Sequence[StoredFact], group: int, seconds: float) -> float:
    """Bare SQLite (WAL, FULL): inserts of the same bytes per second, in groups of that size."""
    path = folder / "bare.db"
    script = (resources.files("adyton.adapters") / "sql" / "facts.sql").read_text()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.executescript(script)
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds and count + group <= len(rows):
        some = rows[count : count + group]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            "INSERT INTO entries VALUES (?, ?, ?)", [(o.index, o.receipt, o.data) for o in some]
        )
        connection.executemany(
            "INSERT INTO bodies VALUES (?, ?, ?)",
            [(o.index, o.body.key_id, o.body.sealed) for o in some if o.body],
        )
        connection.execute("COMMIT")
        count += len(some)
    rate = count / (time.perf_counter() - start)
    connection.close()
    for file in folder.glob("bare.db*"):
        file.unlink()
    return rate


def appends(folder: Path, rounds: int, seconds: float) -> None:
    """Acknowledged appends beside bare inserts and fdatasync."""
    log = Log(folder / "appends").open()
    uvloop.run(ask(log.ledger, CALLERS, seconds / 4))  # each person's first fact makes a key
    for callers in (1, CALLERS):
        ours, theirs, acks, syncs, cpu, group = [], [], [], [], [], 1
        for _ in range(rounds):
            syncs += fdatasyncs(folder, seconds / 2)
            log.store.groups.clear()
            before = time.process_time()
            took = uvloop.run(ask(log.ledger, callers, seconds))
            cpu.append((time.process_time() - before) / len(took) * 1e6)
            ours.append(len(took) / seconds)
            acks += took
            group = max(1, round(statistics.mean(log.store.groups)))
            rows = log.store.read(0, 200_000)
            theirs.append(bare(folder, rows, group, seconds))
        ratio = statistics.median(o / t for o, t in zip(ours, theirs, strict=True))
        slow = percentile(acks, 0.99) / percentile(syncs, 0.99)
        say(
            f"{callers:3} callers: {statistics.median(ours):7.0f}/s acknowledged, groups of {group}"
            f"; bare SQLite in such groups {statistics.median(theirs):7.0f}/s: {ratio:.2f} times"
            f" (aim with 64: 0.5)\n"
            f"     acknowledged p50 {percentile(acks, 0.5) * 1e3:.2f} ms,"
            f" p99 {percentile(acks, 0.99) * 1e3:.2f} ms; fdatasync p50"
            f" {percentile(syncs, 0.5) * 1e3:.2f} ms, p99 {percentile(syncs, 0.99) * 1e3:.2f} ms:"
            f" {slow:.1f} times (aim: 5); CPU {statistics.median(cpu):.0f} us an append"
        )
    log.close()


def filled(log: Log, size: int) -> None:
    """Write entries up to `size` by the fast path: store and, by publishing, tiles."""
    bodies = Bodies(log.keys, SystemEntropy())
    stored = log.store.read(max(0, log.store._count() - 1), 1)  # noqa: SLF001 - a bench
    start = stored[0].index + 1 if stored else 0
    previous = leaf(stored[0].data).hex() if stored else ""
    position = Position(
        log="main", epoch=1, writer="owner", size=start, counter=start, previous=previous
    )
    now_s = int(SystemClock().now_s())
    while position.size < size:
        batch = []
        for _ in range(min(GROUP, size - position.size)):
            receipt = ReceiptId(f"rct_{position.size:026d}")
            placed = place(
                prepare(fact(position.size)),
                receipt=receipt,
                position=position,
                time_s=now_s,
                bodies=bodies,
            )
            batch.append(placed.stored)
            position = position.after(placed.promise)
        log.store.commit(batch, ())


def leaf(data: bytes) -> bytes:
    """RFC 6962."""
    return hashlib.sha256(b"\0" + data).digest()


def timed_us(work: Callable[[], object], times: int) -> float:
    """Median microseconds of processor time."""
    took = []
    for _ in range(times):
        before = time.process_time()
        work()
        took.append((time.process_time() - before) * 1e6)
    return statistics.median(took)


def by_size(folder: Path, sizes: Sequence[int]) -> None:
    """Cost per append, proof, page, opening and verification at growing sizes."""
    say("entries     append us   proof us   page of 1000 ms   open (rehash all) s   verify/cpu-s")
    for size in sizes:
        at_size(folder / "sizes", size)
    go_checker(folder / "sizes" / "tree" / "1", sizes[-1] + APPENDED)


def at_size(folder: Path, size: int) -> None:
    """One line of it, in a log that grows from line to line."""
    log = Log(folder)
    log.store = Counted(folder / "state" / "state.db")
    log.store._writing.execute("PRAGMA synchronous = OFF")  # noqa: SLF001 - to fill it only
    log.keys = SqliteBodyKeys(folder / "state" / "bodykeys.db")
    filled(log, size)
    log.store.close()
    log.keys.close()
    before = time.process_time()
    ledger = log.open().ledger
    opened_s = time.process_time() - before
    append = timed_us(lambda: ledger.append(fact(1)), APPENDED)
    ledger.publish()
    some = [log.store.read(size * n // 50, 1)[0].receipt for n in range(50)]
    receipts = itertools.cycle(some)
    proof = timed_us(lambda: ledger.proof(next(receipts)), 100)
    page = timed_us(lambda: ledger.entries(after=size // 2, limit=1000), 5) / 1000
    before = time.process_time()
    problems = ledger.verify()
    verified = (size + APPENDED) / (time.process_time() - before)
    if problems:
        raise SystemExit(f"the log does not verify: {problems[0]}")
    say(
        f"{size:9}   {append:9.0f}   {proof:8.0f}   {page:15.1f}   {opened_s:19.1f}"
        f"   {verified:12.0f}"
    )
    log.close()


def go_checker(tree: Path, size: int) -> None:
    """The checker that shares no code with ours: every leaf and tile of the log, and its root."""
    go = shutil.which("go")
    if go is None or not GO_PACKAGES.is_dir():
        say("Go checker: needs golang and golang-golang-x-mod-dev, skipped")
        return
    folder = tree.parent
    program, keys = folder / "checklog", folder / "vkeys"
    keys.write_text(f"{SIGNER.key}\n")
    subprocess.run(  # noqa: S603 - our own program
        [go, "build", "-o", str(program), str(GO_SOURCE)],
        check=True,
        env={
            "PATH": os.defpath,
            "GO111MODULE": "off",
            "GOPATH": str(GO_PACKAGES),
            "GOCACHE": str(folder / "cache"),
            "GOFLAGS": "",
            "GOPROXY": "off",
        },
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(  # noqa: S603 - ours
        [str(program), "-sample", "0", "log", str(keys), str(tree)],
        capture_output=True,
        text=True,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    say(f"Go checker: exit {done.returncode}, {size / spent:.0f} entries a second of CPU")


def pymerkle(folder: Path) -> None:
    """CPU per entry of a Merkle tree in memory, from a venv of the bench's own."""
    venv = folder / "venv"
    made = subprocess.run([sys.executable, "-m", "venv", str(venv)], check=False)  # noqa: S603
    python = venv / "bin" / "python"
    words = [str(python), "-m", "pip", "install", "-q", "pymerkle==7.0.0"]
    if made.returncode or subprocess.run(words, capture_output=True, check=False).returncode:  # noqa: S603
        say("pymerkle: not importable here, skipped")
        return
    script = (
        "import time\nfrom pymerkle import InmemoryTree\n"
        "tree, data = InmemoryTree(algorithm='sha256'), b'x' * 600\n"
        "before = time.process_time()\n"
        "for n in range(50000): tree.append_entry(data)\n"
        "print((time.process_time() - before) / 50000 * 1e6)\n"
    )
    done = subprocess.run(  # noqa: S603 - ours
        [str(python), "-c", script], capture_output=True, text=True, check=False
    )
    if done.returncode:
        say("pymerkle: could not be run, skipped")
        return
    say(f"pymerkle in memory: CPU {float(done.stdout):.1f} us an entry (hash alone, nothing kept)")


def main() -> None:
    """Print the figures."""
    given = argparse.ArgumentParser()
    given.add_argument("--rounds", type=int, default=3)
    given.add_argument("--seconds", type=float, default=2.0)
    given.add_argument("--full", action="store_true")
    given.add_argument("--quick", action="store_true")
    arguments = given.parse_args()
    with tempfile.TemporaryDirectory(prefix="adyton-bench-") as made:
        folder = Path(made)
        sizes = FULL_SIZES if arguments.full else SIZES
        needed = sizes[-1] * 2_000
        if shutil.disk_usage(folder).free < 2 * needed:
            raise SystemExit(f"needs {2 * needed >> 30} GiB of disk; set TMPDIR to a larger one")
        appends(folder, arguments.rounds, 0.5 if arguments.quick else arguments.seconds)
        pymerkle(folder)
        by_size(folder, sizes[:1] if arguments.quick else sizes)


if __name__ == "__main__":
    main()
