"""Operations on protected assets and their releases."""

import base64
import hashlib
from pathlib import Path

from adyton.adapters import home_files
from adyton.assembly.operations.kinds import Answer, NoParams, Operation, Params
from adyton.assembly.perimeter import Perimeter
from adyton.gateway.routes import MODEL_NAME
from adyton.identity import Principal
from adyton.marks import CopyTerms
from adyton.policy import nothing_here
from adyton.terms import (
    Act,
    AssetKind,
    AssetRef,
    Channel,
    CompartmentId,
    Conflict,
    Malformed,
    Missing,
    PersonId,
    Promise,
    Refused,
    RequestId,
    SessionId,
    Span,
    Unavailable,
    VersionId,
)
from adyton.vault import Approval, PlainFile, Purpose, ReleaseRequest, ReleaseSession

HOUR_S = 3600
LARGEST_RANGE_BYTES = 4 * 1024 * 1024
ACT_OF = {
    Purpose.CHECKOUT: Act.CHECKOUT,
    Purpose.SERVE: Act.SERVE,
    Purpose.ISSUE: Act.ISSUE,
    Purpose.TRACE: Act.TRACE,
}


class Protect(Params, frozen=True, kw_only=True):
    """A file or folder on the owner's host, to be sealed."""

    path: str
    name: str
    kind: AssetKind
    compartment: CompartmentId
    quorum: str = ""  # empty: one of each of two groups of all enrolled approvers
    opaque: bool = False


class Endpoint(Params, frozen=True, kw_only=True):
    """A model name."""

    name: str
    compartment: CompartmentId
    weights: str = ""
    upstream: str = ""
    decoy: bool = False


class ByAsset(Params, frozen=True, kw_only=True):
    """An asset by id or name."""

    asset: str


class Request(Params, frozen=True, kw_only=True):
    """A wish for a release."""

    asset: str
    purpose: Purpose
    recipient: PersonId
    reason: str
    hours: int = 8


class ByRequest(Params, frozen=True, kw_only=True):
    """A request."""

    request: RequestId


class Approve(Params, frozen=True, kw_only=True):
    """An approval made by the approver's own process."""

    approval: dict[str, str]


class BySession(Params, frozen=True, kw_only=True):
    """An open release."""

    session: SessionId


class Read(Params, frozen=True, kw_only=True):
    """A range of a file of an open release, in bytes."""

    session: SessionId
    file: str
    start: int
    end: int


def plain_files(perimeter: Perimeter, path: str) -> dict[str, PlainFile]:
    """What lies at `path`, by names relative to it.

    Raises Refused for places of the perimeter and for folders that hold one.
    """
    resolved = perimeter.foreign_place(path)
    ours = perimeter.paths.kept_apart(perimeter.config)
    if any(one.is_relative_to(resolved) for one in ours):
        raise Refused("that folder holds the perimeter", mend="protect what lies elsewhere")
    found = home_files.list_files(resolved)
    if not found:
        raise Missing("there is no file to protect", mend="check the path")
    top = resolved.parent if found == (resolved,) else resolved
    return {str(one.relative_to(top)): plain_file(one) for one in found}


def plain_file(path: Path) -> PlainFile:
    """One file to be sealed."""
    return PlainFile(size_bytes=home_files.size_of(path), blocks=home_files.read_blocks(path))


def protect(perimeter: Perimeter, who: Principal, q: Protect) -> Answer:
    """Seal a file or folder as a new version."""
    perimeter.check_compartment(q.compartment)
    files = plain_files(perimeter, q.path)
    existing = [key for key, row in perimeter.ledger.state.scan("assets") if row["name"] == q.name]
    made = perimeter.vault.protect(
        asset=perimeter.asset(existing[0]).asset if existing else None,
        name=q.name,
        kind=q.kind,
        compartment=q.compartment,
        files=files,
        quorum=q.quorum or perimeter.vault.usual_quorum(),
        by=who.person,
        observer=perimeter.recognition.observer(q.kind),
        opaque=frozenset(files) if q.opaque else frozenset(),
    )
    perimeter.recognition.refresh()
    return {
        "asset": made.asset,
        "version": made.version,
        "manifest_sha256": made.manifest_sha256,
        "size_bytes": sum(one.size_bytes for one in files.values()),
    }


def endpoint(perimeter: Perimeter, who: Principal, q: Endpoint) -> Answer:
    """Name a model, or plant a decoy name."""
    if q.decoy:
        perimeter.endpoints.define_decoy(model=q.name)
        return {"asset": ""}
    perimeter.check_compartment(q.compartment)
    if not MODEL_NAME.fullmatch(q.name):
        # Before the asset is registered: it would stay without a name that leads to it.
        raise Malformed("name: not a model name", mend="letters, digits, . _ - (64 at most)")
    weights = perimeter.asset(q.weights).asset if q.weights else None
    asset = perimeter.vault.register_asset(
        name=q.name, kind=AssetKind.ENDPOINT, compartment=q.compartment, by=who.person
    )
    perimeter.endpoints.define(
        model=q.name, asset=asset, upstream=q.upstream or q.name, weights=weights
    )
    return {"asset": asset}


