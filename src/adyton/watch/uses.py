"""Facts of use, read leniently: a field that is missing or of another type counts as nothing."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from adyton.terms import Entry, Json

ASKED = "answer.intended"
ANSWERED = "answer.closed"
ISSUED = "copy.issued"
REFUSED = "request.refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One model request: who, by which credential, from which client (an opaque digest)."""

    index: int
    at_s: int
    person: str
    credential: str
    client: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Bytes that went to a person: an answer or an issued copy."""

    index: int
    at_s: int
    person: str
    credential: str
    size_bytes: int
    tokens_in: int


def uses(entries: Iterable[Entry]) -> Iterator[Use]:
    """The model requests among the entries."""
    for entry in entries:
        if entry.type == ASKED:
            yield Use(
                index=entry.index,
                at_s=entry.recorded_at_s,
                person=text(entry.public, "recipient"),
                credential=text(entry.public, "credential"),
                client=text(entry.public, "client"),
            )


def taken(entries: Iterable[Entry]) -> Iterator[Taken]:
    """The answers and issued copies among the entries."""
    for entry in entries:
        if entry.type in {ANSWERED, ISSUED}:
            field = "bytes_out" if entry.type == ANSWERED else "size_bytes"
            yield Taken(
                index=entry.index,
                at_s=entry.recorded_at_s,
                person=text(entry.public, "recipient"),
                credential=text(entry.public, "credential"),
                size_bytes=number(entry.public, field),
                tokens_in=number(entry.public, "tokens_in"),
            )


def text(public: Mapping[str, Json], field: str) -> str:
    """A text field, or ""."""
    value = public.get(field)
    return value if isinstance(value, str) else ""


def number(public: Mapping[str, Json], field: str) -> int:
    """A whole number, or 0."""
    value = public.get(field)
    return value if isinstance(value, int) else 0
