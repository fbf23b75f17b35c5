"""Adds to the timeline: segments of facts, rows of foreign logs; merges, mends, forgets.

Files first, then the list, then what is no longer listed is removed: killed anywhere, the old list
stands with all its files, or the new one. One process writes (`writer_lock`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import cast

import duckdb
import msgspec

from adyton.adapters.duckdb_timeline.box import (
    WRITE_MEMORY,
    disk,
    listed,
    opened,
    quoted,
    reporting,
)
from adyton.adapters.duckdb_timeline.grams import FACT_BITS, ROW_BITS, grams_of
from adyton.adapters.duckdb_timeline.segments import (
    FactSegment,
    RowSegment,
    SegmentFile,
    SegmentList,
    Segments,
)
from adyton.ledger.questions import FOREIGN_WORDS, ForeignRow, TimelineFact
from adyton.terms import Exhausted, Tampered

SEGMENT_FACTS = 4096
"""How many facts make a segment; fewer are read from the ledger itself."""
FAN = 8
"""How many segments of one size become one of the next."""
LARGEST = SEGMENT_FACTS * FAN * FAN
_STEP_ROWS = 1024
_PART_CHARS = 8 << 20
"""Of a foreign log: what stands in one file of it. Each sign may take three bytes, twice."""
_NO_TIME = 0
_ROW_GROUP = 16_384
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
        SEGMENT_FACTS,  # as many as have one bitmap: where none fits none is read
    ),
}
_ORDERED = {"main": "", "names": "ORDER BY name, position", "words": ""}
"""Of merges: what lies by position is in order already, as its segments are."""
_SAID = ", ".join(f"{word} VARCHAR" for word in FOREIGN_WORDS)
_ROWS_TABLE = f"""CREATE OR REPLACE TABLE fresh (line BIGINT, time BIGINT, log_time BIGINT,
    {_SAID})"""
_ROW_MARKS = ", ".join(f"unnest(${n}::VARCHAR[])" for n in range(4, 4 + len(FOREIGN_WORDS)))
_ROWS_INSERT = f"""INSERT INTO fresh SELECT unnest($1::BIGINT[]), unnest($2::BIGINT[]),
    unnest($3::BIGINT[]), {_ROW_MARKS}"""
COVER_FIELDS = ("digest", "skew_s", "coverage_from_s", "coverage_to_s", "coverage_basis")
_ROWS_WHOLE = f"""SELECT $source AS source, *,
    concat_ws(chr(31), {", ".join(FOREIGN_WORDS)}) AS said,
    {", ".join(f"${name} AS {name}" for name in COVER_FIELDS)} FROM fresh"""  # noqa: S608 - fixed words
"""`said` is the one column that is searched for text. chr(31) stands between: no text has it."""


class TimelineWriter:
    """The one writer. Begins by removing what a kill left over, and a list that is damaged."""

    def __init__(self, folder: Path, *, write: Callable[[Path, bytes], None]) -> None:
        self.segments = Segments(folder, write=write)
        self._too_long: set[tuple[int, int]] = set()
        with disk():
            self.segments.make_folders()
            self._list, self.note = self._begun()
            self.segments.remove_strays(self._list)

    def _begun(self) -> tuple[SegmentList, str]:
        """The list; where there is none that can be read, an empty one, and why.

        The cursors go first: they stand behind facts that the empty list lacks.
        """
        why = ""
        if self.segments.is_there():
            try:
                return self.segments.load(), ""
            except Tampered as error:
                why = f"{error.message}: begun anew"
        self.segments.remove_cursors()
        empty = SegmentList()
        self.segments.store(empty)
        return empty, why

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
        made = self._make_facts(fill, block=SEGMENT_FACTS)
        if made.start != self._list.end:
            raise Tampered("facts for the timeline do not follow those that are there")
        self._become(msgspec.structs.replace(self._list, facts=(*self._list.facts, made)))
        self._merge_all()

    def mend_facts(self, damaged: FactSegment, facts: Iterable[TimelineFact]) -> None:
        """Write a segment again out of the same facts; in pieces, as they may be long."""
        coming, made = iter(facts), list[FactSegment]()
        while part := list(islice(coming, damaged.block)):
            made.append(self._make_facts(partial(_insert, facts=part), block=damaged.block))
        ends = [damaged.start, *(one.end for one in made)]
        if ends != [*(one.start for one in made), damaged.end]:
            raise Tampered("facts for a segment of the timeline are not whole")
        kept = [one for one in self._list.facts if one.start != damaged.start]
        whole = tuple(sorted((*kept, *made), key=lambda one: one.start))
        self._become(msgspec.structs.replace(self._list, facts=whole))
        self._merge_all()

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
        rows = sorted(rows, key=lambda one: (one.time_s, one.line))
        stem, beside = f"rows/{source}", {name: cover[name] for name in COVER_FIELDS}
        parts = tuple(
            self._put_part(f"{stem}.{number}.parquet", part, {"source": source, **beside})
            for number, part in enumerate(_parts(rows))
        )
        said = (text for one in rows for text in one.says.values())
        with disk():
            grams = self.segments.put(f"{stem}.grams", grams_of(said, bits=ROW_BITS))
        made = RowSegment(
            source=source,
            entry=entry,
            key_id=key_id,
            rows=len(rows),
            time_from=rows[0].time_s if rows else _NO_TIME,
            time_to=rows[-1].time_s if rows else _NO_TIME,
            parts=parts,
            grams=grams,
        )
        kept = tuple(one for one in self._list.rows if one.source != source)
        self._become(msgspec.structs.replace(self._list, rows=(*kept, made)))

    def _put_part(
        self, name: str, rows: Sequence[ForeignRow], beside: Mapping[str, int | str]
    ) -> SegmentFile:
        with disk(), opened(self.segments.folder, memory=WRITE_MEMORY) as box, reporting():
            box.execute(_ROWS_TABLE)
            for start in range(0, len(rows), _STEP_ROWS):
                part = rows[start : start + _STEP_ROWS]
                columns = [
                    [one.line for one in part],
                    [one.time_s for one in part],
                    [one.log_time_s for one in part],
                    *([one.says.get(word) for one in part] for word in FOREIGN_WORDS),
                ]
                box.execute(_ROWS_INSERT, columns)
            return self._copy(box, name, _ROWS_WHOLE, "lz4_raw", _NAME_GROUP, values=beside)

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

    def _make_facts(
        self, fill: Callable[[duckdb.DuckDBPyConnection], None], *, block: int
    ) -> FactSegment:
        with disk(), opened(self.segments.folder, memory=WRITE_MEMORY) as box, reporting():
            box.execute(_FACTS_TABLE)
            fill(box)
            return self._cut(box, block)

    def _cut(self, box: duckdb.DuckDBPyConnection, block: int) -> FactSegment:
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
        found_words = box.execute("SELECT words FROM fresh ORDER BY position")
        maps = []
        while part := found_words.fetchmany(block):
            maps.append(grams_of((text for (text,) in part), bits=FACT_BITS))
        files["grams"] = self.segments.put(f"{stem}.grams", b"".join(maps))
        return FactSegment(
            start=first,
            end=last + 1,
            block=block,
            time_from=time_from,
            time_to=time_to,
            last=str(found[0]) if found else "",
            **files,
        )

    def _merge_all(self) -> None:
        while run := self._alike():
            try:
                self._join(run)
            except Exhausted:  # they are long, and go on apart
                self._too_long.add((run[0].start, run[-1].end))

    def _alike(self) -> Sequence[FactSegment]:
        """The first segments of one size that make one of the next, if there are any."""
        listed = self._list.facts
        for size in (SEGMENT_FACTS, SEGMENT_FACTS * FAN):
            for at, one in enumerate(listed):
                run = listed[at : at + FAN]
                if (
                    one.start % (size * FAN) == 0
                    and [each.end - each.start for each in run] == [size] * FAN
                    and (one.start, run[-1].end) not in self._too_long
                ):
                    return run
        return ()

    def _join(self, run: Sequence[FactSegment]) -> None:
        problem = self.segments.problem(file for one in run for file in one.files)
        if problem:  # nothing damaged gets a fresh digest
            raise Tampered(problem, mend="it is made again by itself")
        stem = f"facts/{run[0].start:012}-{run[-1].end:012}"
        with disk(), opened(self.segments.folder, memory=WRITE_MEMORY) as box, reporting():
            files: dict[str, SegmentFile] = {}
            for part, ordered in _ORDERED.items():
                places = [self.segments.path(getattr(one, part)) for one in run]
                # a folder above us may be named like a column
                files_read = f"read_parquet({listed(places)}, hive_partitioning = false)"
                query = f"SELECT * FROM {files_read} {ordered}"  # noqa: S608 - our own names
                _, packed, group = _PARTS[part]
                files[part] = self._copy(box, f"{stem}.{part}.parquet", query, packed, group)
        maps = [self.segments.read(one.grams) for one in run]
        files["grams"] = self.segments.put(f"{stem}.grams", b"".join(maps))
        made = FactSegment(
            start=run[0].start,
            end=run[-1].end,
            block=run[0].block,
            time_from=min(one.time_from for one in run),
            time_to=max(one.time_to for one in run),
            last=run[-1].last,
            **files,
        )
        at = self._list.facts.index(run[0])
        kept = (*self._list.facts[:at], made, *self._list.facts[at + len(run) :])
        self._become(msgspec.structs.replace(self._list, facts=kept))

    def _copy(
        self,
        box: duckdb.DuckDBPyConnection,
        name: str,
        query: str,
        packed: str,
        group: int,
        *,
        values: Mapping[str, object] | None = None,
    ) -> SegmentFile:
        place = self.segments.fresh(name)
        try:
            box.execute(
                f"COPY ({query}) TO {quoted(str(place))} (FORMAT parquet, COMPRESSION {packed},"
                f" ROW_GROUP_SIZE {group}, USE_TMP_FILE false)",
                values or {},
            )
            return self.segments.settle(name)
        except BaseException:  # half a file holds what may be erased meanwhile
            place.unlink(missing_ok=True)
            raise

    def _become(self, found: SegmentList) -> None:
        with disk():
            self.segments.store(found)
            self._list = found
            self.segments.remove_strays(found)


def _parts(rows: Sequence[ForeignRow]) -> Iterator[Sequence[ForeignRow]]:
    """The rows of a log in parts, as long ones would need too much memory at once."""
    start = chars = 0
    for at, one in enumerate(rows):
        chars += sum(map(len, one.says.values()))
        if chars > _PART_CHARS:
            yield rows[start : at + 1]
            start, chars = at + 1, 0
    if start < len(rows):
        yield rows[start:]


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
