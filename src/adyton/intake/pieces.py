"""What an opener gets and gives."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from adyton.intake.exhibits import SegmentKind, Times
from adyton.intake.limits import Budget
from adyton.terms import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Bytes to be opened: a file as brought, or a member of one."""

    name: str
    data: bytes

    @property
    def suffix(self) -> str:
        """The end of the name from its last dot, in lower case: a hint, never trusted alone."""
        _, dot, end = self.name.rpartition(".")
        return f".{end.lower()}" if dot else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A segment without its ids."""

    kind: SegmentKind
    text: str
    origin: Span
    anchors: tuple[tuple[int, int], ...] = ()
    posted_s: int = 0
    provenance: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file inside of a piece. `unread` says why `data` is empty, if it is not all there."""

    name: str
    data: bytes
    times: Times = field(default_factory=Times)
    provenance: Mapping[str, str] = field(default_factory=dict)
    unread: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the piece says of itself."""

    provenance: Mapping[str, str]
    times: Times = field(default_factory=Times)


Found: TypeAlias = Draft | Member | About


@dataclass(frozen=True, slots=True, kw_only=True)
class Opener:
    """One form: `claims` looks at a piece, `open` yields what is in it.

    `open` may raise anything at all on hostile bytes: its caller turns every error into a stated
    unread piece and keeps what was yielded before. It counts what it expands in the budget.
    """

    form: str
    claims: Callable[[Piece], bool]
    open: Callable[[Piece, Budget], Iterable[Found]]


Opened: TypeAlias = Iterator[Found]
