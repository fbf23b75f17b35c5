"""Signs of life: what a writer says of itself, so that silence can be told from absence.

- `writer.started`, `writer.stopped`: the first and the last sign of a life, with what it records.
- `writer.beat`: every `BEAT_S` seconds, and at once when a listener opens or closes.
- `writer.lost`: whoever opened the record next found that the last life had not stopped: killed.
- `clock.jumped`: the wall clock moved otherwise than the one that nobody can set.

Every other entry of a writer is a sign of its life too. `Life` is one writer's signs in order;
`coverage` makes a map of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from adyton.terms.facts import Entry, Json, Row, State

WRITER_STARTED = "writer.started"
WRITER_BEAT = "writer.beat"
WRITER_STOPPED = "writer.stopped"
WRITER_LOST = "writer.lost"
CLOCK_JUMPED = "clock.jumped"
SAID = frozenset({WRITER_STARTED, WRITER_BEAT, WRITER_STOPPED})
WRITERS = "writers"
"""Table of writers: key = name, {alive, entry}: whether the last sign was no stop."""
BEAT_S = 60
LONGEST_SILENCE_S = 3 * BEAT_S
AT_ONCE = frozenset({"opened", "closed"})
"""Reasons of a beat that is written at the very moment when something changed."""
QUORUM = "the witness quorum"
"""Stands among what a writer records while the newest checkpoint is cosigned."""
NO_STOP = "the writer ended without saying so"
_MS = 1000


class Recordable(StrEnum):
    """Whether an event of a kind could have been recorded."""

    COULD = "could"
    COULD_NOT = "could not"
    UNKNOWN = "unknown"


def project(entry: Entry, _state: State) -> Iterable[Row]:
    """The row of a writer; none for facts that are no signs of life."""
    if entry.type in {WRITER_STARTED, WRITER_STOPPED, WRITER_LOST}:
        data = {"alive": entry.type == WRITER_STARTED, "entry": entry.index}
        yield Row(table=WRITERS, key=entry.writer, data=data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """One writer for a while: what it recorded when it began and when it ended."""

    start_s: int
    end_s: int
    state: Recordable
    why: str = ""
    before: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()
    entry: int = -1  # the one at which it ends; -1 where none does


@dataclass(slots=True)
class Life:
    """One writer as far as its entries were read.

    `stretches` follow each other; `doubts` lie above them, where the clock says nothing; `points`
    are (second, type) of facts that commands recorded while no life ran.
    """

    alive: bool = False
    seen: bool = False
    last_s: int = -1
    records: frozenset[str] = frozenset()
    stretches: list[Stretch] = field(default_factory=list)
    doubts: list[Stretch] = field(default_factory=list)
    points: dict[tuple[int, str], None] = field(default_factory=dict)

    def read(self, entry: Entry) -> None:
        """One more entry of this writer."""
        now_s = entry.recorded_at_s
        self.last_s = now_s if self.last_s < 0 else self.last_s
        if entry.type == CLOCK_JUMPED:
            self._jumped(entry)
        elif now_s < self.last_s - 1:
            self._doubt(now_s, self.last_s, "the times of the entries go back", entry)
        match entry.type:
            case "writer.started":
                self._started(entry)
            case "writer.lost":
                self._lost(entry)
            case _ if self.alive:
                self._lived(entry)
            case kind:
                self.points[now_s, kind] = None

    def end(self, until_s: int) -> None:
        """Nothing more comes until `until_s`."""
        if not self.seen:
            self._add(Recordable.UNKNOWN, "no signs of life were written", until_s)
        elif not self.alive:
            self._add(Recordable.COULD_NOT, "the writer was down", until_s)
        elif until_s - self.last_s > LONGEST_SILENCE_S:
            self._add(Recordable.UNKNOWN, "no sign of life since", until_s)
        else:
            self._add(Recordable.COULD, "", until_s, after=self.records)

    def _started(self, entry: Entry) -> None:
        if self.alive:
            self._add(Recordable.UNKNOWN, NO_STOP, entry.recorded_at_s, entry)
        elif self.seen:
            self._add(Recordable.COULD_NOT, "the writer was down", entry.recorded_at_s, entry)
        else:
            why = "before the first sign of life"
            self._add(Recordable.UNKNOWN, why, entry.recorded_at_s)
        self.alive = self.seen = True
        self.records = said_by(entry)
        self.last_s = entry.recorded_at_s

    def _lost(self, entry: Entry) -> None:
        if self.alive:
            self._add(Recordable.UNKNOWN, NO_STOP, entry.recorded_at_s, entry)
            self.last_s = entry.recorded_at_s
        self.alive = False

    def _lived(self, entry: Entry) -> None:
        now_s = entry.recorded_at_s
        said = said_by(entry) if entry.type in SAID else self.records
        silent_s = now_s - self.last_s
        if silent_s > LONGEST_SILENCE_S and entry.type != CLOCK_JUMPED:
            why = f"no sign of life for {silent_s} s"
            self._add(Recordable.UNKNOWN, why, now_s, entry)
        else:
            at_once = entry.public.get("reason") in AT_ONCE or entry.type == WRITER_STOPPED
            # a witness comes and goes between beats; a listener says so at once
            after = (self.records - {QUORUM}) | (said & {QUORUM}) if at_once else said
            self._add(Recordable.COULD, "", now_s, entry, after=after)
        self.records, self.last_s = said, now_s
        if entry.type == WRITER_STOPPED:
            self.alive = False

    def _jumped(self, entry: Entry) -> None:
        """The stretch that a clock jumped over was never seen by it, or was seen twice.

        A machine that was suspended looks the same as one whose clock was put forward.
        """
        now_s = entry.recorded_at_s
        names = ("forward_ms", "back_ms", "mono_ms")
        forward_s, back_s, since_s = (_seconds(entry.public, name) for name in names)
        self._doubt(
            min(self.last_s, now_s - forward_s - since_s),
            max(self.last_s, now_s + back_s),
            f"the clock jumped {forward_s} s forward and {back_s} s back",
            entry,
        )

    def _add(
        self,
        state: Recordable,
        why: str,
        end_s: int,
        entry: Entry | None = None,
        *,
        after: frozenset[str] = frozenset(),
    ) -> None:
        one = Stretch(
            start_s=self.last_s,
            end_s=end_s,
            state=state,
            why=why,
            before=self.records,
            after=after,
            entry=-1 if entry is None else entry.index,
        )
        last = self.stretches[-1] if self.stretches else None
        if last is not None and _continues(last, one):
            self.stretches[-1] = replace(last, end_s=one.end_s, entry=one.entry)
        else:
            self.stretches.append(one)

    def _doubt(self, start_s: int, end_s: int, why: str, entry: Entry) -> None:
        self.doubts.append(
            Stretch(
                start_s=start_s,
                end_s=end_s,
                state=Recordable.UNKNOWN,
                why=why,
                entry=entry.index,
            )
        )


def read_lives(entries: Iterable[Entry]) -> dict[str, Life]:
    """Every writer's life in these entries, which are all from the first on."""
    lives: dict[str, Life] = {}
    for entry in entries:
        lives.setdefault(entry.writer, Life()).read(entry)
    return lives


