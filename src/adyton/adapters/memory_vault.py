"""The vault's outside world in memory: a shelf and a KMS. For tests, drills and trials.

`MemoryShelf.files` is the whole shelf, for whoever plays a thief or a disk that lies.
"""

import hashlib
from collections.abc import Iterable

from adyton.crypto.hpke import bind
from adyton.terms import AssetId, Conflict, Missing, Secret, Span, Unavailable, VersionId


class MemoryShelf:
    """The `SealedShelf` port without a disk."""

    def __init__(self) -> None:
        self.files: dict[tuple[str, str, str], bytes] = {}
        self.drafts: dict[tuple[str, str, str], bytes] = {}
        self.broken = False

    def put(self, asset: AssetId, version: VersionId, name: str, blocks: Iterable[bytes]) -> int:
        """Keep one file of a draft."""
        if self.broken:
            raise Unavailable("the shelf's disk is full", mend="free space on it")
        if (asset, version, name) in self.drafts:
            raise Conflict("this file of the draft was written already")
        data = b"".join(blocks)
        self.drafts[asset, version, name] = data
        return len(data)

    def publish(self, asset: AssetId, version: VersionId) -> None:
        """Make the draft the version."""
        if any(key[:2] == (asset, version) for key in self.files):
            raise Conflict("this version is on the shelf already")
        mine = {key: data for key, data in self.drafts.items() if key[:2] == (asset, version)}
        if not mine:
            raise Missing("nothing of that name lies on the shelf")
        self.files.update(mine)
        self._forget(self.drafts, asset, version)

    def discard(self, asset: AssetId, version: VersionId) -> None:
        """Forget draft and version."""
        self._forget(self.drafts, asset, version)
        self._forget(self.files, asset, version)

    def read(self, asset: AssetId, version: VersionId, name: str, span: Span) -> bytes:
        """The bytes of `span`."""
        return self._find(asset, version, name)[span.start : span.end]

    def size(self, asset: AssetId, version: VersionId, name: str) -> int:
        """The file's length."""
        return len(self._find(asset, version, name))

    def _find(self, asset: str, version: str, name: str) -> bytes:
        key = (asset, version, name)
        found = self.files.get(key, self.drafts.get(key))
        if found is None:
            raise Missing("nothing of that name lies on the shelf")
        return found

    @staticmethod
    def _forget(table: dict[tuple[str, str, str], bytes], asset: str, version: str) -> None:
        for key in [key for key in table if key[:2] == (asset, version)]:
            del table[key]


class MemoryKms:
    """The `Kms` port without a file; another `root` is another KMS."""

    def __init__(self, root: bytes = b"memory kms") -> None:
        self._root = root
        self._made = 0

    def create(self) -> str:
        """The next reference."""
        self._made += 1
        return f"memory:{self._name()}:{self._made}"

    def secret(self, reference: str, *, context: bytes) -> Secret[bytes]:
        """32 bytes for this reference and context."""
        if not reference.startswith(f"memory:{self._name()}:"):
            raise Missing("this KMS does not hold that secret")
        return Secret(hashlib.sha256(bind(reference, self._root, context)).digest())

    def _name(self) -> str:
        return hashlib.sha256(bind("name", self._root)).hexdigest()[:8]
