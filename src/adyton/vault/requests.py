"""What people approve: the canonical bytes of a release request, and their reading for a human."""

import hashlib
from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from adyton.terms import Malformed, RequestId
from adyton.vault.records import Digest, Id, Size, decode, encode

MAX_REQUEST_BYTES = 16_384
MAX_LIFE_S = 7 * 24 * 3600
"""The longest time box; a longer need is another request."""

MAX_TIME_S = 253_402_300_799
"""The last second of the year 9999."""


class Purpose(StrEnum):
    """What a release is for; a session serves its purpose only."""

    CHECKOUT = "checkout"  # bytes to the recipient
    ISSUE = "issue"  # marked copies, with the version's mark keys
    SERVE = "serve"  # weights to a model server
    TRACE = "trace"  # attribution of exhibits, with the version's mark keys


Line = Annotated[str, msgspec.Meta(max_length=500)]


class ReleaseRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One request, fixed before anybody approves. Its SHA-256 is its id.

    `names` says what the ids are called, for the human who approves, and is signed with the rest.
    `ledger_size` and `ledger_root` are the log as the vault saw it, 0 and "" when not stated.
    """

    format: Literal["adyton/release/v1"] = "adyton/release/v1"
    asset: Id
    version: Id
    manifest_sha256: Digest
    purpose: Purpose
    recipient: Id
    by: Id
    reason: Line
    names: dict[Id, Line] = {}
    expires_at: Size
    session_public: Digest
    ledger_size: Size = 0
    ledger_root: Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{64})?$")] = ""

    def to_bytes(self) -> bytes:
        """The canonical bytes that are hashed and stored."""
        return encode(self)

    @property
    def id(self) -> RequestId:
        """`req_` and the SHA-256 of the canonical bytes."""
        return request_id(self.to_bytes())

    @property
    def digest(self) -> bytes:
        """The SHA-256 itself."""
        return hashlib.sha256(self.to_bytes()).digest()


def request_id(data: bytes) -> RequestId:
    """The id of a request's bytes."""
    return RequestId("req_" + hashlib.sha256(data).hexdigest())


def parse_request(data: bytes) -> ReleaseRequest:
    """The request in canonical bytes. Raises Malformed."""
    if len(data) > MAX_REQUEST_BYTES:
        raise Malformed("a release request is over its limit")
    request = decode(data, ReleaseRequest, what="a release request")
    if request.expires_at > MAX_TIME_S:
        raise Malformed("a release request ends after the last day that can be shown")
    if not all(text.isprintable() for text in (request.reason, *request.names.values())):
        raise Malformed("a release request holds characters that a terminal would act on")
    return request
