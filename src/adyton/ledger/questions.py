"""Questions to the record: what may be asked, and what fits.

The same words are used for what lies in the timeline and for the newest facts, which are read from
the ledger itself. `text` looks into what a fact says in clear without its opaque ids, which say
nothing (they are asked for whole, by `subject`), and into what a foreign row says.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from adyton.ledger.envelope import Envelope, parse_envelope
from adyton.ledger.ports import StoredFact
from adyton.terms.errors import Malformed
from adyton.terms.facts import Json

MOST: Final = 1000
"""How much one answer may hold."""
TEXT_LIMIT: Final = 200
FOREIGN_WORDS: Final = (
    "action",
    "actor",
    "object",
    "place",
    "result",
    "size",
    "address",
    "asn",
    "country",
    "device",
    "agent",
    "mfa",
    "acl",
)
"""What a row of a foreign log may say (docs/formats/sources.md)."""
_MAX_INTEGER: Final = 2**53 - 1
_ID: Final = re.compile(r"[a-z]{2,8}_[a-z0-9]{20,64}")
_TYPE: Final = re.compile(r"[a-z_.]{1,80}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked for: everything given must fit. Times in seconds, both ends included.

    `type`: of a fact, or the action of a foreign row. `subject`: an opaque id that a fact names.
    `source`, `address`: of foreign rows. `after`: facts above that index. `after_row`: rows behind
    that one (time, source, line). At most `limit` of each, the oldest first; `newest` turns round
    which are left out where there are more. `only`: "facts" or "rows"; "" for both.
    """

    type: str = ""
    subject: str = ""
    since_s: int = 0
    until_s: int = _MAX_INTEGER
    text: str = ""
    source: str = ""
    address: str = ""
    after: int = -1
    after_row: tuple[int, str, int] = (0, "", 0)
    limit: int = 100
    newest: bool = False
    only: str = ""

    def check(self) -> None:
        """Raise Malformed, naming the field, unless this can be asked."""
        if not 1 <= self.limit <= MOST:
            raise Malformed(f"limit: 1 to {MOST}", mend="page on with --after")
        if self.type and not _TYPE.fullmatch(self.type):
            raise Malformed("type: small letters, a full stop between noun and participle")
        for name in ("subject", "source", "text", "address"):
            value = str(getattr(self, name))
            if len(value) > TEXT_LIMIT or not value.isprintable():
                raise Malformed(f"{name}: over {TEXT_LIMIT} characters, or not printable")
        if not 0 <= self.since_s <= self.until_s <= _MAX_INTEGER:
            raise Malformed("since, until: seconds, the earlier first")
        if self.only not in {"", "facts", "rows"}:
            raise Malformed("only: facts or rows, or neither word for both")
        if not -1 <= self.after <= _MAX_INTEGER:
            raise Malformed("after: an index")

    @property
    def of_facts(self) -> bool:
        """Whether facts can fit."""
        return not (self.source or self.address or self.only == "rows")

    @property
    def of_rows(self) -> bool:
        """Whether foreign rows can fit."""
        return not (self.subject or self.only == "facts")

    @property
    def searches(self) -> bool:
        """Whether more than the index of a fact decides."""
        return bool(
            self.type or self.subject or self.text or self.since_s or self.until_s < _MAX_INTEGER
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineFact:
    """One fact as the timeline keeps it. `names` are all opaque ids in it, `words` the rest."""

    position: int
    epoch: int
    time_s: int
    type: str
    writer: str
    receipt: str
    subjects: tuple[str, ...]
    names: tuple[str, ...]
    public: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignRow:
    """A line of a log that is not ours; `time_s` in our time, `log_time_s` as the log has it."""

    source: str
    line: int
    time_s: int
    log_time_s: int
    says: Mapping[str, str] = field(default_factory=dict)


def timeline_fact(stored: StoredFact) -> TimelineFact:
    """A stored fact as the timeline keeps it. Raises Malformed."""
    envelope = parse_envelope(stored.data, what=f"entry {stored.index}")
    return TimelineFact(
        position=stored.index,
        epoch=envelope.epoch,
        time_s=envelope.time_s,
        type=envelope.type,
        writer=envelope.writer,
        receipt=envelope.receipt,
        subjects=envelope.subjects,
        names=names_of(envelope.subjects, envelope.public),
        public=_text(envelope.public),
        words=words_of(envelope.public),
    )


def names_of(subjects: Iterable[str], public: Mapping[str, Json]) -> tuple[str, ...]:
    """Every opaque id that a fact names, each once, in order: subjects, and those in clear."""
    found = {one for one in _texts(public) if _ID.fullmatch(one)}
    return tuple(sorted(found | set(subjects)))


def words_of(public: Mapping[str, Json]) -> str:
    """What a fact says in clear, without its opaque ids."""
    return _text(_without_ids(public))


def fits(question: Question, position: int, envelope: Envelope) -> bool:
    """Whether a fact is asked for."""
    return (
        question.of_facts
        and position > question.after
        and question.since_s <= envelope.time_s <= question.until_s
        and question.type in {"", envelope.type}
        and (
            not question.subject or question.subject in names_of(envelope.subjects, envelope.public)
        )
        and (not question.text or question.text in words_of(envelope.public))
    )


def row_fits(question: Question, row: ForeignRow) -> bool:
    """Whether a foreign row is asked for."""
    return (
        question.of_rows
        and (row.time_s, row.source, row.line) > question.after_row
        and question.since_s <= row.time_s <= question.until_s
        and question.type in {"", row.says.get("action", "")}
        and question.source in {"", row.source}
        and question.address in {"", row.says.get("address", "")}
        and (not question.text or any(question.text in value for value in row.says.values()))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Facts that could not be searched, both ends included, and why."""

    start: int
    end: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a timeline holds that fits: indexes of facts, and rows.

    `end`: facts from there on are not in it. `unread`: sources whose rows cannot be read.
    """

    positions: Sequence[int] = ()
    rows: Sequence[ForeignRow] = ()
    end: int = 0
    gaps: Sequence[Gap] = ()
    unread: Mapping[str, str] = field(default_factory=dict)


class Timeline(Protocol):
    """Where facts and foreign rows lie so that questions are quick. Rebuildable.

    Safe from threads; sees what was durable when the question began. What is damaged is never
    answered from: it is a gap, or an unread source.
    """

    def sources(self) -> frozenset[str]:
        """The foreign logs whose rows it holds."""

    def find(self, question: Question, *, hidden: frozenset[str]) -> Found:
        """What fits, without the rows of `hidden` sources. Raises Exhausted, Unavailable."""


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, Sequence):
        for one in value:
            yield from _texts(one)


def _without_ids(value: Json) -> Json:
    if isinstance(value, str):
        return "" if _ID.fullmatch(value) else value
    if isinstance(value, Mapping):
        return {key: _without_ids(one) for key, one in value.items()}
    if isinstance(value, Sequence):
        return [_without_ids(one) for one in value]
    return value


def _text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
