"""Reads the symbols of a leaked text: blind, with the master, without any key or registry.

The canonical leak is aligned with the master, in which each slot is a fork. Per slot the best
alignment that goes through the one wording is compared with the best one through the other and
with the best one that misses the slot; what is not clearly nearer to one wording is erased. The
alignment is made of blocks: a stretch of the master found in the leak. Blocks may come in any
place of the leak, so crops, reordered extracts and foreign text around them are read alike; each
block costs JUMP, so that chance resemblance opens none.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from adyton.marks.canonical import canonical
from adyton.marks.fact_values import is_neutral, read_value, shapes
from adyton.marks.layout import Choice, FactPlace, Layout, Literal, read_master

Scores: TypeAlias = npt.NDArray[np.int32]

# The caller cuts longer texts to where prints matched. With the limits of a master this bounds a
# reading to about 120 MB and a quarter of a minute.
LEAK_CHARS_MAX = 30_000
MATCH = 1
MISS = -1
GAP = 1
JUMP = 18
_CLEAR = 3  # a wording is read when it wins by a third of what it would win by untouched


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a leak says in the slots of a master, before any codeword is looked at.

    `symbols[i]` is 0, 1 or None (erased) for choice i; which of them are pilots only the key
    tells (`pilots` is their number). `facts[i]` holds the values that fit best in fact slot i;
    empty means unread. `neutral_facts` counts those that hold the master's own neutral detail.
    """

    layout: str
    symbols: tuple[int | None, ...]
    facts: tuple[tuple[int, ...], ...]
    neutral_facts: int
    pilots: int
    truncated: bool

    @property
    def symbols_read(self) -> int:
        """How many choices were read, pilots included."""
        return sum(symbol is not None for symbol in self.symbols)

    @property
    def facts_read(self) -> int:
        """How many fact slots were read."""
        return sum(bool(values) for values in self.facts)

    def written(self) -> str:
        """The symbols as text for the record: `0`, `1`, `-`."""
        return "".join("-" if symbol is None else str(symbol) for symbol in self.symbols)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fork:
    """One piece as the alignment sees it: its wordings, or for a detail the span of lengths."""

    wordings: tuple[str, ...] = ()
    widths: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edge:
    """Scores where the alignment comes to a slot: within a block, and with all blocks closed."""

    scores: Scores
    closed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Passage:
    """A slot as the alignment passes it: before it, and behind each of its wordings."""

    before: _Edge
    after: tuple[Scores, ...]


class _Aligner:
    """Steps along a master; a score row has one entry per position in the leak."""

    def __init__(self, leak: str) -> None:
        self._leak = np.frombuffer(leak.encode("utf-32-le"), dtype=np.uint32)
        self._ramp = np.arange(len(leak) + 1, dtype=np.int32) * GAP
        self._hits: dict[str, Scores] = {}

    def sweep(self, forks: Sequence[_Fork]) -> Iterator[_Passage | None]:
        """The passages at the slots of `forks` in turn, None where a piece is plain text."""
        row = np.full(len(self._ramp), -JUMP, dtype=np.int32)
        closed = 0
        for fork in forks:
            closed = max(closed, int(row.max()))
            np.maximum(row, closed - JUMP, out=row)
            if len(fork.wordings) == 1:
                row, closed = self._along(row, closed, fork.wordings[0])
                yield None
                continue
            after = tuple(self._through(row, wording) for wording in fork.wordings)
            yield _Passage(before=_Edge(scores=row, closed=closed), after=after)
            row = np.maximum(*after) if after else self._across(row, fork.widths)

    def _along(self, row: Scores, closed: int, text: str) -> tuple[Scores, int]:
        """Through plain text, where blocks may end and begin at every space."""
        for char in text:
            row = self._step(row, char)
            if char == " ":
                closed = max(closed, int(row.max()))
                np.maximum(row, closed - JUMP, out=row)
        return row, closed

    def _through(self, row: Scores, text: str) -> Scores:
        for char in text:
            row = self._step(row, char)
        return row

    def _across(self, row: Scores, widths: tuple[int, int]) -> Scores:
        """Over a detail: any text of a fitting length, for nothing."""
        best = row - JUMP
        for width in range(widths[0], min(widths[1], len(row) - 1) + 1):
            np.maximum(best[width:], row[: len(row) - width], out=best[width:])
        return best

    def _step(self, row: Scores, char: str) -> Scores:
        hits = self._hits.get(char)
        if hits is None:
            hits = np.where(self._leak == ord(char), MATCH, MISS).astype(np.int32)
            self._hits[char] = hits
        best = row - GAP
        np.maximum(best[1:], row[:-1] + hits, out=best[1:])
        best += self._ramp
        np.maximum.accumulate(best, out=best)
        best -= self._ramp
        return best


