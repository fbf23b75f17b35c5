"""Where sealed bodies lie: rows of the fact store, or append-only segment files beside it.

    python bench/exp_bodies.py [--layouts rows direct moved] [--cases 10000x1 100000x1 10000x20]

`rows` is the real store. `direct` is a prototype that appends a group's bodies to a segment, syncs
it, then commits entries that point there. `moved` commits rows as today, and a mover takes 4,096
at a time into a segment, syncs it, and points their rows there. A case is bodies x kilobytes;
groups of 64, each one durable before the next. The layouts of a case run one after the other, so
that ratios count; files lie in --place (a temporary folder by default) and are removed.
"""
# ruff: noqa: SLF001 - the prototypes go under the real store

import argparse
import contextlib
import json
import os
import random  # noqa: TID251 - which bodies to read
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from adyton.adapters.facts_copy import copy_facts
from adyton.adapters.sqlite import SqliteFacts
from adyton.ledger.ports import SealedBody, StoredFact
from adyton.terms import ReceiptId

GROUP, MOVED_AT_ONCE, SEGMENT_BYTES = 64, 4096, 64 << 20
ENTRY, READS = 600, 1000
SEED = 3
POINTERS = """
CREATE TABLE IF NOT EXISTS pointers (
    position INTEGER PRIMARY KEY, key_id TEXT NOT NULL,
    segment INTEGER NOT NULL, at INTEGER NOT NULL, length INTEGER NOT NULL
)"""


def facts(start: int, count: int, size: int) -> list[StoredFact]:
    """Facts as they are stored; bodies of bytes that nothing can compress."""
    return [
        StoredFact(
            index=number,
            receipt=ReceiptId(f"rct_{number:026d}"),
            data=os.urandom(ENTRY),
            body=SealedBody(key_id=f"bdk_{number % 50:026d}", sealed=os.urandom(size)),
        )
        for number in range(start, start + count)
    ]