def gaps(lives: Mapping[str, Life]) -> tuple[str, ...]:
    """What the signs of life do not cover, in words: no tampering, but silence that proves nothing.

    Downtime after a stop is no gap. Each line names the entry at which the gap ends.
    """
    return tuple(
        f"{writer}: {one.why}, up to entry {one.entry} ({one.start_s} to {one.end_s})"
        for writer, life in sorted(lives.items())
        for one in sorted([*life.stretches, *life.doubts], key=lambda one: one.entry)
        if one.state is Recordable.UNKNOWN and one.entry >= 0
    )


def said_by(entry: Entry) -> frozenset[str]:
    """What a sign of life says that its writer records now."""
    said = entry.public.get("records", ())
    names = said if isinstance(said, Sequence) and not isinstance(said, str) else ()
    quorum = (QUORUM,) if entry.public.get("cosigned") is True else ()
    return frozenset([*(str(one) for one in names), *quorum])


def number(public: Mapping[str, Json], key: str) -> int:
    """A number out of a fact's fields; 0 where there is none."""
    value = public.get(key, 0)
    return value if isinstance(value, int) else 0


def _seconds(public: Mapping[str, Json], key: str) -> int:
    return -(-number(public, key) // _MS)


def _continues(last: Stretch, one: Stretch) -> bool:
    """Whether two live stretches are one: nothing changed where they meet."""
    live = last.state is one.state is Recordable.COULD and last.end_s == one.start_s
    return live and last.before == last.after == one.before == one.after
