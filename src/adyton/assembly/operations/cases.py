"""Operations of an investigation: a case from its opening to its close."""

import base64
from collections.abc import Mapping
from typing import Any

from adyton.assembly.operations.exhibits import BroughtFile, open_brought
from adyton.assembly.operations.finding import traced_json
from adyton.assembly.operations.kinds import Answer, Operation, Params
from adyton.assembly.perimeter import Perimeter
from adyton.identity import Principal
from adyton.incident import answer_of, findings_of, post_of, report_of
from adyton.incident.answer import bound_of
from adyton.incident.bundle import evidence_bundle
from adyton.policy import nothing_here
from adyton.terms import Act, CaseId, PersonId, Refused

ALL = "all"


class OpenCase(Params, frozen=True, kw_only=True):
    """What was found, why it is looked into, and the second person on the case."""

    purpose: str
    second: PersonId
    files: tuple[BroughtFile, ...] = ()
    claims: tuple[str, ...] = ()
    posted_s: int = 0


class ByCase(Params, frozen=True, kw_only=True):
    """A case."""

    case: CaseId


class ByAction(Params, frozen=True, kw_only=True):
    """An action of a case, or all of them."""

    case: CaseId
    action: str = ALL


class ByPerson(Params, frozen=True, kw_only=True):
    """A person in a case."""

    case: CaseId
    person: PersonId


class Reply(Params, frozen=True, kw_only=True):
    """What a person who is named says."""

    case: CaseId
    person: PersonId
    text: str


class Close(Params, frozen=True, kw_only=True):
    """The end of a case."""

    case: CaseId
    conclusion: str = "closed"


class Bundle(Params, frozen=True, kw_only=True):
    """A case and its report as a page, which goes into the bundle."""

    case: CaseId
    html: str


def open_case(perimeter: Perimeter, who: Principal, q: OpenCase) -> Answer:
    """Open a case: evidence is preserved, then traced, then assessed."""
    perimeter.recognition.refresh()
    case = perimeter.cases.open(
        purpose=q.purpose, by=who.person, second=q.second, posted_at_s=q.posted_s
    )
    intake = open_brought(perimeter, q.files, q.claims)
    perimeter.cases.preserve(case, intake.exhibits, by=who.person)
    traced = perimeter.tracer.trace(intake, by=who.person, case=case)
    perimeter.cases.assess(
        case,
        findings=findings_of(traced, perimeter.ledger),
        post=post_of(intake, posted_at_s=q.posted_s),
        by=who.person,
    )
    return {"case": case, **traced_json(traced)}


def party(perimeter: Perimeter, who: Principal, case: CaseId) -> Mapping[str, Any]:
    """The case's row, for its two people only; to others it does not exist."""
    row: Mapping[str, Any] | None = perimeter.ledger.state.get("cases", case)
    if row is None or who.person not in {row["by"], row["second"]}:
        raise nothing_here()
    return row


def show(perimeter: Perimeter, who: Principal, q: ByCase) -> Answer:
    """A case as it stands. Looking is a question on record."""
    party(perimeter, who, q.case)
    perimeter.cases.ask(q.case, question="What is the state of the case?", by=who.person)
    document: Mapping[str, Any] = perimeter.cases.standing(q.case)
    copies = [{**one, "bound": bound_of(one)} for one in document["copies"]]
    pathways = [{**one, "p": one["p_ppm"] / 1_000_000} for one in document["pathways"]]
    actions = [action_json(one) for one in perimeter.actions.listed(q.case)]
    return {**document, "copies": copies, "pathways": pathways, "actions": actions}


def action_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """An action for people: id, what, target, what it costs, how it is undone."""
    return {
        "id": row["action"],
        "what": f"{row['kind']} {row['target_kind']}".strip(),
        "target": row["target"],
        "text": row.get("text", ""),
        "reach": row["reach"],
        "closes": row["closes"],
        "status": row["status"],
        "closed": row["status"] == "verified",
        "collateral": len(row.get("collateral") or ()),
        "undo": row.get("undo", ""),
    }


def listed(perimeter: Perimeter, case: CaseId) -> Answer:
    """The actions of a case."""
    return {"actions": [action_json(one) for one in perimeter.actions.listed(case)]}


def chosen(perimeter: Perimeter, q: ByAction, *states: str) -> list[str]:
    """The ids of the actions meant, among those in the given states."""
    rows = [one for one in perimeter.actions.listed(q.case) if one["status"] in states]
    return [str(one["action"]) for one in rows if q.action in {ALL, one["action"]}]


def plan(perimeter: Perimeter, who: Principal, q: ByCase) -> Answer:
    """Plan the smallest set of actions that closes the leading pathways; a dry run."""
    party(perimeter, who, q.case)
    perimeter.actions.plan(q.case, by=who.person)
    return listed(perimeter, q.case)


def approve(perimeter: Perimeter, who: Principal, q: ByAction) -> Answer:
    """Approve planned actions; the planner and the person concerned cannot."""
    try:
        perimeter.gatekeeper.ask(who, Act.INVESTIGATE)
    except Refused:
        perimeter.gatekeeper.ask(who, Act.LOCK)
    perimeter.cases.row(q.case)
    for action in chosen(perimeter, q, "planned"):
        perimeter.actions.approve(action, by=who.person)
    return listed(perimeter, q.case)


