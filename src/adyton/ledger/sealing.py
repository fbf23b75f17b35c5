"""Bodies of facts: sealed under one key per subject and month, so that a key's end erases them.

Who may be erased and when is not decided here. An erased body leaves its commitment in the tree;
no entry, index or proof changes. A body that is gone is *erased* only where a fact of erasure names
its key, is of its month and came after it; else it is *lost*, whoever made away with it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import cast

from adyton.crypto import bodies
from adyton.crypto.canonical import canonical_json
from adyton.crypto.commitments import OPENING_BYTES, check_commitment, commit
from adyton.crypto.ids import mint
from adyton.crypto.plainjson import parse_canonical
from adyton.ledger.envelope import Envelope, parse_envelope
from adyton.ledger.ports import BodyKey, BodyKeys, SealedBody, StoredFact
from adyton.terms.facts import BodyState, Entry, Fact, Json
from adyton.terms.ids import ReceiptId
from adyton.terms.ports import Entropy

COMMON_SUBJECT = "log"
"""Whose key seals the bodies of facts that name no subject for theirs."""


_KEYS_REMEMBERED = 4096
_DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealing:
    """A fact's body on its way into the log, if it has one."""

    commitment: str = ""
    body: SealedBody | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Retired:
    """A key that an erasure of `month` at position `index` names."""

    month: str
    index: int


class Bodies:
    """Seals and opens bodies. Sealing is for the writer's thread alone, opening for every one."""

    def __init__(self, keys: BodyKeys, entropy: Entropy) -> None:
        self._keys = keys
        self._entropy = entropy
        self._retired: dict[str, _Retired] = {}
        self._current: dict[tuple[str, str], BodyKey] = {}  # the writer's alone

    def seal(self, fact: Fact, receipt: str, time_s: int, *, plain: bytes = b"") -> Sealing:
        """The body of a fact, sealed under the key of its subject and month.

        `plain` are its canonical bytes, where they are at hand.
        """
        if not fact.body:
            return Sealing()
        plain = plain or canonical_json(fact.body)
        opening = self._entropy.token(OPENING_BYTES)
        key = self._key(fact.body_subject or COMMON_SUBJECT, month_of(time_s))
        sealed = bodies.seal_body(
            key=key.key,
            nonce=self._entropy.token(bodies.NONCE_BYTES),
            opening=opening,
            body=plain,
            receipt=receipt,
        )
        return Sealing(
            commitment=commit(opening, plain),
            body=SealedBody(key_id=key.key_id, sealed=sealed),
        )

    def retire(self, key_ids: Collection[str], *, month: str, index: int) -> None:
        """From now on none of these keys seals or opens: the erasure at `index` names them."""
        self._retired.update(dict.fromkeys(key_ids, _Retired(month=month, index=index)))
        self._current.clear()

    def to_erase(self, subject: str, month: str, *, further: Collection[str] = ()) -> list[str]:
        """The ids of the keys that an erasure of a subject and month names now.

        Without those that an earlier one has named: they are that one's to destroy. `further` are
        ids of keys that were destroyed elsewhere; one that is here under another name stays.
        """
        here = [one for one in self._keys.of(subject, month) if one not in self._retired]
        return here + [
            one
            for one in dict.fromkeys(further)
            if one not in here and one not in self._retired and self._keys.get(one) is None
        ]

    def restore(self, key_ids: Collection[str]) -> None:
        """Take `retire` back: the erasure did not come about."""
        for key_id in key_ids:
            self._retired.pop(key_id, None)

    def destroy(self, key_ids: Sequence[str]) -> None:
        """Make keys unrecoverable."""
        self._keys.destroy(key_ids)

    def open(self, stored: StoredFact) -> tuple[bytes, bytes] | None:
        """(opening, body bytes), checked against the entry; None unless it is sealed here.

        Raises Tampered where the key is there and the body is not what the entry commits to.
        """
        return self._open(stored, parse_envelope(stored.data))[0]

    def look(self, stored: StoredFact, envelope: Envelope) -> BodyState:
        """How the body of a fact stands; opened and checked where that can be. Raises Tampered."""
        return self._open(stored, envelope)[1]

    def standing(self, stored: StoredFact) -> BodyState:
        """How the body of a fact stands, without opening it."""
        found = self._find(stored, parse_envelope(stored.data, what=f"entry {stored.index}"))
        return BodyState.SEALED if isinstance(found, BodyKey) else found

    def entry(self, stored: StoredFact) -> Entry:
        """The fact as it is read back."""
        envelope = parse_envelope(stored.data, what=f"entry {stored.index}")
        opened, state = self._open(stored, envelope)
        body = None if opened is None else parse_canonical(opened[1], what="a body")
        return to_entry(stored.index, envelope, cast("dict[str, Json] | None", body), state=state)

    def _open(
        self, stored: StoredFact, envelope: Envelope
    ) -> tuple[tuple[bytes, bytes] | None, BodyState]:
        found = self._find(stored, envelope)
        if stored.body is None or not isinstance(found, BodyKey):
            return None, cast("BodyState", found)
        return open_sealed(stored, envelope, stored.body, found), BodyState.SEALED

    def _find(self, stored: StoredFact, envelope: Envelope) -> BodyKey | BodyState:
        """The key of a body, or why there is none to open it with."""
        gone = BodyState.LOST if envelope.commitment else BodyState.NONE
        if stored.body is None:
            return gone
        retired = self._retired.get(stored.body.key_id)
        if retired is None:
            return self._keys.get(stored.body.key_id) or gone
        explains = retired.month == month_of(envelope.time_s) and stored.index < retired.index
        return BodyState.ERASED if envelope.commitment and explains else gone

    def _key(self, subject: str, month: str) -> BodyKey:
        known = self._current.get((subject, month))
        if known is not None:
            return known
        key = self._keys.current(subject, month)
        if key is None or key.key_id in self._retired:
            key = BodyKey(
                key_id=mint("bdk", self._entropy),
                subject=subject,
                month=month,
                key=self._entropy.token(bodies.KEY_BYTES),
            )
            self._keys.add(key)
        if len(self._current) >= _KEYS_REMEMBERED:
            self._current.clear()
        self._current[subject, month] = key
        return key


def open_sealed(
    stored: StoredFact, envelope: Envelope, body: SealedBody, key: BodyKey
) -> tuple[bytes, bytes]:
    """(opening, body bytes) of a fact, checked against its entry. Raises Tampered."""
    what = f"the body of entry {stored.index}"
    opening, plain = bodies.open_body(
        key=key.key, sealed=body.sealed, receipt=stored.receipt, what=what
    )
    check_commitment(envelope.commitment, opening, plain, what=what)
    return opening, plain


def to_entry(
    index: int,
    envelope: Envelope,
    body: dict[str, Json] | None,
    *,
    state: BodyState = BodyState.SEALED,
) -> Entry:
    """An entry out of its envelope and its body; without a commitment it has none."""
    return Entry(
        index=index,
        receipt=ReceiptId(envelope.receipt),
        type=envelope.type,
        writer=envelope.writer,
        counter=envelope.counter,
        recorded_at_s=envelope.time_s,
        subjects=envelope.subjects,
        public=envelope.public,
        body=body,
        body_state=state if envelope.commitment else BodyState.NONE,
    )


def month_of(time_s: int) -> str:
    """The month `YYYY-MM` (UTC) of a time."""
    return _month_of_day(time_s // _DAY_S)


@lru_cache(maxsize=16)
def _month_of_day(day: int) -> str:
    return datetime.fromtimestamp(day * _DAY_S, tz=UTC).strftime("%Y-%m")
