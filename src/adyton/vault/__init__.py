"""Assets to sealed parts, and back by several people together.

Enters: plaintext files with a quorum of approvers; release requests and signed approvals.
Leaves: sealed versions on a shelf, facts, and, to an open session, bytes of the version range by
range, or a key derived from the version's for marks.

Promises:
- nobody alone can open a version: its key is wrapped under a secret that is split by the quorum
  tree among approvers, and under a secret of the KMS (I3);
- no plaintext at rest: files are sealed in the pass that reads them, verified by decrypting, and
  read back into memory only;
- no key is joined before a witness signed a checkpoint that covers the approvals, nor twice for
  one request, nor after its expiry; requester and recipient cannot approve;
- no byte leaves before its chunk's tag was checked and a fact covers it (I1); swapped, truncated
  or foreign parts are Tampered;
- after expiry, close, restart, or a lock that `check` reports, nothing more is given;
- weights are GGUF or safetensors unless the caller calls a file opaque: no pickles by accident.

Never: a plain read without a session, a key on disk, a person's judgement (who may ask is
`policy`'s), a path to the shelf.

What it does not protect: memory of this process while a session is open; bytes that a recipient
has received; a quorum that conspires, which is on record.

Where what lies: `sealing` brings in, `checkout` requests, approves and opens, `sessions` reads,
`approver` is the approvers' own side (their process, their key), `quorum_check` asks whether the
shares still open, `records` and `requests` are the formats (`docs/formats/vault.md`).
"""

from adyton.vault.approver import (
    Approval,
    ApproverKey,
    approve_request,
    describe_request,
    make_approver_key,
    open_approver_key,
    prove_share,
)
from adyton.vault.people import ApproverPublic, usual_quorum
from adyton.vault.ports import Kms, Ledger, PlaintextObserver, SealedShelf
from adyton.vault.projection import project
from adyton.vault.quorum_check import QuorumCheck
from adyton.vault.records import Manifest
from adyton.vault.requests import Purpose, ReleaseRequest, parse_request, request_id
from adyton.vault.sealing import PlainFile, Protected
from adyton.vault.sessions import FileEntry, ReleaseSession
from adyton.vault.vault import Vault

__all__ = [
    "Approval",
    "ApproverKey",
    "ApproverPublic",
    "FileEntry",
    "Kms",
    "Ledger",
    "Manifest",
    "PlainFile",
    "PlaintextObserver",
    "Protected",
    "Purpose",
    "QuorumCheck",
    "ReleaseRequest",
    "ReleaseSession",
    "SealedShelf",
    "Vault",
    "approve_request",
    "describe_request",
    "make_approver_key",
    "open_approver_key",
    "parse_request",
    "project",
    "prove_share",
    "request_id",
    "usual_quorum",
]