def act(perimeter: Perimeter, who: Principal, q: ByAction) -> Answer:
    """Carry out approved actions."""
    party(perimeter, who, q.case)
    for action in chosen(perimeter, q, "approved"):
        perimeter.actions.act(action, by=who.person)
    return listed(perimeter, q.case)


def verify(perimeter: Perimeter, who: Principal, q: ByAction) -> Answer:
    """Try each closed path again."""
    party(perimeter, who, q.case)
    for action in chosen(perimeter, q, "done", "still_open", "verified", "instructed"):
        perimeter.actions.verify(action, by=who.person)
    return listed(perimeter, q.case)


def reply(perimeter: Perimeter, who: Principal, q: Reply) -> Answer:
    """Record what a person who is named says."""
    party(perimeter, who, q.case)
    perimeter.cases.reply(q.case, q.person, text=q.text, by=who.person)
    return {"case": q.case}


def signoff(perimeter: Perimeter, who: Principal, q: ByPerson) -> Answer:
    """One signature under what the evidence proposes of a person."""
    party(perimeter, who, q.case)
    perimeter.cases.sign_off(q.case, q.person, by=who.person)
    document: Mapping[str, Any] = perimeter.cases.standing(q.case)
    return {"persons": document["persons"]}


def close(perimeter: Perimeter, who: Principal, q: Close) -> Answer:
    """Close a case: everybody named was heard, every action is settled."""
    party(perimeter, who, q.case)
    perimeter.cases.close(q.case, by=who.person, conclusion=q.conclusion)
    return {"case": q.case}


def answer(perimeter: Perimeter, who: Principal, q: ByCase) -> Answer:
    """The case in short: verdict, copies with bounds, persons with tiers, pathways, scope."""
    party(perimeter, who, q.case)
    perimeter.cases.ask(q.case, question="What is the answer in short?", by=who.person)
    return answer_of(perimeter.cases.standing(q.case))


def labels(perimeter: Perimeter) -> dict[str, str]:
    """What the case's people call the ids in a report."""
    found: dict[str, str] = {}
    for table in ("people", "orgs", "assets", "compartments"):
        found |= {key: str(row["name"]) for key, row in perimeter.ledger.state.scan(table)}
    return found


def report(perimeter: Perimeter, who: Principal, q: ByCase) -> Answer:
    """The report as a JSON document; every sentence cites facts."""
    party(perimeter, who, q.case)
    perimeter.cases.ask(q.case, question="What does the report say?", by=who.person)
    limits = perimeter.config.trace
    document = report_of(
        perimeter.cases.standing(q.case),
        case={"case": q.case, **perimeter.cases.row(q.case)},
        items=perimeter.cases.items(q.case),
        actions=perimeter.actions.listed(q.case),
        made_at_s=perimeter.now_s(),
        epsilon={
            "finding": limits.epsilon_finding,
            "case": limits.epsilon_case,
            "year": limits.epsilon_year,
        },
        labels=labels(perimeter),
    )
    return {"json": document}


def bundle(perimeter: Perimeter, who: Principal, q: Bundle) -> Answer:
    """The evidence bundle: report, facts, proofs, checkpoint and a stand-alone verifier."""
    document = report(perimeter, who, ByCase(case=q.case))["json"]
    perimeter.ledger.publish()
    files = evidence_bundle(
        document,
        html=q.html,
        sources=perimeter.sources.listed(),
        ledger=perimeter.ledger,
    )
    return {"files": {name: base64.b64encode(data).decode() for name, data in files.items()}}


INVESTIGATE = Act.INVESTIGATE
OPERATIONS = (
    Operation(name="incident.open", params=OpenCase, run=open_case, act=INVESTIGATE, gives="case"),
    Operation(name="incident.show", params=ByCase, run=show, act=INVESTIGATE, gives="a case"),
    Operation(name="incident.plan", params=ByCase, run=plan, act=INVESTIGATE, gives="actions"),
    Operation(name="incident.approve", params=ByAction, run=approve, act=None, gives="actions"),
    Operation(
        name="incident.act",
        params=ByAction,
        run=act,
        act=INVESTIGATE,
        gives="actions",
        contains=True,
    ),
    Operation(
        name="incident.verify", params=ByAction, run=verify, act=INVESTIGATE, gives="actions"
    ),
    Operation(name="incident.reply", params=Reply, run=reply, act=INVESTIGATE, gives="case"),
    Operation(name="incident.signoff", params=ByPerson, run=signoff, act=INVESTIGATE, gives="tier"),
    Operation(name="incident.close", params=Close, run=close, act=INVESTIGATE, gives="case"),
    Operation(name="incident.answer", params=ByCase, run=answer, act=INVESTIGATE, gives="answer"),
    Operation(name="incident.report", params=ByCase, run=report, act=INVESTIGATE, gives="report"),
    Operation(name="incident.bundle", params=Bundle, run=bundle, act=INVESTIGATE, gives="files"),
)
