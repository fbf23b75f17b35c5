"""Operations that hand out marked copies."""

import base64

from adyton.assembly.operations.kinds import Answer, Operation, Params
from adyton.assembly.operations.protection import known_asset
from adyton.assembly.perimeter import Perimeter
from adyton.assembly.sessions import MARK_KEY, master_of
from adyton.identity import Principal
from adyton.marks import CopyTerms, issue
from adyton.terms import Act, Channel, CopyId, Malformed, Missing, PersonId
from adyton.trace import Disclosure
from adyton.vault import Purpose

HANDED_OUT = frozenset({Channel.DIRECT, Channel.ARCHIVE, Channel.STORE, Channel.TELEMETRY})


class Issue(Params, frozen=True, kw_only=True):
    """A document to a person or service, by a channel, to a place."""

    asset: str
    to: PersonId
    channel: Channel = Channel.DIRECT
    place: str = ""


class Acknowledge(Params, frozen=True, kw_only=True):
    """A copy that its recipient holds, by the SHA-256 of its bytes."""

    copy: CopyId
    digest: str


class Publish(Params, frozen=True, kw_only=True):
    """An asset whose current version is public from now on, and why."""

    asset: str
    kind: Disclosure = Disclosure.PUBLISHED
    reason: str = "made public by its owner"


def issue_copy(perimeter: Perimeter, who: Principal, q: Issue) -> Answer:
    """Hand out a marked copy: the registry's fact is durable before the first byte (I1).

    1. The giver may issue, the recipient may read. 2. Two people opened the version for issuing.
    3. Marked and recorded. 4. Only now the bytes.
    """
    # 1
    asset = known_asset(perimeter, who, q.asset)
    perimeter.gatekeeper.ask(who, Act.ISSUE, asset)
    perimeter.check_person(q.to)
    perimeter.recipients.check(q.to, Act.READ, asset)
    if q.channel not in HANDED_OUT:
        raise Malformed("channel: a copy is handed out direct, archive, store or telemetry")
    # 2
    session = perimeter.open_session(asset, Purpose.ISSUE)
    row = perimeter.ledger.state.get("assets", asset.asset) or {}
    name = f"{row['name']}"
    # 3
    marked = issue(
        registry=perimeter.registry,
        master=master_of(perimeter.vault, session),
        key=perimeter.vault.key_for(session.session, MARK_KEY),
        terms=CopyTerms(
            asset=asset.asset,
            version=session.version,
            recipient=q.to,
            channel=q.channel,
            place=q.place or name,
        ),
    )
    # 4
    return {
        "copy": marked.copy,
        "receipt": marked.promise.receipt,
        "promise": perimeter.ledger.promise(marked.promise).decode(),
        "name": name if "." in name else f"{name}.md",
        "digest": marked.digest,
        "data": base64.b64encode(marked.data).decode(),
    }


def acknowledge(perimeter: Perimeter, who: Principal, q: Acknowledge) -> Answer:
    """The recipient's own word that they hold a copy."""
    promise = perimeter.registry.acknowledge(q.copy, by=who.person, digest=q.digest)
    return {"receipt": promise.receipt, "promise": perimeter.ledger.promise(promise).decode()}


def publish(perimeter: Perimeter, who: Principal, q: Publish) -> Answer:
    """Say that a version's appearance outside is no leak from now on."""
    asset = known_asset(perimeter, who, q.asset)
    if asset.version is None:
        raise Missing("this asset has no version", mend="protect one first")
    perimeter.disclosures.record(asset.version, q.kind, by=who.person, reason=q.reason)
    return {"asset": asset.asset, "version": asset.version}


OPERATIONS = (
    Operation(
        name="issue.copy",
        params=Issue,
        run=issue_copy,
        act=None,
        gives="a marked copy",
        lives=True,
    ),
    Operation(
        name="issue.acknowledge", params=Acknowledge, run=acknowledge, act=None, gives="receipt"
    ),
    Operation(
        name="publish.version", params=Publish, run=publish, act=Act.ADMINISTER, gives="version"
    ),
)
