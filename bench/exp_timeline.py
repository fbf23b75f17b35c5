"""Questions to the timeline at 10 thousand to 10 million events, through the owner's own path.

    python bench/exp_timeline.py [--sizes 10000,100000,1000000] [--questions 40]

Events are four fifths facts (people with skewed frequency, 100 to 300 bytes in clear) and one fifth
rows of foreign logs, 20,000 a log. They are laid down as the ledger and the followers lay
them down, and asked for by `assembly.questions`: found in the segments, read again from the fact
store, the newest searched there. Each size is asked in a process of its own, whose largest
resident size is read at the end. Files are warm: they were written just before.
"""

import argparse
import contextlib
import json
import os
import platform
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb

from adyton.adapters import home_files
from adyton.adapters.clock import SystemEntropy
from adyton.adapters.cursor_files import CursorFiles
from adyton.adapters.duckdb_timeline import FactFollower, TimelineWriter
from adyton.adapters.duckdb_timeline.writing import LARGEST, SEGMENT_FACTS
from adyton.adapters.sqlite import SqliteBodyKeys, SqliteFacts
from adyton.adapters.sqlite_feed import SqliteFeed
from adyton.assembly import HomePaths
from adyton.assembly.questions import Questions
from adyton.ledger.clear import ClearFacts
from adyton.ledger.ports import BodyKey, Cursor
from adyton.ledger.questions import ForeignRow, Question
from adyton.terms import Row

START_S = 1_760_000_000
PER_SECOND = 5
PEOPLE = 20_000
ROWS_OF_A_LOG = 20_000
ADDRESSES = 5_000
FOREIGN = 0.2
RARE = "seldom-told"
TYPES = (
    "'answer.intended','answer.closed','copy.issued','request.refused','release.opened',"
    "'record.read','credential.issued','lock.set'"
)


def an_id(prefix: str, key: str) -> str:
    """SQL for an opaque id: 26 of the letters a to z and 2 to 7."""
    letters = f"base64(unhex(md5('{prefix}'||({key})::varchar)||md5(({key})::varchar||'{prefix}')))"
    return f"'{prefix}_'||lower(translate(substr({letters},1,26),'+/0189','abcdef'))"


def facts_sql(start: int, end: int) -> str:
    """SQL for facts: all columns of a segment, and the entry's bytes as `data`."""
    asset, copy = an_id("ast", "h2 % 300"), an_id("cpy", "position")
    person, receipt = an_id("per", "k"), an_id("rct", "position")
    return f"""WITH h AS (SELECT range AS position, hash(range, 1) h1, hash(range, 2) h2,
      hash(range, 3) h3 FROM range({start}, {end})),
    s AS (SELECT *, floor({PEOPLE} * pow((h1 % 1000003) / 1000003.0, 3))::INT AS k FROM h),
    r AS (SELECT position, {START_S} + position // {PER_SECOND} AS time,
      [{TYPES}][1 + least(7, floor(8 * pow((h3 % 997) / 997.0, 2))::INT)] AS type,
      {person} AS person, {asset} AS asset, {copy} AS copy, {receipt} AS receipt,
      h2 % 100000 AS bytes, 'model-' || (h3 % 17) AS model, h3 % 4096 AS tokens,
      ['complete', 'cut', 'refused', 'failed'][1 + (h1 % 4)::INT] AS status,
      CASE WHEN position % 1000003 = 999 THEN '{RARE}' ELSE 'triage' END AS purpose,
      md5(h1::VARCHAR) || md5(h2::VARCHAR) AS leaf FROM s),
    t AS (SELECT *, '{{"asset":"' || asset || '","bytes_out":' || bytes || ',"copy":"' || copy ||
      '","model":"' || model || '","purpose":"' || purpose || '","status":"' || status ||
      '","tokens_out":' || tokens || '}}' AS public,
      '{{"asset":"","bytes_out":' || bytes || ',"copy":"","model":"' || model ||
      '","purpose":"' || purpose || '","status":"' || status || '","tokens_out":' || tokens ||
      '}}' AS words FROM r)
    SELECT position, 1 AS epoch, time, type, 'owner' AS writer, receipt,
      [person, asset] AS subjects, list_sort([person, asset, copy]) AS names, public, words,
      '{{"commitment":"' || leaf || '","epoch":1,"log":"main","n":' || position || ',"prev":"' ||
      leaf || '","public":' || public || ',"receipt":"' || receipt || '","subjects":["' || person
      || '","' || asset || '"],"time":' || time || ',"type":"' || type ||
      '","v":1,"writer":"owner"}}' AS data
    FROM t ORDER BY position"""  # noqa: S608 - numbers of ours