def list_assets(perimeter: Perimeter, who: Principal, _q: NoParams) -> Answer:
    """The assets that the caller may know of."""
    shown = []
    for key, row in perimeter.ledger.state.scan("assets"):
        if perimeter.gatekeeper.may_know(who, perimeter.asset(key)):
            shown.append({"id": key, **row})
    return {"assets": shown}


def known_asset(perimeter: Perimeter, who: Principal, name: str) -> AssetRef:
    """The asset, if the caller may know of it; else the same Missing as for no asset (I2)."""
    asset = perimeter.asset(name)
    if not perimeter.gatekeeper.may_know(who, asset):
        raise nothing_here()
    return asset


def show(perimeter: Perimeter, who: Principal, q: ByAsset) -> Answer:
    """One asset with its versions."""
    asset = known_asset(perimeter, who, q.asset)
    state = perimeter.ledger.state
    versions = [{"id": key, **row} for key, row in state.by_index("versions", asset.asset)]
    copies = sum(1 for one in versions for _ in state.by_index("copies", str(one["id"])))
    row = state.get("assets", asset.asset) or {}
    return {"id": asset.asset, **row, "versions": versions, "copies": copies}


def ask_for(perimeter: Perimeter, who: Principal, purpose: Purpose, asset: AssetRef) -> None:
    """Ask the gatekeeper whether the caller may have a release of `asset` for `purpose`."""
    if purpose is Purpose.TRACE:
        perimeter.gatekeeper.ask(who, Act.TRACE)
        return
    grant = perimeter.purpose_of(who, ACT_OF[purpose], asset)
    perimeter.gatekeeper.ask(who, ACT_OF[purpose], asset, purpose=grant)


def request(perimeter: Perimeter, who: Principal, q: Request) -> Answer:
    """Ask for a release of the current version."""
    asset = known_asset(perimeter, who, q.asset)
    ask_for(perimeter, who, q.purpose, asset)
    if asset.version is None:
        raise Missing("this asset has no version", mend="protect one first")
    perimeter.check_person(q.recipient)
    if q.purpose is Purpose.CHECKOUT:
        perimeter.recipients.check(q.recipient, Act.CHECKOUT, asset)
    made: ReleaseRequest = perimeter.vault.request(
        version=asset.version,
        purpose=q.purpose,
        recipient=q.recipient,
        expires_at_s=perimeter.now_s() + q.hours * HOUR_S,
        by=who.person,
        reason=q.reason,
    )
    return {
        "request": made.id,
        "bytes": base64.b64encode(made.to_bytes()).decode(),
        "expires_at": made.expires_at,
    }


def pending(perimeter: Perimeter, who: Principal, _q: NoParams) -> Answer:
    """Requests that wait and concern the caller: as approver (with the share), asker, recipient."""
    shown = []
    for key, row in perimeter.ledger.state.scan("requests"):
        if row["status"] not in {"open", "approved"}:
            continue
        share = share_of(perimeter, RequestId(key), who.person)
        if share or who.person in {row["by"], row["recipient"]}:
            one = {"id": key, "status": row["status"], "bytes": row["bytes"]}
            shown.append({**one, "sealed_share": share})
    return {"requests": shown}


def share_of(perimeter: Perimeter, request: RequestId, person: PersonId) -> str:
    """The person's sealed share of the version that a request is for, in base64; "" if none."""
    try:
        return base64.b64encode(perimeter.vault.share_for(request, person)).decode()
    except (Missing, Refused, Unavailable, Conflict):
        return ""  # no approver of this version, or the request ended meanwhile


def approve(perimeter: Perimeter, who: Principal, q: Approve) -> Answer:
    """Take the caller's own approval."""
    try:
        approval = Approval(
            request=RequestId(q.approval["request"]),
            person=PersonId(q.approval["person"]),
            note=base64.b64decode(q.approval["note"], validate=True),
        )
    except (KeyError, ValueError) as error:
        raise Malformed("this is no approval", mend="use adyton asset approve") from error
    if approval.person != who.person:
        raise Refused("this approval is somebody else's", mend="approve with your own key")
    enough = perimeter.vault.approve(approval)
    return {"request": approval.request, "status": "approved" if enough else "open"}


