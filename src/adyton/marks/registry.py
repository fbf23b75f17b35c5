"""The copy registry and the issue of marked copies: the fact first, then the bytes (I1)."""

import base64
import hashlib
from dataclasses import dataclass

from adyton.marks.code import key_id
from adyton.marks.facts import ACKNOWLEDGED, COPIES, ISSUED, number, text
from adyton.marks.layout import CODE_VERSION, read_master
from adyton.marks.ports import Recorder
from adyton.marks.writing import DEFAULT_LABEL, mark_text
from adyton.terms import (
    AssetId,
    Channel,
    Conflict,
    CopyId,
    Entropy,
    Fact,
    Json,
    Malformed,
    Missing,
    PersonId,
    Promise,
    Refused,
    Secret,
    State,
    VersionId,
)

UNMARKED = 0  # code version of copies that carry no text mark, such as checked-out weights
_ID_BYTES = 16
_DIGEST_CHARS = 64
PLACE_CHARS_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """The marked copy of one recipient, made by `issue` alone once its fact is durable."""

    copy: CopyId
    text: str
    data: bytes
    digest: str
    promise: Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyTerms:
    """To whom a copy goes and how: what the registry keeps of it.

    `place` is free text in the sealed body: file name, object key, service.
    """

    asset: AssetId
    version: VersionId
    recipient: PersonId
    channel: Channel
    place: str = ""


class Registry:
    """Which copy went to whom; its table is a projection of the ledger."""

    def __init__(self, *, recorder: Recorder, entropy: Entropy) -> None:
        self._recorder = recorder
        self._entropy = entropy

    def new_copy(self) -> CopyId:
        """A fresh copy id."""
        raw = self._entropy.token(_ID_BYTES)
        return CopyId("cpy_" + base64.b32encode(raw).decode().rstrip("=").lower())

    def register(
        self,
        *,
        copy: CopyId,
        terms: CopyTerms,
        digest: str,
        size_bytes: int,
        key_name: str = "",
        code_version: int = UNMARKED,
        layout: str = "",
    ) -> Promise:
        """Records that a copy is given out; durable on return. The row is final.

        `digest` is the SHA-256 of the copy's bytes in hex. Raises Conflict for a copy id that is
        taken, Unavailable when nothing can be recorded: then no byte may leave.
        """
        if len(digest) != _DIGEST_CHARS or len(terms.place) > PLACE_CHARS_MAX:
            raise Malformed("copy, its digest or place", mend="SHA-256 in hex; a shorter place")
        public: dict[str, Json] = {
            "copy": copy,
            "asset": terms.asset,
            "version": terms.version,
            "recipient": terms.recipient,
            "channel": terms.channel.value,
            "digest": digest,
            "size_bytes": size_bytes,
        }
        fact = Fact(
            type=ISSUED,
            subjects=(copy, terms.asset, terms.version, terms.recipient),
            public=public,
            body={
                "place": terms.place,
                "key_id": key_name,
                "code_version": code_version,
                "layout": layout,
            },
            body_subject=terms.version,
        )

        def untaken(state: State) -> None:
            if state.get(COPIES, copy) is not None:
                raise Conflict("copy, its id is taken", mend="take a fresh id")

        return self._recorder.append(fact, guard=untaken)

    def acknowledge(self, copy: CopyId, *, by: PersonId, digest: str) -> Promise:
        """Records that the recipient confirms to hold a copy with this digest.

        Raises Missing for an unknown copy, and as well for anybody but its recipient; Refused
        for another digest; Conflict when it was acknowledged before.
        """

        def acceptable(state: State) -> None:
            row = state.get(COPIES, copy)
            if row is None or text(row, "recipient") != by:
                raise Missing("copy")
            if text(row, "digest") != digest:
                raise Refused("copy, not the bytes that were issued", mend="ask for a new copy")
            if number(row, "acknowledged_at"):
                raise Conflict("copy, acknowledged before")

        fact = Fact(
            type=ACKNOWLEDGED,
            subjects=(copy, by),
            public={"copy": copy},
            body={"digest": digest},  # a fact that is promised has a body (ledger.promise)
            body_subject=by,
        )
        return self._recorder.append(fact, guard=acceptable)


def registered_copies(state: State, version: VersionId) -> tuple[CopyId, ...]:
    """All copies of a version that carry a text mark: the suspects of a trace."""
    return tuple(
        CopyId(copy)
        for copy, row in state.by_index(COPIES, version)
        if number(row, "code_version") != UNMARKED
    )


def copies_written_with(
    state: State, version: VersionId, *, layout: str, key_name: str
) -> tuple[CopyId, ...]:
    """Those of them that can be compared with a reading made with this layout and key."""
    return tuple(
        CopyId(copy)
        for copy, row in state.by_index(COPIES, version)
        if number(row, "code_version") == CODE_VERSION
        and text(row, "layout") == layout
        and text(row, "key_id") == key_name
    )


def issue(
    *,
    registry: Registry,
    master: str,
    key: Secret[bytes],
    terms: CopyTerms,
    label: str = DEFAULT_LABEL,
) -> Marked:
    """A marked copy of `master` for one recipient.

    The caller holds an open session for the version (the key comes from there) and a grant.
    Raises Malformed for the master or label, Unavailable when the fact cannot be recorded;
    nothing left in either case.
    """
    # (1) The copy as it will leave: the registry holds the digest of exactly these bytes.
    copy = registry.new_copy()
    layout = read_master(master)
    marked = mark_text(master, key=key, version=terms.version, copy=copy, label=label)
    data = marked.encode("utf-8")
    digest = hashlib.sha256(data).hexdigest()
    # (2) The fact, durable before a byte is returned.
    promise = registry.register(
        copy=copy,
        terms=terms,
        digest=digest,
        size_bytes=len(data),
        key_name=key_id(key),
        code_version=CODE_VERSION,
        layout=layout.digest,
    )
    # (3) Only now the bytes.
    return Marked(copy=copy, text=marked, data=data, digest=digest, promise=promise)
