"""Release of a version by several people: request, approvals, and the one opening.

The procedure of the reference, numbered as in the code of `request`, `approve`, `open`:

1. the session's HPKE key is made in memory, because its public half must stand in the request
   before the request's bytes are fixed;
2. the request (exact version, purpose, recipient, expiry) is recorded; its id is its SHA-256;
3. each approver's own process shows the decoded request, opens its share, reseals it to the
   session's key and signs (`adyton.vault.approver`);
4. an approval counts when the person is enrolled, is neither requester nor recipient and shares
   no key with them, has not approved before, and the signature and the share hold; it is recorded;
5. opening needs approvals that satisfy the quorum tree, no lock, a witnessed checkpoint over the
   approvals, and is recorded, once, before anything is joined;
6. only then is the key joined, unwrapped and kept, in memory, until the session ends.

The session's key lives in this process alone: after a restart a request cannot be opened any more
and has to be made again. The caller authorises who may request and open (`policy`).
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field

from adyton.crypto import hpke, ids, quorum
from adyton.crypto.checkpoints import parse_checkpoint
from adyton.crypto.notes import VerifierKey, parse_note
from adyton.terms import (
    AdytonError,
    AssetId,
    Clock,
    Conflict,
    Entropy,
    Exhausted,
    Fact,
    Malformed,
    Missing,
    PersonId,
    Promise,
    Refused,
    RequestId,
    Secret,
    SessionId,
    State,
    Tampered,
    Unavailable,
    VersionId,
)
from adyton.vault import approvals, approver, facts, keys, records
from adyton.vault.assets import asset_row
from adyton.vault.ports import Kms, Ledger, SealedShelf
from adyton.vault.reading import load_header, load_manifest
from adyton.vault.requests import MAX_LIFE_S, Purpose, ReleaseRequest, parse_request
from adyton.vault.sessions import FileEntry, ReleaseSession, Sessions

MAX_PENDING = 1000
"""Requests that may wait at once; each holds a key in memory."""


@dataclass(slots=True, kw_only=True)
class _Pending:
    """A request of this process: its session key, and the shares that approvers resealed to it."""

    request: ReleaseRequest
    header: records.Header
    tree: quorum.QuorumTree
    key: hpke.HpkeKey
    resealed: dict[str, bytes] = field(default_factory=dict)
    promises: list[Promise] = field(default_factory=list)


class Checkout:
    """Requests, approvals and openings of this process.

    Safe from threads: what must happen once is decided by guards inside the ledger's commit.
    """

    def __init__(
        self,
        *,
        shelf: SealedShelf,
        kms: Kms,
        ledger: Ledger,
        sessions: Sessions,
        clock: Clock,
        entropy: Entropy,
        manifest_key: VerifierKey,
    ) -> None:
        self._shelf = shelf
        self._kms = kms
        self._ledger = ledger
        self._sessions = sessions
        self._clock = clock
        self._entropy = entropy
        self._manifest_key = manifest_key
        self._pending: dict[RequestId, _Pending] = {}

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
        """Ask for a release.

        Raises Malformed (expiry, reason), Missing (version), Refused (nobody could approve it
        besides those concerned), Tampered (manifest or header), Exhausted.
        """
        now = self._clock.now_s()
        if not now < expires_at_s <= now + MAX_LIFE_S:
            raise Malformed("a release ends in the future, within seven days")
        self._forget_expired(now)
        if len(self._pending) >= MAX_PENDING:
            raise Exhausted("too many release requests wait", mend="approve or let them expire")
        state = self._ledger.state
        manifest, manifest_sha256 = load_manifest(self._shelf, state, version, self._manifest_key)
        header = load_header(self._shelf, state, version)
        tree = quorum.parse_approvers(header.quorum)
        if not tree.satisfied(set(tree.active()) - {recipient, by}):
            raise Refused(
                "without requester and recipient the quorum cannot be reached",
                mend="let somebody ask who is no approver of this version",
            )
        # (1): the session's key
        key = hpke.HpkeKey.generate(self._entropy)
        # (2): fixed bytes, recorded
        size, root = self._ledger_seen()
        request = parse_request(
            ReleaseRequest(
                asset=manifest.asset,
                version=version,
                manifest_sha256=manifest_sha256,
                purpose=purpose,
                recipient=recipient,
                by=by,
                reason=reason,
                names=_names(state, manifest.asset, recipient, by),
                expires_at=expires_at_s,
                session_public=key.public.hex(),
                ledger_size=size,
                ledger_root=root,
            ).to_bytes()
        )
        self._ledger.append(_requested(request))
        self._pending[request.id] = _Pending(request=request, header=header, tree=tree, key=key)
        return request

    def share_for(self, request: RequestId, person: PersonId) -> bytes:
        """The sealed share that the approver's own process needs. Raises Missing."""
        share = self._get(request).header.share_of(person)
        if share is None:
            raise Missing("no share of this version is sealed to that person")
        return records.encode(share)

    def approve(self, approval: approver.Approval) -> bool:
        """Take one approval; whether the quorum is now reached.

        Raises Refused (not an approver of this, concerned themselves, too late), Conflict
        (approved before, or opened already), Tampered or Malformed (signature, share).
        """
        # (4): who, when, and whether it holds
        pending = self._get(approval.request)
        person = approval.person
        self._check_time(pending)
        share = pending.header.share_of(person)
        if share is None:
            raise Refused("not an approver of this version")
        approvals.check_apart(self._ledger.state, pending.request, pending.tree, person)
        resealed, note = approvals.verified(self._ledger.state, pending.request, approval)
        info = keys.release_info(pending.request.digest, person)
        if keys.check_share(pending.key.open(resealed, info=info), share).path != share.path:
            raise Tampered("a key share stands at another place of the quorum")
        present = {*pending.resealed, person}
        promise = self._ledger.append(
            Fact(
                type=facts.RELEASE_APPROVED,
                subjects=(pending.request.version, person),
                public={
                    "request": approval.request,
                    "person": person,
                    "group": pending.tree.group_of(person),
                    "satisfied": pending.tree.satisfied(present),
                },
                body={"note": note},
                body_subject=person,
            ),
            guard=_may_approve(approval.request, person),
        )
        pending.resealed[person] = resealed
        pending.promises.append(promise)
        return pending.tree.satisfied(pending.resealed)

    def open(self, request: RequestId) -> ReleaseSession:
        """Join the key of an approved request, once.

        Raises Refused (quorum not reached, too late, locked), Conflict (opened before),
        Unavailable (no witness: nothing is joined and it may be tried again), Tampered, Missing.
        """
        # (5): quorum, witness, record
        pending = self._get(request)
        self._check_time(pending)
        state = self._ledger.state
        approved = [
            person
            for person in list(pending.resealed)
            if approvals.still_approver(state, pending.tree, person)
        ]
        if not pending.tree.satisfied(approved):
            raise Refused("the quorum is not reached", mend="wait for more approvals")
        version = VersionId(pending.request.version)
        manifest, _ = load_manifest(self._shelf, state, version, self._manifest_key)
        secret = self._kms.secret(pending.header.kms, context=version.encode())
        checkpoint = self._ledger.witnessed(
            max(pending.promises, key=lambda made: (made.epoch, made.index))
        )
        session = ReleaseSession(
            session=SessionId(ids.mint("ses", self._entropy)),
            request=request,
            asset=AssetId(pending.request.asset),
            version=version,
            purpose=pending.request.purpose,
            recipient=PersonId(pending.request.recipient),
            expires_at_s=pending.request.expires_at,
            files=tuple(FileEntry(path=f.path, size_bytes=f.size_bytes) for f in manifest.files),
            checkpoint=checkpoint,
        )
        self._sessions.admit(session)
        try:
            self._ledger.append(_opened(session, approved), guard=_may_open(request))
        except Unavailable:
            row = state.get(facts.REQUESTS, request)
            if row is not None and row["status"] == facts.OPENED:
                # recorded, but no quorum covers it: no key is joined for it, now or later
                self._pending.pop(request, None)
                self._ledger.append(_ended(request, version, reason="failed"))
            raise
        # (6): join
        self._pending.pop(request, None)
        try:
            self._sessions.add(session, manifest, _join(pending, approved, secret))
        except AdytonError:
            self._ledger.append(_ended(request, version, reason="failed"))
            raise
        return session

    def end_earlier(self) -> int:
        """Record the end of requests and sessions whose keys died with an earlier process.

        For the start of the owner process, before it serves anybody; how many were ended.
        """
        ended = 0
        live = {session.request for session in self._sessions.all()}
        for request, row in list(self._ledger.state.scan(facts.REQUESTS)):
            gone = row["status"] not in {facts.EXPIRED, facts.CLOSED}
            if gone and request not in self._pending and request not in live:
                self._ledger.append(_ended(request, str(row["version"]), reason="restart"))
                ended += 1
        return ended

    def close_expired(self) -> None:
        """Record the end of requests that nobody opened in time."""
        self._forget_expired(self._clock.now_s())

    def _get(self, request: RequestId) -> _Pending:
        pending = self._pending.get(request)
        if pending is not None:
            return pending
        row = self._ledger.state.get(facts.REQUESTS, request)
        if row is None:
            raise Missing("no such release request")
        if row["status"] in {facts.OPEN, facts.APPROVED}:
            raise Unavailable(
                "the process that held this request's key has ended", mend="request it again"
            )
        raise Conflict("the request was opened or has ended", mend="request it again")

    def _check_time(self, pending: _Pending) -> None:
        if self._clock.now_s() >= pending.request.expires_at:
            raise Refused("the request has expired", mend="request it again")

    def _ledger_seen(self) -> tuple[int, str]:
        """Size and root of the last published checkpoint; 0 and "" before the first."""
        try:
            note = parse_note(self._ledger.checkpoint())
        except Missing:
            return 0, ""
        checkpoint = parse_checkpoint(note.text)
        return checkpoint.size, checkpoint.root.hex()

    def _forget_expired(self, now_s: float) -> None:
        for request, pending in list(self._pending.items()):
            if now_s >= pending.request.expires_at:
                self._pending.pop(request, None)
                version = pending.request.version
                self._ledger.append(_ended(request, version, reason="expired"))


