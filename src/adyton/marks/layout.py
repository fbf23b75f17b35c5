"""A master taken apart: literal text, pairs of wordings, and invented details.

A layout follows from the master alone (no key), so that a leak can be read blind. Its digest is
recorded with every copy: a leak is never read with another layout than the copy was written with.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from adyton.marks.canonical import canonical
from adyton.marks.carriers import find_swaps
from adyton.marks.fact_values import FACT_KINDS
from adyton.marks.regions import Regions, code_regions, quiet_regions
from adyton.terms import Malformed, Span, TooLarge

CODE_VERSION = 1
MASTER_CHARS_MAX = 60_000  # some 10,000 words; reading a leak costs master times leak
SLOTS_MAX = 1_000
PILOT_EVERY = 10  # one slot in ten is a pilot (reference, section 2.1)
_SLOT = re.compile(r"(?<!\\)\{\{(?P<inner>[^{}\n]{0,400})\}\}")
_OPENING = re.compile(r"(?<!\\)\{\{")
_FACT = re.compile(r"fact:(?P<kind>[a-z]+)(?::(?P<name>[a-z0-9_-]{1,40}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """Text that every copy has."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of two wordings, by the bit of slot number `slot`."""

    slot: int
    wordings: tuple[str, str]
    automatic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FactPlace:
    """The place of an invented detail; places of one `slot` hold the same value."""

    slot: int
    kind: str


Piece: TypeAlias = Literal | Choice | FactPlace


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The pieces in order; `facts[i]` is the kind of fact slot i."""

    pieces: tuple[Piece, ...]
    choices: int
    facts: tuple[str, ...]
    digest: str

    @property
    def pilot_count(self) -> int:
        """How many choices are pilots: the same in every copy, which ones the key decides."""
        return (self.choices + PILOT_EVERY // 2) // PILOT_EVERY


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What a master can carry, for its author."""

    words: int
    code_slots: int
    pilots: int
    facts: int
    automatic: int


def read_master(master: str) -> Layout:
    """The layout of a master. Raises Malformed, naming the line, for a slot that is none."""
    if len(master) > MASTER_CHARS_MAX:
        raise TooLarge(f"master, longer than {MASTER_CHARS_MAX} characters", mend="split it")
    pieces = _number(_split(master))
    choices = sum(isinstance(piece, Choice) for piece in pieces)
    kinds = {piece.slot: piece.kind for piece in pieces if isinstance(piece, FactPlace)}
    if choices + len(kinds) > SLOTS_MAX:
        raise TooLarge(f"master, more than {SLOTS_MAX} slots", mend="split it")
    digest = hashlib.sha256(f"adyton/marks/layout/{CODE_VERSION}\n{master}".encode()).hexdigest()
    return Layout(
        pieces=pieces,
        choices=choices,
        facts=tuple(kinds[slot] for slot in sorted(kinds)),
        digest=digest,
    )


def capacity(master: str) -> Capacity:
    """How many slots a master has, so that its author can see whether they suffice."""
    layout = read_master(master)
    return Capacity(
        words=len(master.split()),
        code_slots=layout.choices - layout.pilot_count,
        pilots=layout.pilot_count,
        facts=len(layout.facts),
        automatic=sum(isinstance(p, Choice) and p.automatic for p in layout.pieces),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """A fact place before numbering; an empty name is a slot of its own."""

    kind: str
    name: str


def _split(master: str) -> Iterator[Literal | Choice | _Named]:
    """The author's slots, and between them literals cut at the automatic carriers."""
    code = code_regions(master)
    quiet = quiet_regions(master)
    slots = [(found, _author(master, found, code)) for found in _SLOT.finditer(master)]
    real = [(found, piece) for found, piece in slots if piece is not None]
    _refuse_stray_openings(master, code, [found for found, _ in real])
    swaps = find_swaps(master, Regions([*quiet.spans, *_spans(found for found, _ in real)]))
    marks: list[tuple[int, int, Literal | Choice | _Named]] = [
        (found.start(), found.end(), piece) for found, piece in real
    ]
    marks += [
        (swap.start, swap.end, Choice(slot=0, wordings=(swap.here, swap.there), automatic=True))
        for swap in swaps
    ]
    at = 0
    for start, end, piece in sorted(marks, key=lambda mark: mark[0]):
        yield Literal(text=_plain(master, at, start, code))
        yield piece
        at = end
    yield Literal(text=_plain(master, at, len(master), code))


def _plain(master: str, start: int, end: int, code: Regions) -> str:
    """Literal text; outside code a backslash keeps two braces from opening a slot."""
    text = master[start:end]
    if "\\{{" not in text:
        return text
    return re.sub(
        r"\\\{\{",
        lambda hit: hit[0] if code.touch(start + hit.start(), start + hit.end()) else "{{",
        text,
    )


def _author(master: str, found: re.Match[str], code: Regions) -> Choice | _Named | None:
    inner = found["inner"]
    fact = _FACT.fullmatch(inner.strip())
    if fact and fact["kind"] in FACT_KINDS:
        return _Named(kind=fact["kind"], name=fact["name"] or "")
    if code.touch(found.start(), found.end()):
        return None  # template languages write like this; code stays as it is
    line = master.count("\n", 0, found.start()) + 1
    if inner.strip().startswith("fact:"):
        raise Malformed(
            f"master, line {line}: no such kind of fact", mend=f"use one of {', '.join(FACT_KINDS)}"
        )
    wordings = inner.split("|")
    if len(wordings) != len(("first", "second")):
        raise Malformed(f"master, line {line}: a slot needs two wordings", mend="write {{a|b}}")
    first, second = wordings
    if canonical(first).strip() == canonical(second).strip():
        raise Malformed(
            f"master, line {line}: the two wordings differ only in what a leak loses",
            mend="let them differ in letters, digits or sentence punctuation",
        )
    return Choice(slot=0, wordings=(first, second), automatic=False)


def _refuse_stray_openings(master: str, code: Regions, real: Sequence[re.Match[str]]) -> None:
    starts = {found.start() for found in real}
    for opening in _OPENING.finditer(master):
        if opening.start() not in starts and not code.touch(opening.start(), opening.end()):
            line = master.count("\n", 0, opening.start()) + 1
            raise Malformed(
                f"master, line {line}: a slot that does not end",
                mend="close it with }} on the same line, or write \\{{ for braces",
            )


def _spans(found: Iterator[re.Match[str]]) -> list[Span]:
    return [Span(start=hit.start(), end=hit.end()) for hit in found]


def _number(parts: Iterator[Literal | Choice | _Named]) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    choices = 0
    facts: dict[tuple[str, str], int] = {}
    for part in parts:
        if isinstance(part, Choice):
            pieces.append(Choice(slot=choices, wordings=part.wordings, automatic=part.automatic))
            choices += 1
        elif isinstance(part, _Named):
            name = part.name or f"/{len(facts)}"  # no author's name holds a slash
            slot = facts.setdefault((part.kind, name), len(facts))
            pieces.append(FactPlace(slot=slot, kind=part.kind))
        elif part.text:
            pieces.append(part)
    return tuple(pieces)