class Segments:
    """Append-only files, the newest of them open."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder, self.number, self.at, self.file = folder, -1, SEGMENT_BYTES, -1

    def append(self, bodies: Sequence[bytes]) -> list[tuple[int, int, int]]:
        """Where each lies, once all are durable."""
        if self.at >= SEGMENT_BYTES:
            self.close()
            self.number, self.at = self.number + 1, 0
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            self.file = os.open(self.folder / f"{self.number:06}", flags, 0o600)
            folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
            os.fsync(folder)
            os.close(folder)
        places = []
        for one in bodies:
            places.append((self.number, self.at, len(one)))
            self.at += len(one)
        data = memoryview(b"".join(bodies))
        while data:
            data = data[os.write(self.file, data) :]
        os.fdatasync(self.file)
        return places

    def close(self) -> None:
        """Let go of the newest file."""
        if self.file >= 0:
            os.close(self.file)
            self.file = -1


class Rows:
    """The store as it is."""

    name = "rows"

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / "state.db"
        self.store = SqliteFacts(self.path)
        self.later_s = 0.0

    def commit(self, some: Sequence[StoredFact]) -> None:
        """Make a group durable."""
        self.store.commit(some, [])

    def read(self, position: int) -> bytes:
        """One sealed body."""
        body = self.store.read(position, 1)[0].body
        return b"" if body is None else body.sealed

    def finish(self) -> None:
        """What is still to be done after the last commit."""

    def close(self) -> None:
        """Let go of the files."""
        self.store.close()

    def files(self) -> list[Path]:
        """All that it keeps."""
        return [one for one in self.folder.rglob("*") if one.is_file()]

    def backup(self, target: Path) -> None:
        """A copy, synced, as a backup takes it."""
        copy_facts(self.path, target / "facts.db")


class Direct(Rows):
    """Segment first, then the entries that point there."""

    name = "direct"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.store._writing.execute(POINTERS)
        self.segments = Segments(folder / "bodies")

    def commit(self, some: Sequence[StoredFact]) -> None:
        """Two syncs: the segment, then the database."""
        places = self.segments.append([one.body.sealed for one in some if one.body])
        connection = self.store._writing
        connection.execute("BEGIN IMMEDIATE")
        self.store._insert(
            "INSERT INTO entries VALUES", [(one.index, one.receipt, one.data) for one in some]
        )
        self.point(some, places)
        connection.execute("COMMIT")

    def point(self, some: Sequence[StoredFact], places: Sequence[tuple[int, int, int]]) -> None:
        """Rows that say where bodies lie."""
        rows = [
            (one.index, one.body.key_id if one.body else "", *place)
            for one, place in zip(some, places, strict=True)
        ]
        self.store._insert("INSERT INTO pointers VALUES", rows)

    def read(self, position: int) -> bytes:
        """One sealed body, from its segment."""
        rows = self.store._readers.select(
            "SELECT data, key_id, segment, at, length FROM entries JOIN pointers USING (position)"
            " WHERE position = ?",
            (position,),
        )
        if not rows:
            return super().read(position)
        _, _, segment, at, length = rows[0]
        with (self.folder / "bodies" / f"{segment:06}").open("rb", buffering=0) as file:
            file.seek(at)
            return file.read(length)

    def close(self) -> None:
        """Let go of the files."""
        super().close()
        self.segments.close()

    def backup(self, target: Path) -> None:
        """The same, with the segments."""
        super().backup(target)
        with contextlib.closing(sqlite3.connect(target / "facts.db")) as copy:
            copy.execute("ATTACH ? AS live", (str(self.path),))
            copy.execute("CREATE TABLE pointers AS SELECT * FROM live.pointers")
            copy.commit()
        for one in sorted((self.folder / "bodies").iterdir()):
            shutil.copyfile(one, target / one.name)
            with (target / one.name).open("rb") as file:
                os.fsync(file.fileno())


class Moved(Direct):
    """Rows first, as the promise needs one sync only; moved afterwards."""

    name = "moved"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.moved = 0

    def commit(self, some: Sequence[StoredFact]) -> None:
        """As rows."""
        Rows.commit(self, some)

    def finish(self) -> None:
        """Move the rest."""
        began = time.perf_counter()
        while self.store.size > self.moved:
            self.move()
        self.later_s += time.perf_counter() - began

    def move_due(self) -> None:
        """Move if enough waits."""
        began = time.perf_counter()
        if self.store.size - self.moved >= MOVED_AT_ONCE:
            self.move()
            self.later_s += time.perf_counter() - began

    def move(self) -> None:
        """Move the oldest that are still rows."""
        some = self.store.read(self.moved, MOVED_AT_ONCE)
        places = self.segments.append([one.body.sealed for one in some if one.body])
        connection = self.store._writing
        connection.execute("BEGIN IMMEDIATE")
        self.point(some, places)
        end = some[-1].index
        connection.execute("DELETE FROM bodies WHERE position BETWEEN ? AND ?", (self.moved, end))
        connection.execute("COMMIT")
        self.moved = end + 1


LAYOUTS: dict[str, Callable[[Path], Rows]] = {"rows": Rows, "direct": Direct, "moved": Moved}


def timed(act: Callable[[], object]) -> float:
    """Seconds that it takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def forget(files: Sequence[Path]) -> None:
    """Ask the system to drop what it holds of these files; they are synced before."""
    os.sync()
    for one in files:
        file = os.open(one, os.O_RDONLY)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(file)


def ms(seconds: Sequence[float]) -> str:
    """Median and 99th percentile in milliseconds."""
    ordered = sorted(seconds)
    return f"{statistics.median(ordered) * 1e3:.2f}/{ordered[int(len(ordered) * 0.99)] * 1e3:.2f}"