def _names(state: State, asset: str, *people: str) -> dict[str, str]:
    """What the ids are called, as far as rows say so."""
    names = {asset: str(asset_row(state, asset)["name"])}
    for person in people:
        row = state.get(facts.PEOPLE, person)
        if row is not None:
            names[person] = str(row["name"])
    return names


def _join(pending: _Pending, approved: list[str], kms_secret: Secret[bytes]) -> keys.DataKey:
    shares: dict[str, quorum.LeafShare] = {}
    for person in approved:
        share = pending.header.share_of(person)
        if share is not None:
            info = keys.release_info(pending.request.digest, person)
            plain = pending.key.open(pending.resealed[person], info=info)
            shares[person] = keys.check_share(plain, share)
    return keys.open_header(pending.header, shares, kms_secret)


def _requested(request: ReleaseRequest) -> Fact:
    return Fact(
        type=facts.RELEASE_REQUESTED,
        subjects=(request.asset, request.version, request.recipient, request.by),
        public={
            "request": request.id,
            "asset": request.asset,
            "version": request.version,
            "manifest_sha256": request.manifest_sha256,
            "purpose": request.purpose.value,
            "recipient": request.recipient,
            "by": request.by,
            "expires_at": request.expires_at,
        },
        body={"bytes": base64.b64encode(request.to_bytes()).decode()},
        body_subject=request.recipient,
    )


