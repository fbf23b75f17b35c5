"""Files and claims to exhibits and segments: the straight line of intake."""

import hashlib
from base64 import b32encode
from collections.abc import Mapping, Sequence
from dataclasses import replace

from adyton.intake.blocks import digest_file
from adyton.intake.decoding import printable
from adyton.intake.exhibits import (
    Claim,
    Exhibit,
    Intake,
    RawFile,
    Segment,
    SegmentKind,
    Times,
    Unread,
)
from adyton.intake.limits import Budget, Limits, OverLimit
from adyton.intake.pieces import About, Draft, Found, Member, Opener, Piece
from adyton.intake.registry import BINARY, opener_of, seems
from adyton.terms import ExhibitId, Malformed, SegmentId, Span

ID_CHARS = 26
MIN_SALT_BYTES = 16
NAME_CHARS = 255
PROVENANCE_KEYS = 64


def open_exhibits(
    files: Sequence[RawFile],
    *,
    salt: bytes,
    claims: Sequence[Claim] = (),
    limits: Limits | None = None,
) -> Intake:
    """Read everything that can be read of `files`, and list the rest.

    1. Each file is an exhibit with its digests, whatever happens next.
    2. The first opener that claims it (`registry`) yields texts, members, provenance.
    3. Members are opened in the same way, down to the depth limit.
    4. An error or a limit ends that piece only: what came before is kept, the rest is listed.

    `salt`: 16 or more random bytes per intake; ids are keyed with it. Raises Malformed for a
    salt too short, and for nothing else.
    """
    if len(salt) < MIN_SALT_BYTES:
        raise Malformed("the salt of an intake is too short", mend="give 16 random bytes")
    reading = _Reading(salt=salt, limits=limits or Limits())
    for claim in claims:
        reading.claim(claim)
    for file in files:
        member = Member(
            name=file.name, data=file.data, times=file.times, provenance=file.provenance
        )
        reading.begin()
        reading.take(member, parent=None, depth=0)
    return reading.result()


def unopened(files: Sequence[RawFile], *, salt: bytes, reason: str) -> Intake:
    """Exhibits of files that nobody could open, listed unread for `reason`."""
    reading = _Reading(salt=salt, limits=Limits())
    for file in files:
        member = Member(
            name=file.name,
            data=file.data,
            times=file.times,
            provenance=file.provenance,
            unread=reason,
        )
        reading.take(member, parent=None, depth=0)
    return reading.result()


