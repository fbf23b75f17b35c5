"""Open releases: keys in memory of this process, bytes read range by range, until an end.

`Sessions.read`, numbered as in the code:

1. the session is there, its time has not passed (by the wall clock or by the one that nobody can
   set), and nobody set a lock that concerns it; else the key is wiped and nothing is given, also
   within a running stream;
2. the range lies inside the file and under the limit for one call;
3. a fact that covers the range is durable (one fact covers up to 64 MiB of a file, so that a
   stream does not fill the ledger: what it says left is never less than what left);
4. each chunk's tag is checked before its bytes go out.

A restart ends all sessions, because the keys are nowhere else.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from adyton.crypto.hpke import bind
from adyton.crypto.parts import PartReader
from adyton.terms import (
    AssetId,
    Clock,
    Fact,
    Malformed,
    Missing,
    PersonId,
    Refused,
    RequestId,
    Secret,
    SessionId,
    Span,
    Tampered,
    TooLarge,
    VersionId,
)
from adyton.vault import facts, keys, records
from adyton.vault.ports import Ledger, SealedShelf
from adyton.vault.reading import read_at
from adyton.vault.requests import Purpose

MAX_SPAN_BYTES = 16 * 1024 * 1024
"""The longest range of one call: bounds memory, and what a lock set meanwhile cannot stop."""
STREAM_BYTES = 1024 * 1024
CLAIM_BYTES = 64 * 1024 * 1024
_WITH_KEYS = frozenset({Purpose.ISSUE, Purpose.TRACE})


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """A file of an open version."""

    path: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseSession:
    """An open release, as the caller sees it. `checkpoint` covers the approvals, witnessed."""

    session: SessionId
    request: RequestId
    asset: AssetId
    version: VersionId
    purpose: Purpose
    recipient: PersonId
    expires_at_s: int
    files: tuple[FileEntry, ...]
    checkpoint: bytes = field(repr=False)


Check = Callable[[ReleaseSession], None]
"""Raises Refused when a lock concerns the session; given by assembly, called at every range."""


@dataclass(slots=True, kw_only=True)
class _Live:
    session: ReleaseSession
    manifest: records.Manifest
    key: keys.DataKey
    until_monotonic_s: float
    readers: dict[tuple[str, int], PartReader] = field(default_factory=dict)
    claims: set[tuple[str, int]] = field(default_factory=set)
    bytes_out: int = 0


class Sessions:
    """The open releases of this process. Safe from threads: a race costs a second fact at most."""

    def __init__(self, *, shelf: SealedShelf, ledger: Ledger, clock: Clock, check: Check) -> None:
        self._shelf = shelf
        self._ledger = ledger
        self._clock = clock
        self._check = check
        self._live: dict[SessionId, _Live] = {}

    def add(self, session: ReleaseSession, manifest: records.Manifest, key: keys.DataKey) -> None:
        """Take over a joined key. The caller recorded `release.opened` before."""
        left_s = session.expires_at_s - self._clock.now_s()
        self._live[session.session] = _Live(
            session=session,
            manifest=manifest,
            key=key,
            until_monotonic_s=self._clock.monotonic_s() + left_s,
        )

    def admit(self, session: ReleaseSession) -> None:
        """Raise what a lock that concerns the session raises, before its key is joined."""
        self._check(session)

    def get(self, session: SessionId) -> ReleaseSession:
        """The session, if it may still be used. Raises Refused or Missing."""
        return self._usable(session).session

    def all(self) -> tuple[ReleaseSession, ...]:
        """Every session of this process, expired ones included until they are closed."""
        return tuple(live.session for live in list(self._live.values()))

    def read(self, session: SessionId, path: str, span: Span) -> bytes:
        """The plaintext of `span` of a file; see the steps above.

        Raises Refused (ended, locked), Missing (no such file), Malformed or TooLarge (the range),
        Tampered (the shelf lies), Unavailable (the shelf or the ledger; nothing left).
        """
        # (1): still allowed
        live = self._usable(session)
        # (2): the range
        file = _file_of(live.manifest, path)
        if not 0 <= span.start <= span.end <= file.size_bytes:
            raise Malformed("the range lies outside the file")
        if span.end - span.start > MAX_SPAN_BYTES:
            raise TooLarge("the range is over the limit of one read", mend="read it in pieces")
        # (3): recorded
        self._claim(live, file, span)
        # (4): checked chunks only
        plain = b"".join(self._pieces(live, file, span))
        self._usable(session)
        live.bytes_out += len(plain)
        return plain

    def stream(self, session: SessionId, path: str) -> Iterator[bytes]:
        """A whole file in blocks of up to 1 MiB, each as `read` gives it."""
        size_bytes = _file_of(self._usable(session).manifest, path).size_bytes
        for start in range(0, size_bytes, STREAM_BYTES):
            span = Span(start=start, end=min(start + STREAM_BYTES, size_bytes))
            yield self.read(session, path, span)

    def key_for(self, session: SessionId, label: str) -> Secret[bytes]:
        """A key of the version for one use, the same in every session of the version.

        Raises Refused unless the purpose is to issue or to trace.
        """
        live = self._usable(session)
        if live.session.purpose not in _WITH_KEYS:
            raise Refused("this release gives no keys", mend="request one to issue or to trace")
        return live.key.derive(bind("adyton/use/v1", label.encode()))

    def close(self, session: SessionId, *, reason: str = "closed") -> None:
        """Wipe the key and record the end. Closing twice is no error.

        The key is gone even where recording fails, which is then Unavailable.
        """
        live = self._live.pop(session, None)
        if live is not None:
            live.key.wipe()
            live.readers.clear()
            self._record_end(live, reason)

    def close_expired(self) -> int:
        """Close every session whose time has passed; how many. Call it every few seconds."""
        over = [name for name, live in list(self._live.items()) if self._over(live)]
        for session in over:
            self.close(session, reason="expired")
        return len(over)

    def _usable(self, session: SessionId) -> _Live:
        live = self._live.get(session)
        if live is None:
            raise Missing("no such release session", mend="request the release again")
        if self._over(live):
            self.close(session, reason="expired")
            raise Refused("the release has expired", mend="request it again")
        try:
            self._check(live.session)
        except Refused:
            self.close(session, reason="locked")
            raise
        return live

    def _over(self, live: _Live) -> bool:
        past = self._clock.now_s() >= live.session.expires_at_s
        return past or self._clock.monotonic_s() >= live.until_monotonic_s

    def _claim(self, live: _Live, file: records.SealedFile, span: Span) -> None:
        for number in range(span.start // CLAIM_BYTES, -(-span.end // CLAIM_BYTES)):
            if (file.path, number) in live.claims:
                continue
            session = live.session
            self._ledger.append(
                Fact(
                    type=facts.CHECKOUT_READ,
                    subjects=(session.version, session.recipient),
                    public={
                        "session": session.session,
                        "request": session.request,
                        "version": session.version,
                        "recipient": session.recipient,
                        "purpose": session.purpose.value,
                        "file": live.manifest.files.index(file),
                        "start": number * CLAIM_BYTES,
                        "end": min((number + 1) * CLAIM_BYTES, file.size_bytes),
                    },
                )
            )
            live.claims.add((file.path, number))

    def _pieces(self, live: _Live, file: records.SealedFile, span: Span) -> Iterator[bytes]:
        begin = 0
        for place, part in enumerate(file.parts):
            start, end = max(span.start, begin), min(span.end, begin + part.size_bytes)
            if start < end:
                yield self._reader(live, file, place).read(start - begin, end - begin)
            begin += part.size_bytes

    def _reader(self, live: _Live, file: records.SealedFile, place: int) -> PartReader:
        known = live.readers.get((file.path, place))
        if known is not None:
            return known
        part = file.parts[place]
        name = records.part_name(part.number)
        asset, version = live.session.asset, live.session.version
        reader = PartReader(
            key=keys.part_key(live.key, path=file.path, number=place).reveal(),
            context=keys.part_context(
                manifest_id=live.manifest.id,
                path=file.path,
                number=place,
                parts=len(file.parts),
                size_bytes=file.size_bytes,
            ),
            sealed_bytes=self._shelf.size(asset, version, name),
            read_at=read_at(self._shelf, asset, version, name),
        )
        if reader.size_bytes != part.size_bytes:
            raise Tampered("a sealed part has another length than its manifest says")
        live.readers[file.path, place] = reader
        return reader

    def _record_end(self, live: _Live, reason: str) -> None:
        session = live.session
        self._ledger.append(
            Fact(
                type=facts.RELEASE_CLOSED,
                subjects=(session.version, session.recipient),
                public={
                    "request": session.request,
                    "session": session.session,
                    "version": session.version,
                    "reason": reason,
                    "bytes_out": live.bytes_out,
                },
            )
        )


def _file_of(manifest: records.Manifest, path: str) -> records.SealedFile:
    for file in manifest.files:
        if file.path == path:
            return file
    raise Missing("no such file in this version")
