"""Operations that work with the protected model, and the doctor."""

from pathlib import Path

from adyton.adapters import http_client
from adyton.analyst import SourceFile, review, to_sarif
from adyton.assembly import storage
from adyton.assembly.following import standing
from adyton.assembly.operations.exhibits import BroughtFile, content_of
from adyton.assembly.operations.kinds import Answer, NoParams, Operation, Params
from adyton.assembly.operations.protection import ask_for, own_session
from adyton.assembly.perimeter import Perimeter
from adyton.identity import Principal
from adyton.ledger.witnesses import THIS_HOST, Witnesses
from adyton.terms import (
    Act,
    AdytonError,
    Fact,
    Misconfigured,
    Refused,
    Secret,
    SessionId,
    Tampered,
    Unavailable,
)
from adyton.vault import Purpose

UNAUTHORISED = 401
Check = dict[str, str | bool | None]


class Start(Params, frozen=True, kw_only=True):
    """An open session for serving, and the model name that it serves."""

    session: SessionId
    endpoint: str


class Review(Params, frozen=True, kw_only=True):
    """A Python tree, why it may be reviewed, and the model that may explain.

    `key` is the caller's credential, needed with `explain`: the question to the model goes through
    our own gateway as the caller's use. It is neither recorded nor kept.
    """

    files: tuple[BroughtFile, ...]
    engagement: str = ""
    explain: str = ""
    key: str = ""


def start(perimeter: Perimeter, who: Principal, q: Start) -> Answer:
    """Start the model server from the vault; its weights are never a file."""
    session = own_session(perimeter, who, q.session)
    ask_for(perimeter, who, Purpose.SERVE, perimeter.asset(session.asset))
    row = perimeter.ledger.state.get("endpoints", q.endpoint)
    if row is None or row["weights"] != session.asset:
        raise Misconfigured(
            "this model name is not served by these weights", mend="see adyton asset endpoint"
        )
    handle = perimeter.models.start(q.session, name=str(row["upstream"]))
    perimeter.ledger.append(
        Fact(
            type="model.started",
            subjects=(session.asset, session.version, who.person),
            public={"session": q.session, "version": session.version, "locked": handle.locked},
            body={"upstream": str(row["upstream"])},
            body_subject=session.asset,
        )
    )
    perimeter.counting.begin(str(row["upstream"]), session=q.session, version=session.version)
    return {"endpoint": q.endpoint, "ready": True, "locked_in_memory": handle.locked}


def review_tree(perimeter: Perimeter, who: Principal, q: Review) -> Answer:
    """Review a tree: recorded before and after, explained by the model only through the gateway."""
    asset = perimeter.review_asset(who)
    purpose = perimeter.purpose_of(who, Act.REVIEW, asset)
    perimeter.gatekeeper.ask(who, Act.REVIEW, asset, purpose=purpose)
    files = [SourceFile(path=one.name, content=content_of(one)) for one in q.files]
    explainer = explainer_of(perimeter, who, q) if q.explain else None
    asked = perimeter.ledger.append(
        Fact(
            type="review.asked",
            subjects=(who.person,),
            public={"files": len(files), "explained": bool(q.explain)},
            body={"engagement": q.engagement, "names": [one.path for one in files]},
            body_subject=who.person,
        )
    )
    result = review(files, scanner=perimeter.scanner, explainer=explainer, model=q.explain)
    levels = [int(claim.level) for claim in result.claims if not claim.rejected]
    perimeter.ledger.append(
        Fact(
            type="review.done",
            subjects=(who.person, asked.receipt),
            public={
                "input_sha256": result.input_sha256,
                "claims": len(result.claims),
                "located": sum(level >= 1 for level in levels),
                "agreed": sum(level > 1 for level in levels),
                "analysed": len(result.coverage.analysed),
                "skipped": len(result.coverage.skipped),
            },
        )
    )
    return {
        "receipt": asked.receipt,
        "promise": perimeter.ledger.promise(asked).decode(),
        "silence": result.silence,
        "sarif": to_sarif(result),
        "claims": [
            {
                "level": f"L{int(one.level)}",
                "rule": one.rule,
                "where": f"{one.file}:{one.line}",
                "text": one.text,
                "severity": one.severity,
                "rejected": one.rejected,
                "explanation": one.explanation,
                "history": list(one.history),
            }
            for one in result.claims
        ],
        "coverage": {
            "analysed": list(result.coverage.analysed),
            "skipped": [{"file": file, "reason": why} for file, why in result.coverage.skipped],
            "tools": dict(result.coverage.tools),
        },
    }


def explainer_of(perimeter: Perimeter, who: Principal, q: Review) -> http_client.GatewayModel:
    """The model behind our own gateway. Raises Unavailable, Refused for another's credential."""
    if not perimeter.proxy_url:
        raise Unavailable("no model proxy is serving here", mend="start adyton serve")
    if perimeter.identity.authenticate(q.key).person != who.person:
        raise Refused("that credential is somebody else's", mend="use your own")
    return http_client.GatewayModel(
        base_url=perimeter.proxy_url, key=Secret(q.key), model=q.explain
    )


def check(name: str, *, ok: bool | None, text: str) -> Check:
    """One line of the doctor."""
    return {"id": name, "ok": ok, "text": text}


def same_disk(one: Path, other: Path) -> bool:
    """Whether two places share a disk."""
    return one.stat().st_dev == other.stat().st_dev


