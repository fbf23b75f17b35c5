"""A case's dossier from the ledger: copies, holders, rights, foreign rows, each with its cite.

Reads only what an open case may read; the caller has asked policy. One pass over the entries finds
where each id was first recorded, so that every sentence can cite it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from adyton.incident.post import settle_time
from adyton.incident.records import (
    CopyHeld,
    Dossier,
    Holder,
    Post,
    RecordedFinding,
    Right,
    Use,
)
from adyton.incident.sources import log_source
from adyton.ledger import Ledger
from adyton.terms import (
    AssetId,
    Channel,
    CompartmentId,
    CopyId,
    CredentialId,
    Employment,
    EntitlementId,
    Entry,
    Json,
    OrgId,
    OrgKind,
    PersonId,
    State,
    Verdict,
    VersionId,
)
from adyton.trace import Traced

PAGE: Final = 1000
USES: Final = frozenset({"answer.intended", "checkout.read", "release.opened"})
PERSON_KEYS: Final = ("person", "recipient", "by")
Table = Mapping[str, Json]


def gather(
    ledger: Ledger,
    *,
    case: str,
    case_entry: int,
    now_s: int,
    findings: Sequence[RecordedFinding],
    post: Post,
) -> Dossier:
    """Everything the questions of one case may look at."""
    state = ledger.state
    origin, uses = _read_entries(ledger)
    copies = tuple(_copies(state, origin))
    basis, suspects = _suspects(findings, copies)
    first_issue = min((copy.issued_at_s for copy in suspects), default=0)
    return Dossier(
        case=case,
        case_entry=case_entry,
        now_s=now_s,
        post=settle_time(post, not_before_s=first_issue),
        findings=tuple(findings),
        basis=basis,
        suspects=suspects,
        copies=copies,
        holders={holder.person: holder for holder in _holders(state, origin)},
        rights=tuple(_rights(state, origin)),
        sources=tuple(log_source(key, row, ledger) for key, row in state.scan("sources")),
        uses=tuple(uses),
        protected={
            VersionId(key): (AssetId(str(row["asset"])), origin.get(key, case_entry))
            for key, row in state.scan("versions")
        },
        requested=frozenset(AssetId(str(row["asset"])) for _, row in state.scan("requests")),
        exposed=frozenset(AssetId(_text(row, "asset")) for _, row in state.scan("exposures")),
        posted_known=post.posted_at_s > 0,
    )


def findings_of(traced: Traced, ledger: Ledger) -> tuple[RecordedFinding, ...]:
    """What trace answered, each finding with the ledger index where it was recorded."""
    return tuple(
        RecordedFinding(finding=finding, entry=ledger.entry(traced.receipts[finding.exhibit]).index)
        for finding in traced.findings
    )


def all_entries(ledger: Ledger) -> Iterator[Entry]:
    """Every entry in order, page by page."""
    after = -1
    while page := ledger.entries(after=after, limit=PAGE):
        yield from page
        after = page[-1].index


def _read_entries(ledger: Ledger) -> tuple[dict[str, int], list[Use]]:
    """Where each id was first recorded, and the facts in which a person acted."""
    origin: dict[str, int] = {}
    uses: list[Use] = []
    for entry in all_entries(ledger):
        told = [value for value in entry.public.values() if isinstance(value, str)]
        for one in (*entry.subjects, *told):
            origin.setdefault(one, entry.index)
        if entry.type in USES:
            person = next((entry.public[key] for key in PERSON_KEYS if key in entry.public), "")
            uses.append(
                Use(
                    time_s=entry.recorded_at_s,
                    type=entry.type,
                    person=PersonId(str(person)),
                    subjects=entry.subjects,
                    entry=entry.index,
                )
            )
    return origin, uses


def _int(row: Table, key: str) -> int:
    value = row.get(key, 0)
    return value if isinstance(value, int) else 0


def _text(row: Table, key: str) -> str:
    """A text of a row; "" where it was erased."""
    value = row.get(key)
    return value if isinstance(value, str) else ""


def _compartment(state: State, asset: str) -> CompartmentId:
    row = state.get("assets", asset) or {}
    return CompartmentId(_text(row, "compartment"))


def _copies(state: State, origin: Mapping[str, int]) -> Iterator[CopyHeld]:
    for key, row in state.scan("copies"):
        asset = str(row["asset"])
        yield CopyHeld(
            copy=CopyId(key),
            asset=AssetId(asset),
            version=VersionId(str(row["version"])),
            compartment=_compartment(state, asset),
            recipient=PersonId(str(row["recipient"])),
            channel=Channel(str(row["channel"])),
            place=_text(row, "place"),
            issued_at_s=_int(row, "issued_at"),
            acknowledged_at_s=_int(row, "acknowledged_at"),
            entry=origin.get(key, 0),
        )
    for key, row in state.scan("answers"):
        asset = str(row["asset"])
        yield CopyHeld(
            copy=CopyId(key),
            asset=AssetId(asset),
            version=None,
            compartment=_compartment(state, asset),
            recipient=PersonId(str(row["recipient"])),
            channel=Channel.ANSWER,
            place="",
            issued_at_s=_int(row, "at"),
            acknowledged_at_s=0,
            entry=origin.get(key, 0),
            weak=True,
            credential=CredentialId(_text(row, "credential")),
            client=_text(row, "client"),
        )


def _holders(state: State, origin: Mapping[str, int]) -> Iterator[Holder]:
    for key, row in state.scan("people"):
        org = state.get("orgs", str(row["org"])) or {}
        yield Holder(
            person=PersonId(key),
            login=_text(row, "login"),
            employment=Employment(str(row["employment"])),
            org=OrgId(str(row["org"])),
            org_kind=OrgKind(str(org.get("kind", OrgKind.OWNER.value))),
            team=_text(row, "team"),
            entry=origin.get(key, 0),
        )


def _rights(state: State, origin: Mapping[str, int]) -> Iterator[Right]:
    for key, row in state.scan("entitlements"):
        yield Right(
            entitlement=EntitlementId(key),
            person=PersonId(str(row["person"])),
            act=str(row["act"]),
            asset=_text(row, "asset"),
            compartment=CompartmentId(str(row["compartment"])),
            purpose=_text(row, "purpose"),
            broad=row.get("breadth") == "broad",
            until_s=_int(row, "until"),
            revoked_at_s=_int(row, "revoked_at"),
            entry=origin.get(key, 0),
        )


def _suspects(
    findings: Iterable[RecordedFinding], copies: Sequence[CopyHeld]
) -> tuple[str, tuple[CopyHeld, ...]]:
    """The copies that may be the source: named ones, else listed ones, else all of the version."""
    leaks = [one.finding for one in findings if one.finding.verdict is Verdict.LEAK]
    named = {copy.copy for finding in leaks for copy in finding.copies if copy.named}
    listed = {copy.copy for finding in leaks for copy in finding.copies}
    versions = {match.version for finding in leaks for match in finding.matches}
    for basis, wanted in (("named", named), ("listed", listed)):
        found = tuple(copy for copy in copies if copy.copy in wanted)
        if found:
            return basis, found
    found = tuple(copy for copy in copies if copy.version in versions)
    return ("version", found) if found else ("none", ())
