"""Adds to the timeline: segments of facts, rows of foreign logs; merges, mends, forgets.

Files first, then the list, then what is no longer listed is removed: killed anywhere, the old list
stands with all its files, or the new one. One process writes (`writer_lock`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import cast

import duckdb
import msgspec

from adyton.adapters.duckdb_timeline.box import WRITE_MEMORY, opened, reporting
from adyton.adapters.duckdb_timeline.grams import grams_of, joined
from adyton.adapters.duckdb_timeline.segments import (
    FactSegment,
    RowSegment,
    SegmentFile,
    SegmentList,
    Segments,
)
from adyton.ledger.questions import FOREIGN_WORDS, ForeignRow, TimelineFact
from adyton.terms import Tampered, Unavailable

SEGMENT_FACTS = 4096
"""How many facts make a segment; fewer are read from the ledger itself."""
FAN = 8
"""How many segments of one size become one of the next."""
LARGEST = SEGMENT_FACTS * FAN * FAN
_STEP_ROWS = 8192
_NO_TIME = 0
_ROW_GROUP = 122_880
_NAME_GROUP = 20_480

_FACTS_TABLE = """CREATE OR REPLACE TABLE fresh (position BIGINT, epoch INTEGER, time BIGINT,
    type VARCHAR, writer VARCHAR, receipt VARCHAR, subjects VARCHAR[], names VARCHAR[],
    public VARCHAR, words VARCHAR)"""
_FACTS_INSERT = """INSERT INTO fresh SELECT unnest($1::BIGINT[]), unnest($2::INTEGER[]),
    unnest($3::BIGINT[]), unnest($4::VARCHAR[]), unnest($5::VARCHAR[]), unnest($6::VARCHAR[]),
    unnest($7::VARCHAR[][]), unnest($8::VARCHAR[][]), unnest($9::VARCHAR[]),
    unnest($10::VARCHAR[])"""
_MAIN = """SELECT position, epoch, time, type, writer, receipt, subjects, public FROM fresh
    ORDER BY position"""
_PARTS = {  # name: columns and source, order, how it is packed
    "main": (_MAIN, "zstd", _ROW_GROUP),
    "names": (
        "SELECT unnest(names) AS name, position, time, type FROM fresh ORDER BY name, position",
        "zstd",
        _NAME_GROUP,
    ),
    "words": (
        "SELECT position, time, type, words FROM fresh ORDER BY position",
        "lz4_raw",
        _ROW_GROUP,
    ),
}
_MERGED = {"main": "position", "names": "name, position", "words": "position"}
_SAID = ", ".join(f"{word} VARCHAR" for word in FOREIGN_WORDS)
_ROWS_TABLE = f"""CREATE OR REPLACE TABLE fresh (source VARCHAR, line BIGINT, time BIGINT,
    log_time BIGINT, {_SAID}, said VARCHAR)"""
_ROW_MARKS = ", ".join(f"unnest(${n}::VARCHAR[])" for n in range(5, 6 + len(FOREIGN_WORDS)))
_ROWS_INSERT = f"""INSERT INTO fresh SELECT $1, unnest($2::BIGINT[]), unnest($3::BIGINT[]),
    unnest($4::BIGINT[]), {_ROW_MARKS}"""
_COVER = "$digest AS digest, $skew_s AS skew_s, $coverage_from_s AS coverage_from_s,\
 $coverage_to_s AS coverage_to_s, $coverage_basis AS coverage_basis"
SEPARATOR = "\x1f"
"""Between what a row says, in the one column that is searched for text: no text has it."""
COVER_FIELDS = ("digest", "skew_s", "coverage_from_s", "coverage_to_s", "coverage_basis")


class TimelineWriter:
    """The one writer. Begins by removing what a kill left over, and a list that is damaged."""

    def __init__(self, folder: Path, *, write: Callable[[Path, bytes], None]) -> None:
        self.segments = Segments(folder, write=write)
        self.note = ""
        with _disk():
            self.segments.make_folders()
            try:
                self._list = self.segments.load()
            except Tampered as error:
                self.note = f"{error.message}: begun anew"
                self._list = SegmentList()
                self.segments.store(self._list)
            self.segments.remove_strays(self._list)

    @property
    def list(self) -> SegmentList:
        """What is there."""
        return self._list

    def add_facts(self, facts: Sequence[TimelineFact]) -> None:
        """One more segment of facts, right behind the last; merges where enough are alike."""
        if facts[0].position != self._list.end:
            raise Tampered("facts for the timeline do not follow those that are there")
        self.add_filled(lambda box: _insert(box, facts))

    def add_filled(self, fill: Callable[[duckdb.DuckDBPyConnection], None]) -> None:
        """One more segment out of the table `fresh` as `fill` fills it."""
        made = self._make_facts(fill)
        if made.start != self._list.end:
            raise Tampered("facts for the timeline do not follow those that are there")
        self._become(msgspec.structs.replace(self._list, facts=(*self._list.facts, made)))
        while self._merge():
            pass

    def mend_facts(self, damaged: FactSegment, facts: Iterable[TimelineFact]) -> None:
        """Write a segment again out of the same facts."""
        made = self._make_facts(lambda box: _insert(box, facts))
        if (made.start, made.end) != (damaged.start, damaged.end):
            raise Tampered("facts for a segment of the timeline are not whole")
        kept = tuple(made if one.start == made.start else one for one in self._list.facts)
        self._become(msgspec.structs.replace(self._list, facts=kept))

    def put_rows(
        self,
        *,
        source: str,
        entry: int,
        key_id: str,
        cover: Mapping[str, int | str],
        rows: Sequence[ForeignRow],
    ) -> None:
        """The rows of one foreign log, with its digest, skew and coverage beside each."""
        with _disk(), opened(self.segments.folder, memory=WRITE_MEMORY) as box, reporting():
            box.execute(_ROWS_TABLE)
            for start in range(0, len(rows), _STEP_ROWS):
                part = rows[start : start + _STEP_ROWS]
                said = [[one.says.get(word) for one in part] for word in FOREIGN_WORDS]
                columns = [
                    [one.line for one in part],
                    [one.time_s for one in part],
                    [one.log_time_s for one in part],
                ]
                whole = [SEPARATOR.join(one.says.values()) for one in part]
                box.execute(_ROWS_INSERT, [source, *columns, *said, whole])
            box.execute(
                f"CREATE OR REPLACE TABLE whole AS SELECT fresh.*, {_COVER} FROM fresh",  # noqa: S608 - fixed words
                {name: cover[name] for name in COVER_FIELDS},
            )
            query = "SELECT * FROM whole ORDER BY time, line"
            file = self._copy(box, f"rows/{source}.parquet", query, "lz4_raw", _NAME_GROUP)
        times = [one.time_s for one in rows] or [_NO_TIME]
        made = RowSegment(
            source=source,
            entry=entry,
            key_id=key_id,
            rows=len(rows),
            time_from=min(times),
            time_to=max(times),
            file=file,
        )
        kept = tuple(one for one in self._list.rows if one.source != source)
        self._become(msgspec.structs.replace(self._list, rows=(*kept, made)))

    def forget_rows(self, key_ids: Iterable[str]) -> None:
        """Take away every row that came out of a body under one of these keys."""
        gone = frozenset(key_ids)
        kept = tuple(one for one in self._list.rows if one.key_id not in gone)
        if len(kept) != len(self._list.rows):
            self._become(msgspec.structs.replace(self._list, rows=kept))

    def clear_facts(self) -> None:
        """Throw all facts away."""
        if self._list.facts:
            self._become(msgspec.structs.replace(self._list, facts=()))

    def clear_rows(self) -> None:
        """Throw all foreign rows away."""
        if self._list.rows:
            self._become(msgspec.structs.replace(self._list, rows=()))

    def _make_facts(self, fill: Callable[[duckdb.DuckDBPyConnection], None]) -> FactSegment:
        with _disk(), opened(self.segments.folder, memory=WRITE_MEMORY) as box, reporting():
            box.execute(_FACTS_TABLE)
            fill(box)
            return self._cut(box)

    def _cut(self, box: duckdb.DuckDBPyConnection) -> FactSegment:
        first, last, count, time_from, time_to = cast(
            "tuple[int, int, int, int, int]",
            box.execute(
                "SELECT min(position), max(position), count(*), min(time), max(time) FROM fresh"
            ).fetchone(),
        )
        if count != last + 1 - first:
            raise Tampered("facts for a segment of the timeline are not whole")
        found = box.execute("SELECT receipt FROM fresh WHERE position = $1", [last]).fetchone()
        stem = f"facts/{first:012}-{last + 1:012}"
        files = {
            part: self._copy(box, f"{stem}.{part}.parquet", query, packed, group)
            for part, (query, packed, group) in _PARTS.items()
        }
        words = box.execute("SELECT words FROM fresh").fetchall()
        files["grams"] = self.segments.put(f"{stem}.grams", grams_of(text for (text,) in words))
        return FactSegment(
            start=first,
            end=last + 1,
            time_from=time_from,
            time_to=time_to,
            last=str(found[0]) if found else "",
            **files,
        )

    def _merge(self) -> bool:
        """Join the last segments, if there are enough of one size that belong together."""
        for size in (SEGMENT_FACTS, SEGMENT_FACTS * FAN):
            run = self._list.facts[-FAN:]
            alike = [one for one in run if one.end - one.start == size]
            if len(alike) == FAN and run[0].start % (size * FAN) == 0:
                self._join(run)
                return True
        return False

    def _join(self, run: Sequence[FactSegment]) -> None:
        problem = self.segments.problem(file for one in run for file in one.files)
        if problem:  # nothing damaged gets a fresh digest
            raise Tampered(problem, mend="it is made again by itself")
        stem = f"facts/{run[0].start:012}-{run[-1].end:012}"
        with _disk(), opened(self.segments.folder, memory=WRITE_MEMORY) as box, reporting():
            files: dict[str, SegmentFile] = {}
            for part, order in _MERGED.items():
                places = [self.segments.path(getattr(one, part)) for one in run]
                # a folder above us may be named like a column
                files_read = f"read_parquet({_listed(places)}, hive_partitioning = false)"
                query = f"SELECT * FROM {files_read} ORDER BY {order}"  # noqa: S608 - our own names
                _, packed, group = _PARTS[part]
                files[part] = self._copy(box, f"{stem}.{part}.parquet", query, packed, group)
        maps = [self.segments.read(one.grams) for one in run]
        files["grams"] = self.segments.put(f"{stem}.grams", joined(maps))
        made = FactSegment(
            start=run[0].start,
            end=run[-1].end,
            time_from=min(one.time_from for one in run),
            time_to=max(one.time_to for one in run),
            last=run[-1].last,
            **files,
        )
        kept = (*self._list.facts[: -len(run)], made)
        self._become(msgspec.structs.replace(self._list, facts=kept))

    def _copy(
        self,
        box: duckdb.DuckDBPyConnection,
        name: str,
        query: str,
        packed: str,
        group: int,
    ) -> SegmentFile:
        place = self.segments.fresh(name)
        try:
            box.execute(
                f"COPY ({query}) TO {_quoted(str(place))} (FORMAT parquet, COMPRESSION {packed},"
                f" ROW_GROUP_SIZE {group}, USE_TMP_FILE false)"
            )
            return self.segments.settle(name)
        except BaseException:  # half a file holds what may be erased meanwhile
            place.unlink(missing_ok=True)
            raise

    def _become(self, found: SegmentList) -> None:
        with _disk():
            self.segments.store(found)
            self._list = found
            self.segments.remove_strays(found)


def write_export(place: Path, columns: Mapping[str, str], rows: Iterable[Sequence[object]]) -> None:
    """A Parquet file of these columns (name: DuckDB type) at `place`, a file that is there.

    All of it is held in memory. Raises Exhausted beyond that.
    """
    head = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    marks = ", ".join(
        f"unnest(${number}::{kind}[])" for number, kind in enumerate(columns.values(), start=1)
    )
    coming = iter(rows)
    with _disk(), opened(place.parent, memory=WRITE_MEMORY) as box, reporting():
        box.execute(f"CREATE TABLE fresh ({head})")
        while part := list(islice(coming, _STEP_ROWS)):
            values = [list(one) for one in zip(*part, strict=True)]
            box.execute(f"INSERT INTO fresh SELECT {marks}", values)
        box.execute(
            f"COPY fresh TO {_quoted(str(place))} (FORMAT parquet, COMPRESSION zstd,"
            " USE_TMP_FILE false)"
        )


def _insert(box: duckdb.DuckDBPyConnection, facts: Iterable[TimelineFact]) -> None:
    coming = iter(facts)
    while part := list(islice(coming, _STEP_ROWS)):
        box.execute(_FACTS_INSERT, _columns(part))


def _columns(facts: Sequence[TimelineFact]) -> list[object]:
    return [
        [one.position for one in facts],
        [one.epoch for one in facts],
        [one.time_s for one in facts],
        [one.type for one in facts],
        [one.writer for one in facts],
        [one.receipt for one in facts],
        [list(one.subjects) for one in facts],
        [list(one.names) for one in facts],
        [one.public for one in facts],
        [one.words for one in facts],
    ]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _listed(places: Iterable[str]) -> str:
    return f"[{', '.join(map(_quoted, places))}]"


class _disk:  # noqa: N801 - used as a word: with _disk()
    """A disk that fails, as ours."""

    def __enter__(self) -> None:
        """Nothing."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Raises Unavailable for an OSError."""
        if isinstance(error, OSError):
            raise Unavailable(
                "the timeline could not be written", mend="look for a full disk or missing rights"
            ) from error
