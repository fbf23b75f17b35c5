"""A fact before and after it is recorded, and the rows of current state that follow from it."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeAlias

from adyton.terms.ids import ReceiptId

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"
"""JSON without floats (RFC 8785 bytes must be the same everywhere); integers below 2**53."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened, offered to the ledger.

    `type` is `<noun>.<past participle>` (`copy.issued`). `subjects` are the opaque ids concerned.
    `public` goes into the tree in clear: enums, sizes, opaque ids, digests of high-entropy bytes,
    never a name, an address or a short text. `body` is everything else: it is sealed under the
    key of `body_subject` and only a hiding commitment to it stands in the tree; `{}` means none.
    """

    type: str
    subjects: tuple[str, ...] = ()
    public: Mapping[str, Json] = field(default_factory=dict)
    body: Mapping[str, Json] = field(default_factory=dict)
    body_subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """The ledger's word that a fact is durable; made by `ledger` alone.

    `receipt` is opaque and may be shown to anybody. `index`, `log`, `epoch` are for those whom
    policy lets see size and order. `leaf` is the RFC 6962 leaf hash (32 bytes). `hidden`: the
    entry holds a hiding commitment, so that nobody can guess it from its leaf.
    """

    receipt: ReceiptId
    log: str
    epoch: int
    index: int
    leaf: bytes
    recorded_at_s: int
    hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A fact that the ledger took without promise: its receipt, and its promise once durable."""

    receipt: ReceiptId
    promise: Future[Promise]


class BodyState(StrEnum):
    """How the body of a fact stands."""

    NONE = "none"  # the fact has none
    SEALED = "sealed"  # it is there, and so is its key
    ERASED = "erased"  # its key was destroyed, and a fact of erasure says so
    LOST = "lost"  # it is missing, or its key is, and no fact of erasure explains that


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A recorded fact as read back. `body` is None unless it was opened; `body_state` says why."""

    index: int
    receipt: ReceiptId
    type: str
    writer: str
    counter: int
    recorded_at_s: int
    subjects: tuple[str, ...]
    public: Mapping[str, Json]
    body: Mapping[str, Json] | None
    body_state: BodyState = BodyState.NONE

    @property
    def body_erased(self) -> bool:
        """Whether there was a body, and a fact of erasure explains that it is gone."""
        return self.body_state is BodyState.ERASED


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of current state, as a projection writes it. `data` None deletes the row.

    `index` is a second way to find rows of the table (`State.by_index`).
    """

    table: str
    key: str
    data: Mapping[str, Json] | None
    index: str = ""


class State(Protocol):
    """Current state, rebuildable from facts. Reads see every acknowledged fact.

    Safe from threads. Rows come in the order of their keys.
    """

    def get(self, table: str, key: str) -> Mapping[str, Json] | None:
        """The row, or None."""

    def scan(self, table: str) -> Iterator[tuple[str, Mapping[str, Json]]]:
        """All rows of a table as (key, data)."""

    def by_index(self, table: str, index: str) -> Iterator[tuple[str, Mapping[str, Json]]]:
        """The rows whose `index` is exactly `index`."""

    def version(self, table: str) -> int:
        """A number that grows whenever a row of the table changed; for caches."""
