"""The vault as its callers see it: assets, versions, releases, sessions, in one object."""

from collections.abc import Iterator, Mapping, Sequence

from adyton.crypto.notes import Signer, VerifierKey
from adyton.terms import (
    AssetId,
    AssetKind,
    Clock,
    Entropy,
    PersonId,
    RequestId,
    Secret,
    SessionId,
    Span,
    VersionId,
)
from adyton.vault.approver import Approval
from adyton.vault.assets import Assets
from adyton.vault.checkout import Checkout
from adyton.vault.people import usual_quorum
from adyton.vault.ports import Kms, Ledger, PlaintextObserver, SealedShelf
from adyton.vault.quorum_check import QuorumCheck, QuorumChecks
from adyton.vault.reading import load_manifest
from adyton.vault.records import PART_BYTES, Manifest
from adyton.vault.requests import Purpose, ReleaseRequest
from adyton.vault.sealing import PlainFile, Protected, Sealing
from adyton.vault.sessions import Check, ReleaseSession, Sessions


class Vault:
    """One vault over one shelf. Safe from threads.

    `signer` is the perimeter's key for manifests. `check` raises Refused when a lock concerns a
    session; it is called before every range. `part_bytes` is smaller in tests only.
    """

    def __init__(
        self,
        *,
        shelf: SealedShelf,
        kms: Kms,
        ledger: Ledger,
        clock: Clock,
        entropy: Entropy,
        signer: Signer,
        check: Check,
        part_bytes: int = PART_BYTES,
    ) -> None:
        self._shelf = shelf
        self._ledger = ledger
        self._assets = Assets(ledger=ledger, entropy=entropy)
        self._sealing = Sealing(
            shelf=shelf,
            kms=kms,
            ledger=ledger,
            assets=self._assets,
            entropy=entropy,
            signer=signer,
            part_bytes=part_bytes,
        )
        self._sessions = Sessions(shelf=shelf, ledger=ledger, clock=clock, check=check)
        self._checkout = Checkout(
            shelf=shelf,
            kms=kms,
            ledger=ledger,
            sessions=self._sessions,
            clock=clock,
            entropy=entropy,
            manifest_key=signer.key,
        )
        self._checks = QuorumChecks(shelf=shelf, ledger=ledger, entropy=entropy)
        self.manifest_key: VerifierKey = signer.key

    def register_asset(
        self, *, name: str, kind: AssetKind, compartment: str, by: PersonId, decoy: bool = False
    ) -> AssetId:
        """Register an asset without a version: endpoints and decoys."""
        return self._assets.register(
            name=name, kind=kind, compartment=compartment, by=by, decoy=decoy
        )

    def usual_quorum(self, *, threshold: int = 2) -> str:
        """The quorum text of all enrolled approvers: one of each group, `threshold` groups."""
        return usual_quorum(self._ledger.state, threshold=threshold)

    def protect(
        self,
        *,
        asset: AssetId | None,
        name: str,
        kind: AssetKind,
        compartment: str,
        files: Mapping[str, PlainFile],
        quorum: str,
        by: PersonId,
        observer: PlaintextObserver | None = None,
        opaque: frozenset[str] = frozenset(),
    ) -> Protected:
        """Seal `files` as a new version (`sealing.py` says how)."""
        return self._sealing.protect(
            asset=asset,
            name=name,
            kind=kind,
            compartment=compartment,
            files=files,
            quorum_text=quorum,
            by=by,
            observer=observer,
            opaque=opaque,
        )

    def manifest(self, version: VersionId) -> Manifest:
        """A version's manifest, checked against ledger and signature."""
        return load_manifest(self._shelf, self._ledger.state, version, self.manifest_key)[0]

    def request(
        self,
        *,
        version: VersionId,
        purpose: Purpose,
        recipient: PersonId,
        expires_at_s: int,
        by: PersonId,
        reason: str = "",
    ) -> ReleaseRequest:
        """Ask for a release (`checkout.py` says how; the same for the next three)."""
        return self._checkout.request(
            version=version,
            purpose=purpose,
            recipient=recipient,
            expires_at_s=expires_at_s,
            by=by,
            reason=reason,
        )

    def share_for(self, request: RequestId, person: PersonId) -> bytes:
        """The sealed share that an approver's own process needs to approve."""
        return self._checkout.share_for(request, person)

    def approve(self, approval: Approval) -> bool:
        """Take an approval; whether the quorum is now reached."""
        return self._checkout.approve(approval)

    def open(self, request: RequestId) -> ReleaseSession:
        """Join the key of an approved request, once, after a witnessed checkpoint."""
        return self._checkout.open(request)

    def session(self, session: SessionId) -> ReleaseSession:
        """A session that may still be used. Raises Refused or Missing."""
        return self._sessions.get(session)

    def sessions(self) -> tuple[ReleaseSession, ...]:
        """The sessions of this process."""
        return self._sessions.all()

    def read(self, session: SessionId, path: str, span: Span) -> bytes:
        """Plaintext bytes of a file (`sessions.py` says how)."""
        return self._sessions.read(session, path, span)

    def stream(self, session: SessionId, path: str) -> Iterator[bytes]:
        """A whole file in blocks, each checked and recorded as `read` does."""
        return self._sessions.stream(session, path)

    def key_for(self, session: SessionId, label: str) -> Secret[bytes]:
        """A key of the version for one use; sessions to issue or to trace only."""
        return self._sessions.key_for(session, label)

    def close(self, session: SessionId, *, reason: str = "closed") -> None:
        """Wipe a session's key and record the end."""
        self._sessions.close(session, reason=reason)

    def close_expired(self) -> None:
        """End what ran out of time. The owner process calls this every few seconds."""
        self._sessions.close_expired()
        self._checkout.close_expired()

    def end_earlier(self) -> int:
        """Record the end of what died with an earlier process; at the owner's start."""
        return self._checkout.end_earlier()

    def quorum_challenge(self, version: VersionId) -> str:
        """A challenge for `quorum_check`."""
        return self._checks.challenge(version)

    def quorum_share(self, version: VersionId, person: PersonId) -> bytes:
        """The sealed share that `prove_share` needs."""
        return self._checks.share_for(version, person)

    def quorum_check(
        self, version: VersionId, proofs: Sequence[bytes], *, by: PersonId
    ) -> QuorumCheck:
        """Whether the approvers could open the version, without opening it."""
        return self._checks.check(version, proofs, by=by)
