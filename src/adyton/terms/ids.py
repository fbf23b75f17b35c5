"""Distinct types of opaque ids. All are `<prefix>_<26 lower-case base32 characters>` (128 bits)."""

from typing import NewType

OrgId = NewType("OrgId", str)
PersonId = NewType("PersonId", str)  # people and services alike: both act
CredentialId = NewType("CredentialId", str)
CompartmentId = NewType("CompartmentId", str)
AssetId = NewType("AssetId", str)
VersionId = NewType("VersionId", str)
CopyId = NewType("CopyId", str)
EntitlementId = NewType("EntitlementId", str)
RequestId = NewType("RequestId", str)  # "req_" and the SHA-256 of the request's bytes
ApprovalId = NewType("ApprovalId", str)
GrantId = NewType("GrantId", str)
LockId = NewType("LockId", str)
SessionId = NewType("SessionId", str)
ReceiptId = NewType("ReceiptId", str)
CaseId = NewType("CaseId", str)
ExhibitId = NewType("ExhibitId", str)
SegmentId = NewType("SegmentId", str)
SourceId = NewType("SourceId", str)

PREFIXES = {
    "org": OrgId,
    "per": PersonId,
    "key": CredentialId,
    "cmp": CompartmentId,
    "ast": AssetId,
    "ver": VersionId,
    "cpy": CopyId,
    "ent": EntitlementId,
    "req": RequestId,
    "apr": ApprovalId,
    "gra": GrantId,
    "lck": LockId,
    "ses": SessionId,
    "rct": ReceiptId,
    "cas": CaseId,
    "exh": ExhibitId,
    "seg": SegmentId,
    "src": SourceId,
}