def doctor(perimeter: Perimeter, _who: Principal, _q: NoParams) -> Answer:
    """Try what must hold here; `ok` None means that it cannot be told from here."""
    return {
        "checks": [
            *disk_checks(perimeter),
            *witness_checks(perimeter),
            room_check(perimeter),
            record_check(perimeter),
            followers_check(perimeter),
            *model_checks(perimeter),
            *people_checks(perimeter),
            jail_check(perimeter),
        ]
    }


def disk_checks(perimeter: Perimeter) -> list[Check]:
    """The head should be elsewhere; the home should be private."""
    root = perimeter.paths.root
    head = perimeter.paths.head(perimeter.config).parent
    private = not root.stat().st_mode & 0o077
    return [
        check("home.private", ok=private, text="only its owner can read the home"),
        check(
            "head.elsewhere",
            ok=not same_disk(root, head),
            text="the head lies on another disk than the tiles (else one thief has both)",
        ),
    ]


def witness_checks(perimeter: Perimeter) -> list[Check]:
    """Whether a quorum answers now, needs somebody elsewhere, and what each witness said."""
    text = "a quorum of witnesses cosigns"
    try:
        perimeter.ledger.publish(anew=True)
    except (Unavailable, Tampered) as error:
        text = error.message
    asked = perimeter.ledger.witnesses
    return [
        check("witness.quorum", ok=not asked.lost, text=text),
        elsewhere_check(asked),
        apart_check(asked),
        *(
            check(
                f"witness.{one.names[0]}",
                ok=not one.error,
                text=one.error or f"cosigned {one.size} entries ({one.where})",
            )
            for one in asked.states()
        ),
    ]


def elsewhere_check(asked: Witnesses) -> Check:
    """Whether this host alone can have its record cosigned."""
    text = "a witness on another machine must cosign (the local one catches accidents only)"
    ok: bool | None = not asked.local_suffices()
    if ok and THIS_HOST in asked.sufficient():
        ok, text = None, f"{text}: those at loopback addresses suffice, and may stand on this host"
    return check("witness.elsewhere", ok=ok, text=text)


def apart_check(asked: Witnesses) -> Check:
    """Whether several keys of one address are a quorum."""
    alone = [one for one in asked.sufficient() if one != THIS_HOST]
    text = f"the witnesses at {alone[0]} are a quorum by themselves" if alone else ""
    return check(
        "witness.apart",
        ok=not alone,
        text=text or "no address elsewhere is a quorum by itself",
    )


def room_check(perimeter: Perimeter) -> Check:
    """The reserve on the disk of the record."""
    ample, text = storage.room_now(perimeter.paths, perimeter.config)
    return check("disk.reserve", ok=ample, text=text)


def record_check(perimeter: Perimeter) -> Check:
    """The whole record rehashed."""
    size, problems = perimeter.verify_record()
    text = problems[0] if problems else f"{size} entries rehashed, all hold"
    return check("record.holds", ok=not problems, text=text)


def followers_check(perimeter: Perimeter) -> Check:
    """Whether what follows the record keeps up. Where nobody serves, nobody follows."""
    found = standing(perimeter.paths, size=perimeter.ledger.clear.size(), now_s=perimeter.now_s())
    wrong = [one for one in found if one["state"] in {"failing", "behind"}]
    if wrong:
        told = ", ".join(f"{one['name']} {one['state']} at {one['position']}" for one in wrong)
        return check("followers.keep_up", ok=False, text=f"followers of the record: {told}")
    heard = all(one["state"] == "ok" for one in found)
    text = "what follows the record keeps up" + ("" if heard else ": it does not run now")
    return check("followers.keep_up", ok=True if heard else None, text=text)


def model_checks(perimeter: Perimeter) -> list[Check]:
    """Try the way round the gateway for each model server."""
    checks = []
    for name, handle in perimeter.models.running().items():
        address = f"http://127.0.0.1:{handle.port}/v1/models"
        checks.append(way_round(f"model.{name}.way_round", address))
        checks.append(
            check(
                f"model.{name}.locked",
                ok=True if handle.locked else None,
                text="its weights are locked in memory (cannot be swapped out)",
            )
        )
    for name, upstream in perimeter.config.upstreams.items():
        checks.append(way_round(f"upstream.{name}.way_round", f"{upstream.url}/v1/models"))
    return checks


def way_round(name: str, address: str) -> Check:
    """Whether a model server answers somebody without the gateway's key."""
    try:
        status, _ = http_client.request("GET", address, timeout_s=5)
    except AdytonError:
        return check(name, ok=None, text="the model server did not answer the try")
    closed = status == UNAUTHORISED
    return check(name, ok=closed, text="without the gateway's key the model server refuses")


def people_checks(perimeter: Perimeter) -> list[Check]:
    """What I3 rests on, and who could be locked out."""
    approvers = sum(1 for _ in perimeter.ledger.state.scan("approvers"))
    text = (
        f"{approvers} approvers were enrolled through this host: where their key files lie on it, "
        "I3 does not hold against its administrator"
    )
    return [check("approvers.apart", ok=None if approvers else True, text=text)]


def jail_check(perimeter: Perimeter) -> Check:
    """What the kernel lets the reader of exhibits be confined by."""
    held = perimeter.jail.open((), salt=perimeter.entropy.token(16)).contained_by
    text = f"exhibits are read in a child confined by: {', '.join(held) or 'nothing'}"
    return check("jail.level", ok=bool(held), text=text)


OPERATIONS = (
    Operation(
        name="model.start", params=Start, run=start, act=None, gives="a ready model", lives=True
    ),
    Operation(name="analyst.review", params=Review, run=review_tree, act=None, gives="claims"),
    Operation(name="doctor.facts", params=NoParams, run=doctor, act=Act.ADMINISTER, gives="checks"),
)