def read_symbols(text: str, master: str) -> Reading:
    """The symbols of `text` as a copy of `master`. Raises Malformed for a malformed master only."""
    # (1) Both sides in the form in which nothing is left that a leak loses anyway.
    layout = read_master(master)
    whole = canonical(text)
    leak = whole[:LEAK_CHARS_MAX]
    pieces = _expanded(layout)
    forks = [fork for _, fork in pieces]
    # (2) The best alignments from the back up to each slot.
    mirrored = [_mirrored(fork) for fork in reversed(forks)]
    back = [
        None if passage is None else passage.before
        for passage in _Aligner(leak[::-1]).sweep(mirrored)
    ][::-1]
    # (3) From the front, each slot on its own: the nearer wording, or where the detail stood.
    symbols: list[int | None] = [None] * layout.choices
    seen: list[list[str]] = [[] for _ in layout.facts]
    front = _Aligner(leak).sweep(forks)
    for (piece, fork), ahead, behind in zip(pieces, front, back, strict=True):
        if ahead is None or behind is None:
            continue
        if isinstance(piece, Choice):
            symbols[piece.slot] = _choose(ahead, behind, fork)
        elif isinstance(piece, FactPlace):
            seen[piece.slot] += _details(ahead.before, behind, fork, leak)
    # (4) Details to values. What is read here stays as it is: no codeword was looked at.
    kinds = layout.facts
    return Reading(
        layout=layout.digest,
        symbols=tuple(symbols),
        facts=tuple(_values(kind, texts) for kind, texts in zip(kinds, seen, strict=True)),
        neutral_facts=sum(
            any(is_neutral(kind, text) for text in texts)
            for kind, texts in zip(kinds, seen, strict=True)
        ),
        pilots=layout.pilot_count,
        truncated=len(whole) > LEAK_CHARS_MAX,
    )


def _expanded(layout: Layout) -> list[tuple[Literal | Choice | FactPlace, _Fork]]:
    """The pieces with their forks; the fixed parts of a detail become plain text."""
    out: list[tuple[Literal | Choice | FactPlace, _Fork]] = []
    for piece in layout.pieces:
        if isinstance(piece, Literal):
            out.append((piece, _Fork(wordings=(canonical(piece.text),))))
        elif isinstance(piece, Choice):
            first, second = (canonical(wording) for wording in piece.wordings)
            out.append((piece, _Fork(wordings=(first, second))))
        else:
            shape = shapes()[piece.kind]
            before, after = (Literal(text=text) for text in (shape.prefix, shape.suffix))
            out.append((before, _Fork(wordings=(canonical(before.text),))))
            out.append((piece, _Fork(widths=shape.widths)))
            out.append((after, _Fork(wordings=(canonical(after.text),))))
    return out


def _mirrored(fork: _Fork) -> _Fork:
    return _Fork(wordings=tuple(text[::-1] for text in fork.wordings), widths=fork.widths)


def _choose(ahead: _Passage, behind: _Edge, fork: _Fork) -> int | None:
    missed = ahead.before.closed + behind.closed
    # The block is one, its price was paid from both ends.
    rest = np.maximum(behind.scores[::-1] + JUMP, behind.closed)
    totals = [int((after + rest).max()) for after in ahead.after]
    margin = abs(totals[0] - totals[1])
    if max(totals) <= missed or margin * _CLEAR < max(_CLEAR, _untouched(*fork.wordings)):
        return None
    return int(totals[1] > totals[0])


def _untouched(first: str, second: str) -> int:
    """By how much one wording wins over the other in a text that holds it exactly."""
    row = [-GAP * at for at in range(len(second) + 1)]
    for char in first:
        before, row = row, [row[0] - GAP]
        for at, other in enumerate(second):
            step = MATCH if char == other else MISS
            row.append(max(before[at] + step, before[at + 1] - GAP, row[-1] - GAP))
    return min(len(first), len(second)) * MATCH - row[-1]


def _details(ahead: _Edge, behind: _Edge, fork: _Fork, leak: str) -> list[str]:
    """The stretches of the leak where the detail stands; several when they are equally likely."""
    rest = behind.scores[::-1] + JUMP
    best = ahead.closed + behind.closed
    found: list[str] = []
    for width in range(fork.widths[0], min(fork.widths[1], len(leak)) + 1):
        totals = ahead.scores[: len(rest) - width] + rest[width:]
        top = int(totals.max())
        if top > best:
            best, found = top, []
        if top == best and top > ahead.closed + behind.closed:
            at = int(totals.argmax())
            found.append(leak[at : at + width])
    return found


def _values(kind: str, texts: Sequence[str]) -> tuple[int, ...]:
    return tuple(sorted({value for text in texts for value in read_value(kind, text)}))