def lay_facts(paths: HomePaths, writer: TimelineWriter, count: int) -> None:
    """Facts in the fact store, and in segments as far as they fill some."""
    whole = count // SEGMENT_FACTS * SEGMENT_FACTS
    with contextlib.closing(sqlite3.connect(paths.state / "state.db")) as store:
        store.execute("PRAGMA synchronous = OFF")
        maker = duckdb.connect()
        maker.execute("SET threads = 2")
        for start in range(0, count, LARGEST):
            end = min(start + LARGEST, count)
            maker.execute(f"CREATE OR REPLACE TABLE made AS {facts_sql(start, end)}")
            maker.execute("SELECT position, receipt, data::BLOB FROM made ORDER BY position")
            while rows := maker.fetchmany(20_000):
                store.executemany("INSERT INTO entries VALUES (?, ?, ?)", rows)
            store.commit()
        maker.close()
    at = 0
    while at < whole:
        size = next(one for one in (LARGEST, LARGEST // 8, SEGMENT_FACTS) if at + one <= whole)
        writer.add_filled(filler(at, at + size))
        at += size
        progress(f"{at} facts in segments")


def filler(start: int, end: int) -> Callable[[duckdb.DuckDBPyConnection], None]:
    """Fills a segment's table with the same facts."""
    columns = "position, epoch, time, type, writer, receipt, subjects, names, public, words"

    def fill(box: duckdb.DuckDBPyConnection) -> None:
        for at in range(start, end, 65_536):
            made = facts_sql(at, min(at + 65_536, end))
            box.execute(f"INSERT INTO fresh SELECT {columns} FROM ({made})")  # noqa: S608 - ours

    return fill


def lay_rows(paths: HomePaths, writer: TimelineWriter, count: int, facts: int) -> list[Row]:
    """Rows of foreign logs; what the state says of each log."""
    keys = SqliteBodyKeys(paths.state / "bodykeys.db")
    state = []
    span_s = facts // PER_SECOND
    logs = max(1, count // ROWS_OF_A_LOG)
    each = count // logs
    for number in range(logs):
        source = f"src_{number:026}"
        token = SystemEntropy().token(each * 4)
        dice = [int.from_bytes(token[at * 4 : at * 4 + 4], "big") for at in range(each)]
        rows = [
            ForeignRow(
                source=source,
                line=at + 1,
                time_s=START_S + dice[at] % max(1, span_s),
                log_time_s=START_S + dice[at] % max(1, span_s),
                says={
                    "action": ("object.read", "object.list", "signin.ok")[dice[at] % 3],
                    "actor": f"login-{dice[at] % 4_000}",
                    "object": f"reports/{dice[at] % 9_000}/weekly-{at}.md",
                    "place": f"bucket-{dice[at] % 12}",
                    "result": "ok" if dice[at] % 9 else "denied",
                    "address": address(dice[at] % ADDRESSES),
                    "agent": f"client/{dice[at] % 40}.1",
                },
            )
            for at in range(each)
        ]
        cover = {
            "source": source,
            "digest": "0" * 64,
            "skew_s": 0,
            "coverage_from_s": START_S,
            "coverage_to_s": START_S + span_s,
            "coverage_basis": "stated",
        }
        key = BodyKey(key_id=f"bdk_{number}", subject=source, month="2026-11", key=b"\0" * 32)
        keys.add(key)
        writer.put_rows(source=source, entry=0, key_id=key.key_id, cover=cover, rows=rows)
        state.append(Row(table="sources", key=source, data={**cover, "imported_at": START_S}))
        progress(f"{number + 1} of {logs} foreign logs")
    keys.close()
    return state


def address(number: int) -> str:
    """An address of a documentation network."""
    return f"2001:db8::{number:x}"


def build(folder: Path, events: int) -> dict[str, float]:
    """A home with so many events; what it takes on the disk."""
    paths = HomePaths.of(folder)
    for place in (paths.root, paths.state, paths.timeline):
        home_files.make_folder(place)
    facts = int(events * (1 - FOREIGN))
    store = SqliteFacts(paths.state / "state.db")
    began = time.perf_counter()
    writer = TimelineWriter(paths.timeline, write=home_files.write_private)
    lay_facts(paths, writer, facts)
    state = lay_rows(paths, writer, events - facts, facts)
    store.close()
    store = SqliteFacts(paths.state / "state.db")
    store.commit([], state)
    store.close()
    cursors = CursorFiles(paths.timeline, write=home_files.write_private)
    for name, position in (("facts", writer.list.end), ("rows", facts)):
        cursors.store(name, Cursor(position=position, at_s=int(START_S)))
    taken = sum(one.stat().st_size for one in paths.timeline.rglob("*") if one.is_file())
    return {"seconds": time.perf_counter() - began, "megabytes": taken / 1e6}


def ask(folder: Path, events: int, questions: int) -> dict[str, Any]:
    """Times of all kinds of questions in milliseconds, and this process's largest size."""
    paths = HomePaths.of(folder)
    facts = int(events * (1 - FOREIGN))
    store = SqliteFacts(paths.state / "state.db")
    ledger = SimpleNamespace(clear=ClearFacts(store, size=lambda: facts), state=store.state())
    asked = Questions(ledger=ledger, paths=paths)  # type: ignore[arg-type] # what it uses of one
    dice = iter_dice()
    span_s = facts // PER_SECOND

    def person() -> str:
        row = store.read(next(dice) % facts, 1)[0]
        return str(json.loads(row.data)["subjects"][0])

    def window() -> tuple[int, int]:
        start = START_S + next(dice) % max(1, span_s)
        return start, start + max(1, span_s // 100)

    def typed() -> Question:
        start, end = window()
        return Question(type="lock.set", since_s=start, until_s=end, only="facts")

    def foreign() -> Question:
        logs = max(1, (events - facts) // ROWS_OF_A_LOG)
        source = f"src_{next(dice) % logs:026}"
        return Question(source=source, address=address(next(dice) % ADDRESSES))

    kinds: Mapping[str, Callable[[], Question]] = {
        "subject": lambda: Question(subject=person()),
        "subject and type": lambda: Question(subject=person(), type="lock.set"),
        "type in a hundredth of the time": typed,
        "source and address": foreign,
        "address in all sources": lambda: Question(address=address(next(dice) % ADDRESSES)),
        "text that is nowhere": lambda: Question(text=f"nowhere-{next(dice)}"),
        "digits that are nowhere": lambda: Question(text=f"{next(dice) % 10**7:07}1{next(dice)}"),
        "text that is rare": lambda: Question(text=RARE),
        "text that is frequent": lambda: Question(text=f"model-{next(dice) % 17}"),
    }
    began = time.perf_counter()
    asked.ask(Question(text="first"))
    first_s = time.perf_counter() - began
    taken = {name: [timed(asked, make) for _ in range(questions)] for name, make in kinds.items()}
    times = {name: sorted(wall for wall, _ in all_) for name, all_ in taken.items()}
    busy = {name: sorted(cpu for _, cpu in all_) for name, all_ in taken.items()}
    found = asked.ask(Question(text=RARE, only="facts"))
    if len(found.facts) != min(100, (facts - 999 + 1_000_002) // 1_000_003) or not found.complete:
        raise SystemExit(f"the rare text was not found: {len(found.facts)}, {found.gaps}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    store.close()
    return {
        "first_ms": first_s * 1000,
        "peak_mb": peak,
        "p50": {name: statistics.median(all_) for name, all_ in times.items()},
        "p95": {name: all_[int(len(all_) * 0.95)] for name, all_ in times.items()},
        "cpu50": {name: statistics.median(all_) for name, all_ in busy.items()},
        "cpu95": {name: all_[int(len(all_) * 0.95)] for name, all_ in busy.items()},
    }


def timed(asked: Questions, make: Callable[[], Question]) -> tuple[float, float]:
    """Milliseconds of one question, by the clock and of processor; making it up is not counted."""
    question = make()
    began, busy = time.perf_counter(), time.process_time()
    asked.ask(question)
    return (time.perf_counter() - began) * 1000, (time.process_time() - busy) * 1000


def iter_dice() -> Iterator[int]:
    """Numbers by chance, the same in every run."""
    number = 1
    while True:
        number = number * 6364136223846793005 + 1442695040888963407 & (1 << 64) - 1
        yield number >> 16


def append(folder: Path) -> dict[str, float]:
    """What following costs: segments of facts out of the fact store, with the merges due."""
    paths = HomePaths.of(folder)
    for place in (paths.state, paths.timeline):
        home_files.make_folder(place)
    SqliteFacts(paths.state / "state.db").close()
    SqliteBodyKeys(paths.state / "bodykeys.db").close()
    empty = TimelineWriter(folder / "none", write=home_files.write_private)
    lay_facts(paths, empty, LARGEST + SEGMENT_FACTS - 1)
    follower = FactFollower(TimelineWriter(paths.timeline, write=home_files.write_private))
    feed = SqliteFeed(paths.state / "state.db", paths.state / "bodykeys.db")
    times = []
    for start in range(0, LARGEST, SEGMENT_FACTS):
        began = time.perf_counter()
        follower.take(feed.read(start, SEGMENT_FACTS))
        times.append(time.perf_counter() - began)
    feed.close()
    return {
        "segment_p50_ms": statistics.median(times) * 1000,
        "slowest_ms": max(times) * 1000,
        "fact_us": sum(times) / LARGEST * 1e6,
    }


def child(*words: str) -> dict[str, Any]:
    """The answer of this script run in a process of its own."""
    command = [sys.executable, __file__, *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)  # noqa: S603 - ourselves
    return dict(json.loads(done.stdout))


def progress(text: str) -> None:
    """Where it stands."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def main() -> int:
    """Print tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="10000,100000,1000000,10000000")
    parser.add_argument("--questions", type=int, default=40)
    parser.add_argument("--step", choices=("build", "ask", "append"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    sizes = [int(one) for one in given.sizes.split(",")]
    if given.step:
        steps: Mapping[str, Callable[[], Mapping[str, Any]]] = {
            "build": lambda: build(given.folder, sizes[0]),
            "ask": lambda: ask(given.folder, sizes[0], given.questions),
            "append": lambda: append(given.folder),
        }
        print(json.dumps(steps[given.step]()))
        return 0
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    print(f"{machine}, DuckDB {duckdb.__version__}, load {os.getloadavg()[0]:.1f} at the start\n")
    results = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="adyton-bench-") as place:
            words = ("--folder", place, "--sizes", str(size), "--questions", str(given.questions))
            built = child("--step", "build", *words)
            answered = child("--step", "ask", *words)
            results.append((size, built, answered))
            shutil.rmtree(place, ignore_errors=True)
            Path(place).mkdir()
        print(f"{size}: {answered}", file=sys.stderr)
    print(f"| p50 / p95, ms | {' | '.join(f'{size:,} events' for size in sizes)} |")
    print(f"|---|{'---|' * len(sizes)}")
    for name in results[0][2]["p50"]:
        cells = [f"{one['p50'][name]:.0f} / {one['p95'][name]:.0f}" for _, _, one in results]
        print(f"| {name} | {' | '.join(cells)} |")
    for name, which in (
        ("first question, ms", "first_ms"),
        ("largest resident size, MB", "peak_mb"),
    ):
        print(f"| {name} | {' | '.join(f'{one[which]:.0f}' for _, _, one in results)} |")
    sizes_mb = " | ".join(f"{built['megabytes']:.0f}" for _, built, _ in results)
    print(f"| segments on the disk, MB | {sizes_mb} |\n")
    with tempfile.TemporaryDirectory(prefix="adyton-bench-") as place:
        costs = child("--step", "append", "--folder", place)
    print("| following 262,144 facts | |\n|---|---|")
    for name, value in costs.items():
        print(f"| {name} | {value:.1f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
