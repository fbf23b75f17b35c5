"""The coverage map: which kinds of events could have been recorded, and when.

Enters: entries in order (their public fields are enough). Leaves: for each writer and kind the
stretches of time in which it could have been recorded, in which it could not, and in which nobody
knows. Unknown is not clean: where a map says anything but `could`, silence proves nothing.

How a stretch is judged:

1. Between two signs of life of a writer, at most `LONGEST_SILENCE_S` apart, what the writer said it
   records could have been recorded. Every entry is a sign; heartbeats come when nothing else does.
2. A longer silence, a life without a stop (killed), a jump of the clock: nobody knows.
3. After a stop, until the next start: it could not. A fact in between shows that a command ran
   then, and that its kind could have been recorded in that second.
4. A kind that needs a listener or the quorum could not be recorded while that was away; where it
   went away between two heartbeats, nobody knows when.
5. A foreign log, each by itself, covers what its bringer stated, up to its import at most; from
   its first to its last row nobody said so; all else was not imported. An erased one shows nothing.

The times are the writer's own clock. Where that clock was wrong without jumping, so is the map.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from adyton.ledger.erasing import BODIES_ERASED
from adyton.ledger.sealing import month_of
from adyton.ledger.signs import (
    QUORUM,
    Life,
    Recordable,
    Stretch,
    number,
)
from adyton.terms.facts import Entry

SOURCE_IMPORTED = "source.imported"
WATCH_DONE = "watch.done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of event of our own: `through` which recorder it comes, and the types of its facts.

    `quorum`: such an event waits for the witnesses, and does not happen without them.
    """

    name: str
    through: str
    types: frozenset[str] = frozenset()
    quorum: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of time, in epoch seconds, the end not included."""

    start_s: int
    end_s: int
    state: Recordable
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """One line of the map: the spans of one writer and kind, in order, without holes."""

    writer: str
    kind: str
    spans: tuple[Span, ...]

    def at(self, time_s: int) -> Span | None:
        """The span that holds a moment; None outside what was asked for."""
        return next((one for one in self.spans if one.start_s <= time_s < one.end_s), None)

    def seconds(self, state: Recordable) -> int:
        """How long the map says `state`."""
        return sum(one.end_s - one.start_s for one in self.spans if one.state is state)


def coverage(
    entries: Iterable[Entry],
    kinds: Sequence[Kind],
    *,
    since_s: int,
    until_s: int,
    sources: Sequence[str] = (),
    detectors: Sequence[str] = (),
) -> tuple[Covered, ...]:
    """The map from `since_s` to `until_s` (at most now). `entries` are all from the first on.

    `sources` and `detectors` name what is wanted even where nothing of it stands on record.
    """
    lives: dict[str, Life] = {}
    logs: dict[str, _Log] = {}
    looked: dict[str, list[Span]] = {name: [] for name in detectors}
    for entry in entries:
        lives.setdefault(entry.writer, Life()).read(entry)
        if entry.type == SOURCE_IMPORTED:
            logs[entry.subjects[0]] = _imported(entry)
        if entry.type == BODIES_ERASED and entry.subjects[0] in logs:
            _erased(logs[entry.subjects[0]], str(entry.public["month"]))
        if entry.type == WATCH_DONE:
            _looked(looked, entry)
    found: list[Covered] = []
    for writer, life in sorted(lives.items()):
        life.end(until_s)
        for kind in kinds:
            spans = _spans(life, kind, since_s, until_s)
            found.append(Covered(writer=writer, kind=kind.name, spans=tuple(spans)))
    for source, log in sorted(logs.items()):
        shown = _over("not imported", Recordable.COULD_NOT, [log.span], since_s, until_s)
        found.append(Covered(writer=source, kind=log.kind, spans=shown))
    for name in sorted(set(sources) - {log.kind for log in logs.values()}):
        shown = _over("not imported", Recordable.COULD_NOT, [], since_s, until_s)
        found.append(Covered(writer="source", kind=name, spans=shown))
    for name, parts in sorted(looked.items()):
        why = "no detector looked at it"
        shown = _over(why, Recordable.UNKNOWN, parts, since_s, until_s)
        found.append(Covered(writer="detector", kind=name, spans=shown))
    return tuple(found)


def _over(
    why: str, state: Recordable, parts: Sequence[Span], since_s: int, until_s: int
) -> tuple[Span, ...]:
    """What is known of some parts, and `state` everywhere else."""
    ground = [Span(start_s=since_s, end_s=until_s, state=state, why=why)]
    return tuple(_laid(ground, parts, since_s, until_s))


def _spans(life: Life, kind: Kind, since_s: int, until_s: int) -> list[Span]:
    why = "before the record began"
    ground = [Span(start_s=since_s, end_s=until_s, state=Recordable.COULD_NOT, why=why)]
    laid = [_judged(one, kind) for one in life.stretches]
    ran = "a command recorded it"
    laid += [
        Span(start_s=at, end_s=at + 1, state=Recordable.COULD, why=ran)
        for at, kind_of_fact in life.points
        if kind_of_fact in kind.types
    ]
    laid += [_judged(one, kind) for one in life.doubts]
    return _laid(ground, laid, since_s, until_s)


def _judged(one: Stretch, kind: Kind) -> Span:
    state, why = one.state, one.why
    if state is Recordable.COULD:
        state, why = _needs(one, kind)
    return Span(start_s=one.start_s, end_s=one.end_s, state=state, why=why)


def _needs(one: Stretch, kind: Kind) -> tuple[Recordable, str]:
    """What a live writer could record: the worst of what the kind needs."""
    could: tuple[Recordable, str] = (Recordable.COULD, "the writer was there")
    for need in (kind.through, QUORUM) if kind.quorum else (kind.through,):
        if need in one.before and need in one.after:
            continue
        if need not in one.before and need not in one.after:
            return Recordable.COULD_NOT, f"{need}: not there"
        could = (Recordable.UNKNOWN, f"{need}: came or went in between")
    return could


def _laid(ground: Sequence[Span], above: Iterable[Span], since_s: int, until_s: int) -> list[Span]:
    """`ground` with each of `above` laid on it, later ones over earlier ones, equal ones joined."""
    order = [*ground, *above]
    cuts = sorted(
        {since_s, until_s}
        | {time for one in order for time in (one.start_s, one.end_s) if since_s < time < until_s}
    )
    joined: list[Span] = []
    for span in _top(order, cuts):
        last = joined[-1] if joined else None
        if last is not None and (last.state, last.why) == (span.state, span.why):
            joined[-1] = Span(
                start_s=last.start_s, end_s=span.end_s, state=span.state, why=span.why
            )
        else:
            joined.append(span)
    return joined


def _top(order: Sequence[Span], cuts: Sequence[int]) -> Iterator[Span]:
    """For each stretch between two cuts the span that lies uppermost."""
    tops: list[Span | None] = [None] * (len(cuts) - 1)
    place = {time: at for at, time in enumerate(cuts)}
    free = list(range(len(cuts)))  # the next stretch at or after each that nothing lies on yet

    def next_free(at: int) -> int:
        while free[at] != at:
            free[at] = free[free[at]]
            at = free[at]
        return at

    for one in reversed(order):
        start = place.get(max(one.start_s, cuts[0]))
        end = place.get(min(one.end_s, cuts[-1]))
        if start is None or end is None:
            continue
        at = next_free(start)
        while at < end:
            tops[at] = one
            free[at] = at + 1
            at = next_free(at)
    for at, top in enumerate(tops):
        if top is not None:
            yield Span(start_s=cuts[at], end_s=cuts[at + 1], state=top.state, why=top.why)


@dataclass(slots=True, kw_only=True)
class _Log:
    """A foreign log: what it covers, and the month of the key that its rows are sealed under."""

    kind: str
    span: Span
    month: str


def _imported(entry: Entry) -> _Log:
    stated = entry.public["coverage_basis"] == "stated"
    bad = number(entry.public, "malformed")
    why = "stated whole" if stated else "from its first row to its last; nobody said it is whole"
    if bad:
        stated, why = False, f"{bad} of its lines could not be read"
    span = Span(
        start_s=number(entry.public, "coverage_from_s"),
        # what was still to come when it was imported is not in it
        end_s=min(number(entry.public, "coverage_to_s"), entry.recorded_at_s),
        state=Recordable.COULD if stated else Recordable.UNKNOWN,
        why=why,
    )
    return _Log(kind=str(entry.public["kind"]), span=span, month=month_of(entry.recorded_at_s))


def _erased(log: _Log, month: str) -> None:
    if log.month == month:
        log.span = replace(log.span, state=Recordable.COULD_NOT, why="its rows were erased")


def _looked(looked: dict[str, list[Span]], entry: Entry) -> None:
    names = entry.public["detectors"]
    for name in names if isinstance(names, Sequence) and not isinstance(names, str) else ():
        looked.setdefault(str(name), []).append(
            Span(
                start_s=number(entry.public, "from"),
                end_s=number(entry.public, "to"),
                state=Recordable.COULD,
                why="a detector looked at it",
            )
        )