def open_release(perimeter: Perimeter, who: Principal, q: ByRequest) -> Answer:
    """Open an approved request; its session lives in this process until its expiry."""
    row = perimeter.ledger.state.get("requests", q.request)
    if row is None or who.person not in {row["by"], row["recipient"]}:
        raise Missing("no such request of yours", mend="see adyton asset pending")
    asset = perimeter.asset(str(row["asset"]))
    ask_for(perimeter, who, Purpose(str(row["purpose"])), asset)
    session = perimeter.vault.open(q.request)
    promised: dict[str, str] = {}
    if session.purpose is Purpose.CHECKOUT:
        promise = register_checkout(perimeter, asset, session.recipient, session.request)
        note = perimeter.ledger.promise(promise)
        promised = {"receipt": promise.receipt, "promise": note.decode()}
    return {
        **promised,
        "session": session.session,
        "expires_at": session.expires_at_s,
        "files": {one.path: one.size_bytes for one in session.files},
    }


def register_checkout(
    perimeter: Perimeter, asset: AssetRef, recipient: PersonId, request: RequestId
) -> Promise:
    """Register the copy that a checkout makes, before its first byte (I1)."""
    version = perimeter.ledger.state.get("versions", str(asset.version)) or {}
    return perimeter.registry.register(
        copy=perimeter.registry.new_copy(),
        terms=CopyTerms(
            asset=asset.asset,
            version=VersionId(str(asset.version)),
            recipient=recipient,
            channel=Channel.CHECKOUT,
            place=request,
        ),
        digest=str(version.get("manifest_sha256") or hashlib.sha256(b"").hexdigest()),
        size_bytes=int(str(version.get("size_bytes") or 0)),
    )


def own_session(perimeter: Perimeter, who: Principal, session: SessionId) -> ReleaseSession:
    """A live session whose recipient is the caller. To others it does not exist."""
    recipients = {one.session: one.recipient for one in perimeter.vault.sessions()}
    if recipients.get(session) != who.person:
        raise Missing("no such session of yours", mend="request the release again")
    return perimeter.vault.session(session)


def read(perimeter: Perimeter, who: Principal, q: Read) -> Answer:
    """A range of a file, for the recipient of a checkout only."""
    session = own_session(perimeter, who, q.session)
    if session.purpose is not Purpose.CHECKOUT:
        raise Refused("this session is not for reading", mend="request a checkout")
    ask_for(perimeter, who, session.purpose, perimeter.asset(session.asset))
    if q.end - q.start > LARGEST_RANGE_BYTES:
        raise Malformed("a range is at most 4 MiB", mend="read in pieces")
    content = perimeter.vault.read(session.session, q.file, Span(start=q.start, end=q.end))
    return {"data": base64.b64encode(content).decode()}


def close(perimeter: Perimeter, who: Principal, q: BySession) -> Answer:
    """End a session: its recipient or an operator may."""
    recipients = {one.session: one.recipient for one in perimeter.vault.sessions()}
    if recipients.get(q.session) != who.person:
        perimeter.gatekeeper.ask(who, Act.LOCK)
    if q.session not in recipients:
        raise Missing("no such session", mend="nothing to close")
    perimeter.vault.close(q.session)
    return {"session": q.session}


def quorum(perimeter: Perimeter, who: Principal, q: ByAsset) -> Answer:
    """Which approvers hold a share of the current version, and in which group."""
    asset = known_asset(perimeter, who, q.asset)
    if asset.version is None:
        raise Missing("this asset has no version", mend="protect one first")
    shares = []
    for person, row in perimeter.ledger.state.scan("approvers"):
        try:
            perimeter.vault.quorum_share(asset.version, PersonId(person))
        except (Missing, Refused):
            continue
        shares.append({"person": person, "group": row["group"]})
    return {"version": asset.version, "shares": shares}


OPERATIONS = (
    Operation(
        name="asset.protect", params=Protect, run=protect, act=Act.PROTECT, gives="asset, version"
    ),
    Operation(
        name="asset.endpoint", params=Endpoint, run=endpoint, act=Act.ADMINISTER, gives="asset"
    ),
    Operation(name="asset.list", params=NoParams, run=list_assets, act=None, gives="assets"),
    Operation(name="asset.show", params=ByAsset, run=show, act=None, gives="an asset"),
    Operation(name="asset.quorum", params=ByAsset, run=quorum, act=None, gives="shares"),
    *(
        Operation(name=name, params=params, run=run, act=act, gives=gives, lives=True)
        for name, params, run, act, gives in (
            ("asset.request", Request, request, None, "request"),
            ("asset.pending", NoParams, pending, None, "requests"),
            ("asset.approve", Approve, approve, Act.APPROVE, "status"),
            ("asset.open", ByRequest, open_release, None, "session"),
            ("asset.read", Read, read, None, "bytes"),
            ("asset.close", BySession, close, None, "session"),
        )
    ),
)
