"""The vault's own files as values: manifest (never changes), header (replaceable), share.

All are canonical JSON (RFC 8785); a file in any other form is Malformed. Described for readers in
`docs/formats/vault.md`.
"""

import hashlib
from typing import Annotated, Literal, TypeVar

import msgspec

from adyton.crypto.canonical import canonical_json
from adyton.crypto.plainjson import parse_canonical
from adyton.terms import AssetKind, Malformed, TooLarge
from adyton.vault.forms import Form

MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
HEADER = "header.json"

MAX_RECORD_BYTES = 16 * 1024 * 1024
MAX_FILES = 10_000
MAX_PATH = 512
PART_BYTES = 256 * 1024 * 1024

Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Hex = Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{2})+$", max_length=8192)]
Id = Annotated[str, msgspec.Meta(pattern="^[a-z]{3}_[a-z2-7]{26}$")]
Size = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sealed part: `number` runs over the whole version and names the file on the shelf."""

    number: Size
    size_bytes: Size
    sealed_bytes: Size
    sealed_sha256: Digest


class SealedFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of a version. `form` is what its first bytes said, `opaque` where nobody looked."""

    path: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_PATH)]
    size_bytes: Size
    form: Form
    parts: Annotated[tuple[Part, ...], msgspec.Meta(min_length=1)]


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a version consists of. `id` is random and fixed before sealing; see `digest_of`."""

    format: Literal["adyton/manifest/v1"] = "adyton/manifest/v1"
    cipher: Literal["cobblestone-256"] = "cobblestone-256"
    id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    asset: Id
    version: Id
    kind: AssetKind
    part_bytes: Annotated[int, msgspec.Meta(ge=1, le=PART_BYTES)]
    files: Annotated[tuple[SealedFile, ...], msgspec.Meta(min_length=1, max_length=MAX_FILES)]


class SealedShare(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One approver's share, sealed to their key; useless to anybody else."""

    person: Id
    version: Id
    manifest_sha256: Digest
    path: Annotated[tuple[int, ...], msgspec.Meta(min_length=1, max_length=8)]
    sealed: Hex
    commitment: Digest


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a version's key is wrapped, and for whom its shares are sealed."""

    format: Literal["adyton/header/v1"] = "adyton/header/v1"
    manifest_sha256: Digest
    kms: Word
    wrap_nonce: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{24}$")]
    wrap: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{96}$")]
    key_check: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    quorum: Annotated[str, msgspec.Meta(max_length=65_536)]
    shares: tuple[SealedShare, ...]

    def share_of(self, person: str) -> SealedShare | None:
        """The share sealed to this person, if they have one."""
        return next((share for share in self.shares if share.person == person), None)


RecordT = TypeVar("RecordT", bound=msgspec.Struct)


def encode(record: msgspec.Struct) -> bytes:
    """The canonical bytes of a record."""
    return canonical_json(msgspec.to_builtins(record))


def decode(data: bytes, kind: type[RecordT], *, what: str) -> RecordT:
    """The record in `data`. Raises Malformed, naming `what`."""
    if len(data) > MAX_RECORD_BYTES:
        raise TooLarge(f"{what} is over its limit")
    try:
        # not strict: JSON has no tuples and no enums; integers are checked by parse_canonical
        return msgspec.convert(parse_canonical(data, what=what), kind)
    except msgspec.ValidationError as error:
        raise Malformed(f"{what} does not have the fields of its format") from error


def digest_of(data: bytes) -> str:
    """SHA-256 in hex: of manifest bytes, what keys and shares are bound to."""
    return hashlib.sha256(data).hexdigest()


def part_name(number: int) -> str:
    """The name of a part on the shelf."""
    return f"parts/{number}"
