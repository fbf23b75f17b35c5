"""Answers to questions: found in the timeline, told by the ledger, with what was not searched.

1. Let the followers catch up, where nobody else runs them. 2. Ask the timeline which facts fit.
3. Read each of them from the ledger, and look whether it does fit. 4. Search the newest facts,
which the timeline lacks, in the ledger itself. 5. Say what was not searched, and why.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, Final, cast

from adyton.adapters import home_files
from adyton.adapters.duckdb_timeline import ParquetTimeline
from adyton.assembly.following import FOLLOWERS, catch_up, rows_of
from adyton.assembly.home import HomePaths
from adyton.ledger import Ledger
from adyton.ledger.clear import ClearFacts
from adyton.ledger.envelope import Envelope
from adyton.ledger.erasing import ERASURES
from adyton.ledger.questions import ForeignRow, Found, Gap, Question, fits, row_fits
from adyton.ledger.sealing import month_of
from adyton.terms import AdytonError, BodyState, Json, Missing, ReceiptId, Tampered

Clear = tuple[int, Envelope]
TAIL_MOST: Final = 4 * FOLLOWERS["facts"]
"""How many of the newest facts are searched in the ledger itself."""
SOURCES_MOST: Final = 4
"""How many foreign logs are read from their sealed bodies for one question."""
_READ: Final = 1024
DIARY = logging.getLogger("adyton.questions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What fits, the oldest first, and what was not searched.

    `more_*`: there is more than was asked for. `searched_to`: facts below it were looked at, but
    for `gaps`. `erased`: sources whose rows are gone for good; `unread`: those that cannot be read
    now, and why. `damaged`: what was found damaged; it was made again, or it is a gap or unread.
    `of_source`: the one that was asked for.
    """

    facts: Sequence[Clear] = ()
    rows: Sequence[ForeignRow] = ()
    more_facts: bool = False
    more_rows: bool = False
    searched_to: int = 0
    gaps: Sequence[Gap] = ()
    erased: Sequence[str] = ()
    unread: Mapping[str, str] = field(default_factory=dict)
    damaged: Sequence[str] = ()
    of_source: str = ""

    @property
    def complete(self) -> bool:
        """Whether everything was searched that was asked for, and is there."""
        return not self.gaps and not self.unread and self.of_source not in self.erased


