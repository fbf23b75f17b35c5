"""Answers questions from the segments: fixed queries, bound values, the oldest or newest first.

What a question names becomes a value of one of the queries below, never a part of one. Facts are
found, not told: the answer is their indexes, and the ledger tells what stands there.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Final

import duckdb

from adyton.adapters.duckdb_timeline.box import READ_MEMORY, opened, reporting
from adyton.adapters.duckdb_timeline.segments import FactSegment, RowSegment, SegmentList, Segments
from adyton.adapters.duckdb_timeline.sparing import Grams, Span, joined
from adyton.ledger.questions import FOREIGN_WORDS, ForeignRow, Found, Gap, Question
from adyton.terms import Tampered, Unavailable

TRIES: Final = 3
"""The writer may replace segments while they are read; then the new list is read."""
_MOST_AT_ONCE: Final = 64
_PLAIN = "hive_partitioning = false"  # a folder above us may be named like a column
_TIME = "time BETWEEN $since AND $until"
_POSITION = "position > $after"
_SAID = ", ".join(FOREIGN_WORDS)


class ParquetTimeline:
    """A `Timeline` over one folder of segments; opens it anew for each question."""

    def __init__(self, folder: Path, *, write: Callable[[Path, bytes], None]) -> None:
        self._segments = Segments(folder, write=write)
        self._lock = Lock()
        self._grams = Grams(self._segments)

    def sources(self) -> frozenset[str]:
        """The foreign logs whose rows are here."""
        return frozenset(one.source for one in self._loaded().rows)

    def find(self, question: Question, *, hidden: frozenset[str]) -> Found:
        """What fits. What is damaged is a gap."""
        with self._lock:
            for _ in range(TRIES - 1):
                listed = self._loaded()
                try:
                    return self._find(question, listed, hidden)
                except Unavailable:
                    if self._loaded() == listed:
                        raise
            return self._find(question, self._loaded(), hidden)

    def _loaded(self) -> SegmentList:
        try:
            return self._segments.load()
        except Tampered:  # nothing is there that could be trusted: all of it is behind `end`
            return SegmentList()

    def _find(self, question: Question, listed: SegmentList, hidden: frozenset[str]) -> Found:
        gaps: list[Gap] = []
        unread: dict[str, str] = {}
        self._grams.keep(listed)
        with opened(self._segments.folder, memory=READ_MEMORY) as box, reporting():
            positions = (
                list(self._facts(box, question, listed.facts, gaps)) if question.of_facts else []
            )
            rows = self._rows(box, question, listed.rows, hidden, unread)
        return Found(
            positions=positions, rows=rows, end=listed.end, gaps=tuple(gaps), unread=unread
        )

    def _facts(
        self,
        box: duckdb.DuckDBPyConnection,
        question: Question,
        segments: Iterable[FactSegment],
        gaps: list[Gap],
    ) -> Iterator[int]:
        wanted = [
            (one, spans)
            for one in segments
            if one.end - 1 > question.after
            and one.time_to >= question.since_s
            and one.time_from <= question.until_s
            and (spans := self._spans(one, question.text, gaps))
        ]
        if question.newest:
            wanted.reverse()
        left, step = question.limit + 1, 1
        while wanted and left > 0:
            group, wanted = wanted[:step], wanted[step:]
            step = min(step * 2, _MOST_AT_ONCE)
            spans = sorted(span for _, spans in group for span in spans)
            query, parts = _fact_query(question, joined(spans))
            files = {part: self._good([one for one, _ in group], part, gaps) for part in parts}
            if not all(files.values()):
                continue
            values = {**_values(question, query), **files, "limit": left}
            for (position,) in box.execute(query, values).fetchall():
                left -= 1
                yield position

    def _spans(self, one: FactSegment, text: str, gaps: list[Gap]) -> list[Span]:
        """What of a segment need be searched for a text; damaged grams make it a gap."""
        if not text:
            return [Span(one.start, one.end - 1)]
        try:
            return self._grams.spans(one, text)
        except Tampered as error:
            gaps.append(Gap(start=one.start, end=one.end - 1, why=error.message))
            return []

    def _good(self, group: Sequence[FactSegment], part: str, gaps: list[Gap]) -> list[str]:
        """Files that are as they were written; the others become gaps."""
        good = []
        for one in group:
            file = getattr(one, part)
            if problem := self._segments.problem((file,)):
                gap = Gap(start=one.start, end=one.end - 1, why=problem)
                gaps.extend([gap] if gap not in gaps else [])
            else:
                good.append(self._segments.path(file))
        return good

    def _rows(
        self,
        box: duckdb.DuckDBPyConnection,
        question: Question,
        segments: Iterable[RowSegment],
        hidden: frozenset[str],
        unread: dict[str, str],
    ) -> list[ForeignRow]:
        files: list[str] = []
        for one in segments:
            if (
                not question.of_rows
                or one.source in hidden
                or question.source not in {"", one.source}
                or one.time_to < question.since_s
                or one.time_from > question.until_s
                or one.time_to < question.after_row[0]
            ):
                continue
            try:
                if not self._grams.may_hold(one, filter(None, (question.text, question.address))):
                    continue
                problem = self._segments.problem(one.parts)
            except Tampered as error:
                problem = error.message
            if problem:
                unread[one.source] = problem
            else:
                files += map(self._segments.path, one.parts)
        if not files:
            return []
        query = _row_query(question)
        values = {**_values(question, query), "files": files, "limit": question.limit + 1}
        return [_row(*one) for one in box.execute(query, values).fetchall()]


def _fact_query(question: Question, spans: Iterable[Span]) -> tuple[str, tuple[str, ...]]:
    """The query for facts in these spans, and the parts of segments that it reads."""
    within = " OR ".join(f"position BETWEEN {low:d} AND {high:d}" for low, high in spans)
    tests = [_POSITION, _TIME, f"({within})", *(["type = $type"] if question.type else [])]
    order = "DESC" if question.newest else "ASC"
    end = f"ORDER BY position {order} LIMIT $limit"
    if question.subject and question.text:
        named = f"SELECT position FROM read_parquet($names, {_PLAIN}) WHERE name = $subject"  # noqa: S608 - fixed words
        tests += ["contains(words, $text)", f"position IN ({named})"]
        parts: tuple[str, ...] = ("words", "names")
    elif question.subject:
        tests.append("name = $subject")
        parts = ("names",)
    elif question.text:
        tests.append("contains(words, $text)")
        parts = ("words",)
    else:
        parts = ("main",)
    read = f"read_parquet(${parts[0]}, {_PLAIN})"
    return f"SELECT position FROM {read} WHERE {' AND '.join(tests)} {end}", parts  # noqa: S608 - fixed words


def _row_query(question: Question) -> str:
    tests = [_TIME, "(time, source, line) > ($row_time, $row_source, $row_line)"]
    tests += ["action = $type"] if question.type else []
    tests += ["address = $address"] if question.address else []
    tests += ["contains(said, $text)"] if question.text else []
    order = "DESC" if question.newest else "ASC"
    return (
        f"SELECT source, line, time, log_time, {_SAID} FROM read_parquet($files, {_PLAIN})"  # noqa: S608 - fixed words
        f" WHERE {' AND '.join(tests)}"
        f" ORDER BY time {order}, source {order}, line {order} LIMIT $limit"
    )


def _values(question: Question, query: str) -> Mapping[str, object]:
    """The values that the query has a place for."""
    time_s, source, line = question.after_row
    known = {
        "after": question.after,
        "since": question.since_s,
        "until": question.until_s,
        "type": question.type,
        "subject": question.subject,
        "text": question.text,
        "address": question.address,
        "row_time": time_s,
        "row_source": source,
        "row_line": line,
    }
    return {name: value for name, value in known.items() if f"${name}" in query}


def _row(source: str, line: int, time_s: int, log_time_s: int, *said: str | None) -> ForeignRow:
    return ForeignRow(
        source=source,
        line=line,
        time_s=time_s,
        log_time_s=log_time_s,
        says={
            word: text for word, text in zip(FOREIGN_WORDS, said, strict=True) if text is not None
        },
    )
