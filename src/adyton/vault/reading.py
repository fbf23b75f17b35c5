"""Reads back what lies on the shelf, and believes none of it unchecked."""

import hmac

from adyton.crypto.notes import VerifierKey, open_note
from adyton.crypto.parts import ReadAt, sealed_size
from adyton.terms import AssetId, Missing, Span, State, Tampered, VersionId
from adyton.vault import facts, records
from adyton.vault.ports import SealedShelf

MANIFEST_LABEL = "adyton/manifest/v1"


def manifest_text(manifest: bytes) -> str:
    """The text that the signed note over a manifest carries."""
    return f"{MANIFEST_LABEL}\n{records.digest_of(manifest)}\n"


def read_at(shelf: SealedShelf, asset: AssetId, version: VersionId, name: str) -> ReadAt:
    """How a part reader gets sealed bytes: by offset and length."""

    def read(offset: int, length: int) -> bytes:
        return shelf.read(asset, version, name, Span(start=offset, end=offset + length))

    return read


def load_manifest(
    shelf: SealedShelf, state: State, version: VersionId, key: VerifierKey
) -> tuple[records.Manifest, str]:
    """The manifest of a version with its hash, if recorded, signed, and consistent in itself.

    Raises Missing where no such version was recorded, Tampered where the shelf holds another
    manifest than the ledger names or the perimeter signed.
    """
    row = state.get(facts.VERSIONS, version)
    if row is None:
        raise Missing("no such version")
    asset = AssetId(str(row["asset"]))
    data = _small(shelf, asset, version, records.MANIFEST)
    if not hmac.compare_digest(records.digest_of(data), str(row["manifest_sha256"])):
        raise Tampered("the manifest is not the one that was recorded")
    note = open_note(_small(shelf, asset, version, records.SIGNATURE), [key])
    if note.text != manifest_text(data):
        raise Tampered("the manifest is not the one that was signed")
    manifest = records.decode(data, records.Manifest, what="the manifest")
    if (manifest.asset, manifest.version) != (asset, version):
        raise Tampered("the manifest is of another version")
    for file in manifest.files:
        _check_file(file)
    return manifest, records.digest_of(data)


def load_header(shelf: SealedShelf, state: State, version: VersionId) -> records.Header:
    """The header of a version. Raises Missing, Tampered as `load_manifest` does."""
    row = state.get(facts.VERSIONS, version)
    if row is None:
        raise Missing("no such version")
    data = _small(shelf, AssetId(str(row["asset"])), version, records.HEADER)
    if not hmac.compare_digest(records.digest_of(data), str(row["header_sha256"])):
        raise Tampered("the header is not the one that was recorded")
    header = records.decode(data, records.Header, what="the header")
    if header.manifest_sha256 != row["manifest_sha256"]:
        raise Tampered("the header is of another manifest")
    return header


def _check_file(file: records.SealedFile) -> None:
    if sum(part.size_bytes for part in file.parts) != file.size_bytes or any(
        part.sealed_bytes != sealed_size(part.size_bytes) for part in file.parts
    ):
        raise Tampered("the sizes in the manifest contradict each other")


def _small(shelf: SealedShelf, asset: AssetId, version: VersionId, name: str) -> bytes:
    return shelf.read(asset, version, name, Span(start=0, end=records.MAX_RECORD_BYTES + 1))