class Questions:
    """The record's answers. Safe from threads."""

    def __init__(self, *, ledger: Ledger, paths: HomePaths) -> None:
        self._ledger = ledger
        self._clear = ledger.clear
        self._paths = paths
        self._timeline = ParquetTimeline(paths.timeline, write=home_files.write_private)
        self._tail = _Tail(ledger.clear)

    def ask(self, question: Question) -> Answered:
        """The answer. Raises Malformed, Missing, Exhausted, Unavailable, Tampered."""
        question.check()
        if question.source and self._ledger.state.get("sources", question.source) is None:
            raise Missing("no foreign log of that name", mend="see adyton sources list")
        size = self._clear.size()
        if not question.searches and not question.of_rows:
            return self._plain(question, size)
        # 1
        why = self._caught_up(size)
        # 2
        erased, unread, fresh = self._sources(question)
        found = self._timeline.find(question, hidden=frozenset(erased))
        mended = self._damage(found)
        if mended and not self._caught_up(size, damaged=True):
            found = self._timeline.find(question, hidden=frozenset(erased))
        # 3
        facts = self._told(question, found.positions)
        # 4
        gaps = list(found.gaps)
        if question.of_facts:
            facts += self._tail.search(question, found, size, gaps, why)
        rows = [*found.rows, *(row for row in fresh if row_fits(question, row))]
        # 5
        return _cut(
            question,
            Answered(
                facts=facts,
                rows=rows,
                searched_to=size,
                gaps=tuple(sorted(gaps, key=lambda gap: gap.start)),
                erased=tuple(sorted(erased)),
                unread={**found.unread, **unread},
                damaged=mended,
                of_source=question.source,
            ),
        )

    def one(self, what: str) -> Clear:
        """The fact with that receipt or index. Raises Missing."""
        if what.isascii() and what.isdigit():
            return self._clear.at(int(what))
        return self._clear.at(self._ledger.entry(ReceiptId(what)).index)

    def _plain(self, question: Question, size: int) -> Answered:
        """Facts by their index alone: no search, the ledger itself."""
        start = question.after + 1
        if question.newest:
            start = max(start, size - question.limit - 1)
        facts = self._clear.read(start, question.limit + 1)
        return _cut(question, Answered(facts=facts, searched_to=size))

    def _damage(self, found: Found) -> tuple[str, ...]:
        """What is damaged in the timeline; said aloud, whether it can be made again or not."""
        problems = (*(gap.why for gap in found.gaps), *found.unread.values())
        for problem in problems:
            DIARY.warning("%s: to be made again", problem)
        return problems

    def _caught_up(self, size: int, *, damaged: bool = False) -> str:
        """Let the followers catch up if much waits for them; why they could not ("" if they did).

        A timeline that cannot be written costs no answer, but is told where something is missing.
        """
        held = self._timeline.sources()
        waiting = any(
            source not in held and not self.is_erased(source, row)
            for source, row in self._ledger.state.scan("sources")
        )
        if not (waiting or damaged) and size - self._tail.start_hint < FOLLOWERS["facts"]:
            return ""
        try:
            mine = catch_up(self._paths)
        except AdytonError as error:
            return error.message
        return "" if mine else "its followers are at work in another process"

    def is_erased(self, source: str, row: Mapping[str, Json]) -> bool:
        """Whether the rows of a log are gone for good; `row` is what the state says of it."""
        month = month_of(cast("int", row["imported_at"]))
        erasures = self._ledger.state.by_index(ERASURES, source)
        return any(one["month"] == month for _, one in erasures)

    def _told(self, question: Question, positions: Iterable[int]) -> list[Clear]:
        """The facts at these places as the ledger has them."""
        told = []
        for position in positions:
            one = self._clear.at(position)
            if not fits(question, *one):
                raise Tampered(
                    "the timeline points at a fact that does not fit",
                    mend="remove the folder timeline while nobody owns the home",
                )
            told.append(one)
        return told

    def _sources(self, question: Question) -> tuple[set[str], dict[str, str], list[ForeignRow]]:
        """Erased sources, those that cannot be read, and rows that the timeline lacks."""
        erased: set[str] = set()
        unread: dict[str, str] = {}
        fresh: list[ForeignRow] = []
        if not question.of_rows:
            return erased, unread, fresh
        state, held = self._ledger.state, self._timeline.sources()
        read = 0
        for source, row in state.scan("sources"):
            if question.source not in {"", source}:
                continue
            if self.is_erased(source, row):
                erased.add(source)
            elif source not in held:
                read += 1
                entry = self._ledger.entry(ReceiptId(str(row["receipt"])))
                if read > SOURCES_MOST:
                    unread[source] = "not in the timeline yet"
                elif entry.body_state is BodyState.LOST:
                    unread[source] = "its rows are lost: no erasure explains it"
                elif entry.body is None:
                    erased.add(source)
                else:
                    fresh += rows_of(row, cast("Mapping[str, Any]", entry.body))
        return erased, unread, fresh


class _Tail:
    """The newest facts, unpacked once and kept while the timeline lacks them."""

    def __init__(self, clear: ClearFacts) -> None:
        self._clear = clear
        self._kept: list[Clear] = []
        self._lock = Lock()
        self.start_hint = 0

    def search(
        self, question: Question, found: Found, size: int, gaps: list[Gap], why: str
    ) -> list[Clear]:
        """What fits among the facts from the timeline's end up to `size`."""
        start = max(found.end, size - TAIL_MOST)
        if start > found.end:
            told = f"the timeline is behind{': ' + why if why else ''}"
            gaps.append(Gap(start=found.end, end=start - 1, why=told))
        with self._lock:
            self.start_hint = found.end
            self._keep(start, size)
            return [one for one in self._kept if fits(question, *one)]

    def _keep(self, start: int, size: int) -> None:
        """Exactly the facts from `start` up to `size`."""
        kept = self._kept
        if not kept or kept[0][0] > start or kept[-1][0] + 1 < start:
            kept = []
        kept = [one for one in kept if start <= one[0] < size]
        following = kept[-1][0] + 1 if kept else start
        while following < size:
            part = self._clear.read(following, min(_READ, size - following))
            if not part:
                raise Tampered("the fact store has a gap", mend="run adyton ledger verify")
            kept += part
            following = kept[-1][0] + 1
        self._kept = kept


def _cut(question: Question, answer: Answered) -> Answered:
    """At most as much as was asked for, the oldest first."""
    facts = sorted(answer.facts, key=lambda one: one[0])
    rows = sorted(answer.rows, key=lambda one: (one.time_s, one.source, one.line))
    limit = question.limit
    return replace(
        answer,
        facts=facts[-limit:] if question.newest else facts[:limit],
        rows=rows[-limit:] if question.newest else rows[:limit],
        more_facts=len(facts) > limit,
        more_rows=len(rows) > limit,
    )
