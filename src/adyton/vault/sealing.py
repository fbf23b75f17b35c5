"""Bringing a version under protection: plaintext in, one pass, sealed parts on the shelf.

The procedure, numbered as in `Sealing.protect`:

1. refuse what could not be opened again or should not be kept: the quorum, the name;
2. fix the ids and draw the data key, which lives in this call only;
3. file by file: look at its head, hash, observe and seal in one pass, part by part;
4. read each file back from the shelf, decrypt and compare: only then may the plaintext go;
5. write manifest, its signature, and the header with the wrapped key and the sealed shares;
6. publish the version in one step, then record it. A death before the record leaves sealed parts
   that no row names and that nobody ever could open but the approvers together.

An error at any step discards what was written.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from adyton.crypto import ids, quorum
from adyton.crypto.notes import Note, Signer
from adyton.crypto.parts import PartReader, PartWriter
from adyton.terms import (
    AssetId,
    AssetKind,
    Conflict,
    Entropy,
    Fact,
    Json,
    Malformed,
    Missing,
    PersonId,
    State,
    Tampered,
    VersionId,
)
from adyton.vault import facts, forms, keys, records
from adyton.vault.assets import Assets
from adyton.vault.people import ApproverPublic, checked_publics
from adyton.vault.ports import Kms, Ledger, PlaintextObserver, SealedShelf
from adyton.vault.reading import manifest_text, read_at

VERIFY_BYTES = 4 * 1024 * 1024
"""How much is read back at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainFile:
    """One file to protect: its length must be known before the first byte is sealed."""

    size_bytes: int
    blocks: Iterable[bytes]

    @classmethod
    def of(cls, data: bytes) -> "PlainFile":
        """A file that is in memory."""
        return cls(size_bytes=len(data), blocks=(data,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Protected:
    """What `protect` made."""

    asset: AssetId
    version: VersionId
    manifest_sha256: str


class Sealing:
    """Seals versions. Safe from threads: every call works on its own draft."""

    def __init__(
        self,
        *,
        shelf: SealedShelf,
        kms: Kms,
        ledger: Ledger,
        assets: Assets,
        entropy: Entropy,
        signer: Signer,
        part_bytes: int,
    ) -> None:
        self._shelf = shelf
        self._kms = kms
        self._ledger = ledger
        self._assets = assets
        self._entropy = entropy
        self._signer = signer
        self._part_bytes = part_bytes

    def protect(
        self,
        *,
        asset: AssetId | None,
        name: str,
        kind: AssetKind,
        compartment: str,
        files: Mapping[str, PlainFile],
        quorum_text: str,
        by: PersonId,
        observer: PlaintextObserver | None = None,
        opaque: frozenset[str] = frozenset(),
    ) -> Protected:
        """Seal `files` as a new version; see the steps above.

        `asset` None registers a new asset of that name. Raises Malformed, Refused or Conflict for
        what step 1 refuses and for files that change while they are read, Tampered when the shelf
        gives back other bytes than it took, Unavailable when it takes none.
        """
        # (1): refuse early
        tree = quorum.parse_approvers(quorum_text)
        publics = checked_publics(tree, self._ledger.state)
        self._assets.check(asset, name=name, kind=kind, compartment=compartment)
        _check_paths(files)
        # (2): ids and key
        home = asset or AssetId(ids.mint("ast", self._entropy))
        version = VersionId(ids.mint("ver", self._entropy))
        key = keys.DataKey(bytearray(self._entropy.token(keys.KEY_BYTES)))
        draft = _Draft(
            shelf=self._shelf,
            asset=home,
            version=version,
            key=key,
            manifest_id=self._entropy.token(16).hex(),
            part_bytes=self._part_bytes,
            observer=observer,
        )
        try:
            manifest, header, body = self._write(
                draft, files, kind=kind, opaque=opaque, tree=tree, publics=publics
            )
            # (6): publish, record
            self._shelf.publish(home, version)
            if asset is None:
                self._assets.record(home, name=name, kind=kind, compartment=compartment, by=by)
            self._record(manifest, header, by=by, body=body)
        except BaseException:
            self._shelf.discard(home, version)
            raise
        finally:
            key.wipe()
        digest = records.digest_of(manifest)
        return Protected(asset=home, version=version, manifest_sha256=digest)

    def _write(
        self,
        draft: "_Draft",
        files: Mapping[str, PlainFile],
        *,
        kind: AssetKind,
        opaque: frozenset[str],
        tree: quorum.QuorumTree,
        publics: Mapping[str, ApproverPublic],
    ) -> tuple[bytes, bytes, Mapping[str, Json]]:
        """Everything that lies on the shelf; manifest, header, and the body to record."""
        # (3), (4): seal and read back
        sealed = [
            draft.seal(path, file, kind=kind, opaque=path in opaque)
            for path, file in sorted(files.items())
        ]
        # (5): manifest, signature, header
        manifest = draft.manifest(kind, tuple(file for file, _ in sealed))
        reference = self._kms.create()
        header = records.encode(
            keys.seal_header(
                draft.key,
                version=draft.version,
                manifest_sha256=records.digest_of(manifest),
                tree=tree,
                publics=publics,
                kms_reference=reference,
                kms_secret=self._kms.secret(reference, context=draft.version.encode()),
                entropy=self._entropy,
            )
        )
        draft.put(records.MANIFEST, manifest)
        draft.put(records.SIGNATURE, _signed(self._signer, manifest))
        draft.put(records.HEADER, header)
        seen = draft.observer.body() if draft.observer else {}
        digests: list[Json] = [{"path": file.path, "sha256": plain} for file, plain in sealed]
        return manifest, header, {**seen, "files": digests}

    def _record(
        self, manifest: bytes, header: bytes, *, by: PersonId, body: Mapping[str, Json]
    ) -> None:
        what = records.decode(manifest, records.Manifest, what="the manifest")
        wrapped = records.decode(header, records.Header, what="the header")
        self._ledger.append(
            Fact(
                type=facts.VERSION_PROTECTED,
                subjects=(what.asset, what.version, by),
                public={
                    "asset": what.asset,
                    "version": what.version,
                    "by": by,
                    "manifest_sha256": records.digest_of(manifest),
                    "header_sha256": records.digest_of(header),
                    "size_bytes": sum(file.size_bytes for file in what.files),
                    "files": len(what.files),
                    "commitments": [share.commitment for share in wrapped.shares],
                },
                body=body,
                body_subject=what.asset,
            ),
            guard=lambda state: _asset_stands(state, what.asset),
        )


class _Draft:
    """One version while it is being sealed."""

    def __init__(
        self,
        *,
        shelf: SealedShelf,
        asset: AssetId,
        version: VersionId,
        key: keys.DataKey,
        manifest_id: str,
        part_bytes: int,
        observer: PlaintextObserver | None,
    ) -> None:
        self.version = version
        self.key = key
        self.observer = observer
        self._manifest_id = manifest_id
        self._shelf = shelf
        self._asset = asset
        self._part_bytes = part_bytes
        self._numbers = iter(range(records.MAX_FILES * records.PART_BYTES))

    def manifest(self, kind: AssetKind, files: tuple[records.SealedFile, ...]) -> bytes:
        """The manifest's canonical bytes."""
        return records.encode(
            records.Manifest(
                id=self._manifest_id,
                asset=self._asset,
                version=self.version,
                kind=kind,
                part_bytes=self._part_bytes,
                files=files,
            )
        )

    def put(self, name: str, data: bytes) -> None:
        """Write one of the small files."""
        self._shelf.put(self._asset, self.version, name, (data,))

    def seal(
        self, path: str, file: PlainFile, *, kind: AssetKind, opaque: bool
    ) -> tuple[records.SealedFile, str]:
        """Seal one file and read it back; its record, and the SHA-256 of its plaintext."""
        source = _Source(path, file, self.observer)
        head = source.peek(forms.HEAD_BYTES)
        form = forms.check_form(head, size_bytes=file.size_bytes, kind=kind, opaque=opaque)
        sizes = list(_part_sizes(file.size_bytes, self._part_bytes))
        contexts = [self._context(path, n, len(sizes), file.size_bytes) for n in range(len(sizes))]
        parts = tuple(
            self._seal_part(path, place, size, contexts[place], source)
            for place, size in enumerate(sizes)
        )
        plain = source.finish()
        self._verify(path, parts, contexts, plain)
        return records.SealedFile(
            path=path, size_bytes=file.size_bytes, form=form, parts=parts
        ), plain

    def _context(self, path: str, place: int, parts: int, size_bytes: int) -> bytes:
        return keys.part_context(
            manifest_id=self._manifest_id,
            path=path,
            number=place,
            parts=parts,
            size_bytes=size_bytes,
        )

    def _seal_part(
        self, path: str, place: int, size: int, context: bytes, source: "_Source"
    ) -> records.Part:
        key = keys.part_key(self.key, path=path, number=place).reveal()
        writer = PartWriter(key=key, context=context)
        digest = hashlib.sha256()

        def sealed() -> Iterator[bytes]:
            for block in source.take(size):
                piece = writer.update(block)
                digest.update(piece)
                yield piece
            last = writer.finish()
            digest.update(last)
            yield last

        number = next(self._numbers)
        length = self._shelf.put(self._asset, self.version, records.part_name(number), sealed())
        return records.Part(
            number=number,
            size_bytes=size,
            sealed_bytes=length,
            sealed_sha256=digest.hexdigest(),
        )

    def _verify(
        self, path: str, parts: tuple[records.Part, ...], contexts: list[bytes], plain: str
    ) -> None:
        digest = hashlib.sha256()
        for place, part in enumerate(parts):
            reader = PartReader(
                key=keys.part_key(self.key, path=path, number=place).reveal(),
                context=contexts[place],
                sealed_bytes=part.sealed_bytes,
                read_at=read_at(
                    self._shelf, self._asset, self.version, records.part_name(part.number)
                ),
            )
            for start in range(0, reader.size_bytes, VERIFY_BYTES):
                digest.update(reader.read(start, min(start + VERIFY_BYTES, reader.size_bytes)))
        if digest.hexdigest() != plain:
            raise Tampered("the shelf gave back other bytes than it took")


class _Source:
    """A plaintext stream: hands out exact lengths, hashes and shows each byte once."""

    def __init__(self, path: str, file: PlainFile, observer: PlaintextObserver | None) -> None:
        self._path = path
        self._blocks = iter(file.blocks)
        self._left = file.size_bytes
        self._held = b""
        self._digest = hashlib.sha256()
        self._observer = observer

    def peek(self, length: int) -> bytes:
        """The next bytes without taking them; fewer only where the file ends."""
        while len(self._held) < length:
            block = next(self._blocks, None)
            if block is None:
                break
            self._held += block
        return self._held[:length]

    def take(self, length: int) -> Iterator[bytes]:
        """The next `length` bytes in blocks. Raises Conflict when the file ends before."""
        while length:
            block = self._held or next(self._blocks, None)
            if block is None:
                raise Conflict("a file became shorter while it was read", mend="try again")
            now, self._held = block[:length], block[length:]
            length -= len(now)
            self._digest.update(now)
            if self._observer is not None:
                self._observer.see(self._path, now)
            yield now

    def finish(self) -> str:
        """The SHA-256 of all. Raises Conflict when more came than was announced."""
        if self.peek(1):
            raise Conflict("a file became longer while it was read", mend="try again")
        return self._digest.hexdigest()


def _signed(signer: Signer, manifest: bytes) -> bytes:
    text = manifest_text(manifest)
    return Note(text=text, signatures=(signer.sign(text),)).to_bytes()


def _part_sizes(size_bytes: int, part_bytes: int) -> Iterator[int]:
    """Full parts, then the rest; an empty file is one empty part."""
    while size_bytes > part_bytes:
        yield part_bytes
        size_bytes -= part_bytes
    yield size_bytes


def _check_paths(files: Mapping[str, PlainFile]) -> None:
    if not 1 <= len(files) <= records.MAX_FILES:
        raise Malformed("a version has at least one file, and not more than 10,000")
    for path in files:
        words = path.split("/")
        clean = path.isprintable() and "\\" not in path and not {"", ".", ".."} & set(words)
        if not clean or len(path) > records.MAX_PATH:
            raise Malformed("a file's path inside the version is not a plain relative path")


def _asset_stands(state: State, asset: str) -> None:
    if state.get(facts.ASSETS, asset) is None:
        raise Missing("the asset is not registered")
