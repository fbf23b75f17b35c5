"""The words of the domain that two or more parts use.

Enters: nothing. Leaves: frozen, keyword-only values, distinct id types, the eight families of
errors, and the few ports (clock, entropy, executor) that every part may ask for.

Promises: standard library only; no behaviour beyond what a value needs to be well formed; every
id is opaque (random, no name inside).

Never: I/O, clocks, randomness, policy.
"""

from adyton.terms.assets import (
    Act,
    AssetKind,
    AssetRef,
    Binding,
    Channel,
    Employment,
    OrgKind,
    Role,
)
from adyton.terms.errors import (
    AdytonError,
    Conflict,
    Exhausted,
    Malformed,
    Misconfigured,
    Missing,
    Refused,
    Tampered,
    TooLarge,
    Unavailable,
    Unidentified,
)
from adyton.terms.facts import BodyState, Entry, Fact, Json, Offered, Promise, Row, State
from adyton.terms.findings import (
    CopyNamed,
    Finding,
    PersonTier,
    Span,
    Tier,
    Verdict,
    VersionMatch,
)
from adyton.terms.ids import (
    ApprovalId,
    AssetId,
    CaseId,
    CompartmentId,
    CopyId,
    CredentialId,
    EntitlementId,
    ExhibitId,
    GrantId,
    LockId,
    OrgId,
    PersonId,
    ReceiptId,
    RequestId,
    SegmentId,
    SessionId,
    SourceId,
    VersionId,
)
from adyton.terms.ports import Clock, Entropy, Executor
from adyton.terms.secret import Secret

__all__ = [
    "Act",
    "AdytonError",
    "ApprovalId",
    "AssetId",
    "AssetKind",
    "AssetRef",
    "Binding",
    "BodyState",
    "CaseId",
    "Channel",
    "Clock",
    "CompartmentId",
    "Conflict",
    "CopyId",
    "CopyNamed",
    "CredentialId",
    "Employment",
    "EntitlementId",
    "Entropy",
    "Entry",
    "Executor",
    "Exhausted",
    "ExhibitId",
    "Fact",
    "Finding",
    "GrantId",
    "Json",
    "LockId",
    "Malformed",
    "Misconfigured",
    "Missing",
    "Offered",
    "OrgId",
    "OrgKind",
    "PersonId",
    "PersonTier",
    "Promise",
    "ReceiptId",
    "Refused",
    "RequestId",
    "Role",
    "Row",
    "Secret",
    "SegmentId",
    "SessionId",
    "SourceId",
    "Span",
    "State",
    "Tampered",
    "Tier",
    "TooLarge",
    "Unavailable",
    "Unidentified",
    "Verdict",
    "VersionId",
    "VersionMatch",
]
