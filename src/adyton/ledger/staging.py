"""A fact on its way into the log: first all that needs no place in it, then its place.

What is written out and read back in the caller's thread need not be done by the writer, for whom
all others wait.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from adyton.crypto.canonical import canonical_bytes, plain_json
from adyton.crypto.merkle import leaf_hash
from adyton.ledger.envelope import Envelope, check_fact
from adyton.ledger.ports import StoredFact
from adyton.ledger.sealing import Bodies, to_entry
from adyton.terms.facts import Entry, Fact, Json, Promise
from adyton.terms.ids import ReceiptId


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where the writer stands: the log, and what its next entry continues.

    `size` counts the entries of all epochs, `first` is where this epoch begins among them.
    """

    log: str
    epoch: int
    writer: str
    size: int = 0
    counter: int = 0
    previous: str = ""
    first: int = 0

    def after(self, promise: Promise) -> "Position":
        """Where it stands behind that entry of its own."""
        return replace(
            self,
            size=self.size + 1,
            counter=self.counter + 1,
            previous=promise.leaf.hex(),
        )

    def begun(self, epoch: int) -> "Position":
        """Where an epoch with that number begins."""
        return replace(self, epoch=epoch, first=self.size, counter=0, previous="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A well-formed fact: its two parts as they will be read back, and their canonical bytes."""

    fact: Fact
    public: Mapping[str, Json]
    public_bytes: bytes
    body: dict[str, Json] | None
    body_bytes: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A fact in its place: as it is stored, as it is read back, and what is promised of it."""

    stored: StoredFact
    entry: Entry
    promise: Promise


def prepare(fact: Fact) -> Prepared:
    """All of a fact that needs no place in the log. Raises Malformed."""
    check_fact(fact)
    public = cast("Mapping[str, Json]", plain_json(fact.public))
    body = cast("dict[str, Json]", plain_json(fact.body)) if fact.body else None
    return Prepared(
        fact=fact,
        public=public,
        public_bytes=canonical_bytes(public),
        body=body,
        body_bytes=b"" if body is None else canonical_bytes(body),
    )


def place(
    prepared: Prepared, *, receipt: ReceiptId, position: Position, time_s: int, bodies: Bodies
) -> Placed:
    """A fact in its place, with its body sealed. Raises TooLarge."""
    fact = prepared.fact
    sealing = bodies.seal(fact, receipt, time_s, plain=prepared.body_bytes)
    envelope = Envelope(
        type=fact.type,
        log=position.log,
        epoch=position.epoch,
        writer=position.writer,
        counter=position.counter,
        previous=position.previous,
        time_s=time_s,
        receipt=receipt,
        subjects=fact.subjects,
        public=prepared.public,
        commitment=sealing.commitment,
    )
    data = envelope.to_bytes(public=prepared.public_bytes)
    return Placed(
        stored=StoredFact(index=position.size, receipt=receipt, data=data, body=sealing.body),
        entry=to_entry(position.size, envelope, prepared.body),
        promise=Promise(
            receipt=receipt,
            log=position.log,
            epoch=position.epoch,
            index=position.size - position.first,
            leaf=leaf_hash(data),
            recorded_at_s=time_s,
            hidden=sealing.commitment != "",
        ),
    )
