"""What the vault needs from outside."""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from adyton.terms import AssetId, Fact, Json, Promise, Secret, Span, State, VersionId


class SealedShelf(Protocol):
    """Where sealed versions lie: trusted to keep, not to be honest (the vault authenticates).

    A version is a draft until `publish`; drafts survive no reopening of the shelf. Names are
    relative paths of lower-case letters, digits, `.`, `/`. Durable once a method returns;
    unordered between versions; safe from threads; one version is written by one caller.
    """

    def put(self, asset: AssetId, version: VersionId, name: str, blocks: Iterable[bytes]) -> int:
        """Write one file of a draft and say its length. An error leaves the draft to `discard`.

        Raises Conflict for a name already written, Unavailable when the disk does not take it.
        """

    def publish(self, asset: AssetId, version: VersionId) -> None:
        """Make the draft the version, whole, in one step. Raises Conflict if it exists."""

    def discard(self, asset: AssetId, version: VersionId) -> None:
        """Forget a draft or a version that was never recorded. Nothing there is no error."""

    def read(self, asset: AssetId, version: VersionId, name: str, span: Span) -> bytes:
        """The bytes of `span`, fewer only where the file ends; drafts can be read too.

        Raises Missing, or Unavailable (try again).
        """

    def size(self, asset: AssetId, version: VersionId, name: str) -> int:
        """The file's length in bytes. Raises Missing."""


class Kms(Protocol):
    """Keeps one root secret apart from the shelf and the state, and derives others from it.

    Durable; the same reference and context give the same secret for ever, another context
    another; safe from threads.
    """

    def create(self) -> str:
        """A fresh reference for one use (a version): opaque text, no secret itself."""

    def secret(self, reference: str, *, context: bytes) -> Secret[bytes]:
        """32 bytes. Raises Missing for a reference of another root, Unavailable (try again)."""


class Ledger(Protocol):
    """The part of the ledger that the vault uses; the promises are those of `ledger`."""

    @property
    def state(self) -> State:
        """Current state; sees every acknowledged fact."""

    def append(self, fact: Fact, *, guard: Callable[[State], None] | None = None) -> Promise:
        """Record durably. `guard` runs inside the commit and refuses the fact by raising."""

    def checkpoint(self) -> bytes:
        """The last published checkpoint. Raises Missing before the first."""

    def witnessed(self, promise: Promise) -> bytes:
        """A checkpoint with a witness's cosignature that covers the fact, or Unavailable."""


class PlaintextObserver(Protocol):
    """Sees the plaintext of a version once, while it is sealed; used by one caller at a time.

    What it says lands in the sealed body of `version.protected` (prints, in practice).
    """

    def see(self, path: str, block: bytes) -> None:
        """The next bytes of a file. Files come one after the other, bytes in order."""

    def body(self) -> Mapping[str, Json]:
        """What to keep, asked for once at the end. The name `files` is taken."""