def append(layout: Rows, count: int, size: int) -> dict[str, object]:
    """All appends, each group durable before the next."""
    took, wal = [], 0
    log = layout.path.with_name("state.db-wal")
    cpu = time.process_time()
    spent = 0.0
    for start in range(0, count, GROUP):
        made = time.process_time()
        some = facts(start, min(GROUP, count - start), size)
        spent += time.process_time() - made
        took.append(timed(lambda some=some: layout.commit(some)))
        wal = max(wal, log.stat().st_size)
        if isinstance(layout, Moved):
            layout.move_due()
    layout.finish()
    whole = sum(took)
    return {
        "commit p50/p99 ms": ms(took),
        "facts/s": round(count / whole),
        "facts/s with the mover": round(count / (whole + layout.later_s)),
        "cpu us/fact": round((time.process_time() - cpu - spent) / count * 1e6, 1),
        "WAL MB": round(wal / 1e6, 1),
    }


def reads(layout: Rows, count: int, *, cold: bool) -> str:
    """Random bodies, one by one."""
    chosen = random.Random(SEED)  # noqa: S311 - no secret
    took = []
    if cold:
        forget(layout.files())
    for _ in range(READS):
        position = chosen.randrange(count)
        took.append(timed(lambda position=position: layout.read(position)))
    return ms(took)


def walk(layout: Rows, *, bodies: bool) -> float:
    """Every entry in order, as a check of the state or a question without index does."""
    return timed(lambda: [None for _ in pages(layout, bodies=bodies)])


def pages(layout: Rows, *, bodies: bool) -> Iterator[Sequence[StoredFact]]:
    """All that the store reads, page by page; the prototypes' bodies are not in it."""
    at = 0
    while page := layout.store.read(at, 1000, bodies=bodies):
        at += len(page)
        yield page


def measure(name: str, count: int, kilobytes: int, place: Path) -> dict[str, object]:
    """One layout, one case."""
    folder = Path(tempfile.mkdtemp(dir=place))
    try:
        layout = LAYOUTS[name](folder)
        found: dict[str, object] = {"layout": name, "bodies": count, "KB": kilobytes}
        found |= append(layout, count, kilobytes * 1024)
        layout.close()
        sizes = [one.stat().st_size for one in layout.files()]
        found["disk MB"] = round(sum(sizes) / 1e6, 1)
        forget(layout.files())
        began = time.perf_counter()
        layout = LAYOUTS[name](folder)
        layout.read(count // 2)
        found["open cold ms"] = round((time.perf_counter() - began) * 1e3, 1)
        found["read cold p50/p99 ms"] = reads(layout, count, cold=True)
        found["read warm p50/p99 ms"] = reads(layout, count, cold=False)
        forget(layout.files())
        found["walk in clear cold s"] = round(walk(layout, bodies=False), 2)
        forget(layout.files())
        found["walk as the store reads, cold s"] = round(walk(layout, bodies=True), 2)
        target = folder / "backup"
        target.mkdir()
        forget(layout.files())
        found["backup s"] = round(timed(lambda: layout.backup(target)), 2)
        shutil.rmtree(target)
        layout.close()
        with contextlib.closing(sqlite3.connect(layout.path)) as connection:
            found["VACUUM s"] = round(timed(lambda: connection.execute("VACUUM")), 2)
        sizes = [one.stat().st_size for one in layout.files()]
        found["disk MB after VACUUM"] = round(sum(sizes) / 1e6, 1)
        return found
    finally:
        shutil.rmtree(folder)


def main() -> None:
    """Each case by each layout, a line of JSON each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--layouts", nargs="+", default=list(LAYOUTS))
    parser.add_argument("--cases", nargs="+", default=["10000x1", "100000x1", "10000x20"])
    parser.add_argument("--place", type=Path, default=None)
    arguments = parser.parse_args()
    for case in arguments.cases:
        count, _, kilobytes = case.partition("x")
        for name in arguments.layouts:
            print(
                json.dumps(measure(name, int(count), int(kilobytes), arguments.place)), flush=True
            )
    sys.stdout.flush()


if __name__ == "__main__":
    main()
