"""What an investigation looks at: copies, holders, rows of foreign logs, evidence with cites."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, cast

from adyton.terms import (
    AssetId,
    Channel,
    CompartmentId,
    CopyId,
    CredentialId,
    Employment,
    EntitlementId,
    Entropy,
    Finding,
    Json,
    OrgId,
    OrgKind,
    PersonId,
    SourceId,
    VersionId,
)

ID_BYTES: Final = 16
ID_CHARS: Final = 26
PPM: Final = 1_000_000


def new_id(prefix: str, entropy: Entropy) -> str:
    """A fresh opaque id."""
    text = base64.b32encode(entropy.token(ID_BYTES)).decode("ascii").rstrip("=").lower()
    return f"{prefix}_{text[:ID_CHARS]}"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Cite:
    """Where a sentence can be checked: a ledger index and, in an imported log, the line."""

    entry: int
    line: int = 0


def cited(cites: Iterable[Cite]) -> dict[str, Json]:
    """Cites as documents carry them: `cites`, ledger indexes; `lines`, where a log has lines."""
    unique = sorted(set(cites))
    told: dict[str, Json] = {"cites": sorted({cite.entry for cite in unique})}
    lines: list[Json] = [{"entry": one.entry, "line": one.line} for one in unique if one.line]
    return {**told, "lines": lines} if lines else told


def cites_of(told: Mapping[str, Json]) -> tuple[Cite, ...]:
    """The cites that a part of a document carries."""
    lines = cast("Sequence[Mapping[str, int]]", told.get("lines", ()))
    lined = tuple(Cite(entry=one["entry"], line=one["line"]) for one in lines)
    known = {cite.entry for cite in lined}
    entries = cast("Sequence[int]", told["cites"])
    return (*(Cite(entry=entry) for entry in entries if entry not in known), *lined)


class Side(StrEnum):
    """What a piece of evidence does to a pathway."""

    FOR = "for"
    AGAINST = "against"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One piece: `weight_milli` is 1000·log10 of its likelihood ratio against *unknown*.

    What is missing always weighs 0: a gap in the logs is never innocence. `name` is stable, for
    programs; `text` is for people and holds ids, never names.
    """

    name: str
    side: Side
    text: str
    weight_milli: int = 0
    cites: tuple[Cite, ...] = ()

    def as_json(self) -> dict[str, Json]:
        """The evidence as it stands in reports."""
        return {
            "name": self.name,
            "side": self.side.value,
            "text": self.text,
            "weight_milli": self.weight_milli,
            **cited(self.cites),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The stretch a log claims to hold (`stated`), or was merely seen to hold; our time."""

    start_s: int
    end_s: int
    stated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """One row of a foreign log in normal words; `time_s` is in our time (skew taken off)."""

    cite: Cite
    source: SourceId
    time_s: int
    action: str
    actor: str = ""
    object: str = ""
    place: str = ""
    result: str = ""
    address: str = ""
    asn: str = ""
    country: str = ""
    device: str = ""
    agent: str = ""
    mfa: str = ""
    acl: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSource:
    """An imported log. `readable` is false where its body was erased or is lost."""

    source: SourceId
    kind: str
    entry: int
    digest: str
    coverage: Coverage
    skew_s: int
    malformed: int
    readable: bool
    rows: tuple[SourceRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A person as the case sees them; only inside an open case."""

    person: PersonId
    login: str
    employment: Employment
    org: OrgId
    org_kind: OrgKind
    team: str
    entry: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """An entitlement as it stood: `revoked_at_s` 0 means not revoked."""

    entitlement: EntitlementId
    person: PersonId
    act: str
    asset: str
    compartment: CompartmentId
    purpose: str
    broad: bool
    until_s: int
    revoked_at_s: int
    entry: int

    def holds_at(self, time_s: int) -> bool:
        """True where it was neither revoked nor over at that time."""
        over = self.until_s and self.until_s <= time_s
        return not over and (not self.revoked_at_s or self.revoked_at_s > time_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyHeld:
    """A copy: an issued one, or a model answer (`weak`: online keys, weaker evidence)."""

    copy: CopyId
    asset: AssetId
    version: VersionId | None
    compartment: CompartmentId
    recipient: PersonId
    channel: Channel
    place: str
    issued_at_s: int
    acknowledged_at_s: int
    entry: int
    weak: bool = False
    credential: CredentialId | None = None
    client: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A fact of ours in which a person acted: a checkout, a read, an answer."""

    time_s: int
    type: str
    person: PersonId
    subjects: tuple[str, ...]
    entry: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedFinding:
    """What trace said of an exhibit, and the ledger index where it said it."""

    finding: Finding
    entry: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What the exhibits themselves say about their way. The poster may have planted all of it.

    `posted_at_s` is what the case goes by, `times` are all that the exhibits state.
    """

    posted_at_s: int = 0
    times: tuple[int, ...] = ()
    forwards: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """Everything the questions of one case may look at.

    `basis` says how the suspects came about: `named` copies, merely `listed` ones, or every copy
    of the matched `version`; `none` where nothing of ours was found. `case_entry` is the ledger
    index of `case.opened`, the cite of what rests on the case as a whole. `protected` gives every
    version's asset and first entry, `requested` the assets that somebody asked to have released,
    `exposed` those that a sweep found where they should not be. `posted_known`: the time of the
    post is the investigators' word; else only the exhibits state it, and they may be lying.
    """

    case: str
    case_entry: int
    now_s: int
    post: Post
    findings: tuple[RecordedFinding, ...]
    basis: str
    suspects: tuple[CopyHeld, ...]
    copies: tuple[CopyHeld, ...]
    holders: Mapping[PersonId, Holder]
    rights: tuple[Right, ...]
    sources: tuple[LogSource, ...]
    uses: tuple[Use, ...] = ()
    protected: Mapping[VersionId, tuple[AssetId, int]] = field(default_factory=dict)
    requested: frozenset[AssetId] = frozenset()
    exposed: frozenset[AssetId] = frozenset()
    posted_known: bool = False
    sorted_rows: dict[str, tuple[SourceRow, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    grouped_rows: dict[str, Sequence[tuple[SourceRow, ...]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def posted_by_s(self) -> int:
        """The latest time at which the content can have left.

        Where the time of the post is unknown: now, or the end of the last log if that is later.
        """
        return self.post.posted_at_s or self._end_s()

    def surely_by_s(self) -> int:
        """The same, but never on the word of an exhibit: a poster may state too early a time."""
        return self.post.posted_at_s if self.posted_known else self._end_s()

    def _end_s(self) -> int:
        return max([self.now_s, *(source.coverage.end_s for source in self.sources)])

    def rows(self, kind: str) -> tuple[SourceRow, ...]:
        """All rows of the logs of a kind, in order of time; sorted once."""
        if kind not in self.sorted_rows:
            found = [row for source in self.sources if source.kind == kind for row in source.rows]
            self.sorted_rows[kind] = tuple(sorted(found, key=lambda row: (row.time_s, row.cite)))
        return self.sorted_rows[kind]

    def objects(self, kind: str) -> Sequence[tuple[SourceRow, ...]]:
        """The same rows, those of one object together; there are far fewer objects than rows."""
        if kind not in self.grouped_rows:
            found: dict[tuple[str, str], list[SourceRow]] = {}
            for row in self.rows(kind):
                found.setdefault((row.place, row.object), []).append(row)
            self.grouped_rows[kind] = tuple(tuple(rows) for rows in found.values())
        return self.grouped_rows[kind]

    def covered_ppm(self, kind: str, start_s: int, end_s: int) -> int:
        """Which share of a stretch the readable logs of a kind claim to hold."""
        stretches = sorted(
            (max(start_s, source.coverage.start_s), min(end_s, source.coverage.end_s))
            for source in self.sources
            if source.kind == kind and source.readable
        )
        if start_s >= end_s:
            return PPM if any(low <= high for low, high in stretches) else 0
        held, reached = 0, start_s
        for low, high in stretches:
            if high > max(low, reached):
                held += high - max(low, reached)
                reached = high
        return held * PPM // (end_s - start_s)