def _opened(session: ReleaseSession, approved: list[str]) -> Fact:
    return Fact(
        type=facts.RELEASE_OPENED,
        subjects=(session.asset, session.version, session.recipient, *approved),
        public={
            "request": session.request,
            "session": session.session,
            "asset": session.asset,
            "version": session.version,
            "purpose": session.purpose.value,
            "recipient": session.recipient,
            "expires_at": session.expires_at_s,
            "approved_by": sorted(approved),
        },
    )


def _ended(request: str, version: str, *, reason: str) -> Fact:
    return Fact(
        type=facts.RELEASE_CLOSED,
        subjects=(version,),
        public={
            "request": request,
            "session": "",
            "version": version,
            "reason": reason,
            "bytes_out": 0,
        },
    )


def _may_approve(request: str, person: str) -> Callable[[State], None]:
    def guard(state: State) -> None:
        _must_be_waiting(state, request)
        if state.get(facts.APPROVALS, facts.approval_key(request, person)) is not None:
            raise Conflict("this person has approved the request already")

    return guard


def _may_open(request: str) -> Callable[[State], None]:
    return lambda state: _must_be_waiting(state, request)


def _must_be_waiting(state: State, request: str) -> None:
    row = state.get(facts.REQUESTS, request)
    if row is None or row["status"] not in {facts.OPEN, facts.APPROVED}:
        raise Conflict("the request was opened or has ended", mend="request it again")