class _Reading:
    """One call of `open_exhibits` under way."""

    def __init__(self, *, salt: bytes, limits: Limits) -> None:
        self._salt = salt
        self._limits = limits
        self._budget = Budget(limits)
        self._exhibits: list[Exhibit] = []
        self._segments: list[Segment] = []
        self._unread: list[Unread] = []

    def begin(self) -> None:
        """A file as brought gets a budget of its own, so that a bomb hides no other file."""
        self._budget = Budget(self._limits)

    def result(self) -> Intake:
        return Intake(
            exhibits=tuple(self._exhibits),
            segments=tuple(self._segments),
            unread=tuple(self._unread),
        )

    def claim(self, claim: Claim) -> None:
        """(1) for a statement: its own text is all there is."""
        data = claim.text.encode("utf-8", "replace")
        member = Member(name="claim", data=data, times=claim.times, provenance=claim.provenance)
        exhibit = self._exhibit(member, None, form="claim")
        text = data.decode("utf-8")
        span = Span(start=0, end=len(data))
        draft = Draft(kind=SegmentKind.CLAIM, text=text, origin=span, posted_s=claim.times.posted_s)
        try:
            self._segment(exhibit, draft)
        except OverLimit as error:
            self._miss(exhibit, error.message)

    def take(self, member: Member, *, parent: ExhibitId | None, depth: int) -> None:
        """(1) to (4) for one file or member."""
        piece = Piece(name=member.name, data=member.data)
        opener = None if member.unread else opener_of(piece)
        form = opener.form if opener else seems(piece)
        exhibit = self._exhibit(member, parent, form=form)
        if member.unread or opener is None:
            self._miss(exhibit, member.unread or f"{form}: text is not read from this form")
        elif len(piece.data) > self._limits.file_bytes:
            self._miss(exhibit, "over the limit of file size")
        else:
            self._open(opener, piece, exhibit, depth)

    def _open(self, opener: Opener, piece: Piece, exhibit: Exhibit, depth: int) -> None:
        try:
            for found in opener.open(piece, self._budget):
                self._keep(found, exhibit, depth)
        except OverLimit as error:
            self._miss(exhibit, error.message)
        except Malformed as error:
            self._miss(exhibit, f"{opener.form}: {error.message}")
        except Exception as error:  # noqa: BLE001 parsers of the standard library raise anything
            self._miss(exhibit, f"{opener.form}: unreadable ({type(error).__name__})")

    def _keep(self, found: Found, exhibit: Exhibit, depth: int) -> None:
        match found:
            case Draft():
                self._segment(exhibit, found)
            case Member() if depth >= self._limits.depth:
                self.take(
                    replace(found, unread="over the limit of nesting"),
                    parent=exhibit.id,
                    depth=depth + 1,
                )
            case Member():
                self.take(found, parent=exhibit.id, depth=depth + 1)
            case About():
                self._tell(exhibit, found)

    def _exhibit(self, member: Member, parent: ExhibitId | None, *, form: str) -> Exhibit:
        digest = digest_file([member.data])
        number = len(self._exhibits)
        exhibit = Exhibit(
            id=ExhibitId(self._id("exh", f"{number}:{digest.sha256}")),
            parent=parent,
            name=printable(member.name)[:NAME_CHARS],
            form=form,
            sha256=digest.sha256,
            size_bytes=digest.size_bytes,
            blocks=digest.blocks if form in BINARY else (),
            times=member.times,
            provenance=self._bounded(member.provenance),
            posted_known=parent is None and member.times.posted_s > 0,
        )
        self._exhibits.append(exhibit)
        return exhibit

    def _tell(self, exhibit: Exhibit, about: About) -> None:
        at = next(i for i, known in enumerate(self._exhibits) if known.id == exhibit.id)
        known = self._exhibits[at]
        provenance = self._bounded({**about.provenance, **known.provenance})
        self._exhibits[at] = replace(
            known, provenance=provenance, times=_joined(known.times, about.times)
        )

    def _segment(self, exhibit: Exhibit, draft: Draft) -> None:
        if not draft.text.strip():
            return
        self._budget.segment()
        self._segments.append(
            Segment(
                id=SegmentId(self._id("seg", str(len(self._segments)))),
                exhibit=exhibit.id,
                kind=draft.kind,
                text=printable(draft.text),
                origin=draft.origin,
                anchors=draft.anchors or ((0, draft.origin.start),),
                posted_s=draft.posted_s or exhibit.times.posted_s,
                provenance=self._bounded(draft.provenance),
            )
        )

    def _miss(self, exhibit: Exhibit, reason: str) -> None:
        self._unread.append(Unread(exhibit=exhibit.id, name=exhibit.name, reason=reason))

    def _bounded(self, provenance: Mapping[str, str]) -> dict[str, str]:
        most = self._limits.provenance_chars
        pairs = list(provenance.items())[:PROVENANCE_KEYS]
        return {printable(key)[:most]: printable(value)[:most] for key, value in pairs if value}

    def _id(self, prefix: str, what: str) -> str:
        key = self._salt[: hashlib.blake2b.MAX_KEY_SIZE]
        raw = hashlib.blake2b(f"{prefix}:{what}".encode(), key=key, digest_size=16).digest()
        return f"{prefix}_{b32encode(raw).decode().lower()[:ID_CHARS]}"


def _joined(brought: Times, found: Times) -> Times:
    """What the bringer knows wins over what the bytes say."""
    return Times(
        event_s=brought.event_s or found.event_s,
        posted_s=brought.posted_s or found.posted_s,
        captured_s=brought.captured_s or found.captured_s,
        acquired_s=brought.acquired_s,
        ingested_s=brought.ingested_s,
        recorded_s=brought.recorded_s,
    )
