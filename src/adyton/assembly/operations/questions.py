"""Operations that ask the record: one fact, what fits a question, the newest, the followers."""

from collections.abc import Mapping
from typing import Any

from adyton.assembly.following import standing
from adyton.assembly.operations.kinds import Answer, NoParams, Operation, Params
from adyton.assembly.perimeter import Perimeter
from adyton.assembly.questions import Answered
from adyton.identity import Principal
from adyton.ledger.envelope import Envelope
from adyton.ledger.questions import ForeignRow, Question
from adyton.terms import Act, BodyState, Json, ReceiptId

FOREVER = 2**53 - 1
OF_SOURCE = (
    "kind",
    "digest",
    "skew_s",
    "coverage_from_s",
    "coverage_to_s",
    "coverage_basis",
    "malformed",
)


class One(Params, frozen=True, kw_only=True):
    """A receipt or an index."""

    fact: str


class Ask(Params, frozen=True, kw_only=True):
    """What must fit; what is left empty fits everything. Times in epoch seconds.

    `after`, `after_row`: go on behind that fact, that row (`next` of the answer before). `only`:
    `facts` or `rows`.
    """

    type: str = ""
    subject: str = ""
    since: int = 0
    until: int = FOREVER
    text: str = ""
    source: str = ""
    address: str = ""
    after: int = -1
    after_row: tuple[int, str, int] = (0, "", 0)
    only: str = ""
    limit: int = 100


class Newest(Params, frozen=True, kw_only=True):
    """The newest facts that fit; those above an index."""

    type: str = ""
    subject: str = ""
    after: int = -1
    limit: int = 10


def show(perimeter: Perimeter, who: Principal, q: One) -> Answer:
    """One fact as it stands in the tree, and whether its body is there, erased or lost."""
    perimeter.reads.note(who.person, "ledger.show", asked={"fact": q.fact})
    index, envelope = perimeter.questions.one(q.fact)
    perimeter.ledger.entry(ReceiptId(envelope.receipt))  # a body that is not its own is told here
    return {
        **fact_json(index, envelope, perimeter.ledger.body_states([index])),
        "log": envelope.log,
        "n": envelope.counter,
        "prev": envelope.previous,
        "commitment": envelope.commitment,
    }


def query(perimeter: Perimeter, who: Principal, q: Ask) -> Answer:
    """Facts and rows of foreign logs that fit, the oldest first, with what was not searched."""
    return answer(perimeter, who, q, "query")


def export(perimeter: Perimeter, who: Principal, q: Ask) -> Answer:
    """One page of an export; its pages are counted on record."""
    return answer(perimeter, who, q, "export")


def answer(perimeter: Perimeter, who: Principal, q: Ask, what: str) -> Answer:
    """The answer to a question, its reading recorded before."""
    question = Question(
        type=q.type,
        subject=q.subject,
        since_s=q.since,
        until_s=q.until,
        text=q.text,
        source=q.source,
        address=q.address,
        after=q.after,
        after_row=q.after_row,
        only=q.only,
        limit=q.limit,
    )
    question.check()
    perimeter.reads.note(who.person, f"ledger.{what}", asked=asked_json(q))
    return answered_json(perimeter, perimeter.questions.ask(question), q)


def asked_json(q: Ask) -> Mapping[str, Json]:
    """What was asked, as the sealed body of the reading keeps it."""
    named = ("type", "subject", "since", "until", "text", "source", "address", "after", "limit")
    return {name: getattr(q, name) for name in named}


def tail(perimeter: Perimeter, who: Principal, q: Newest) -> Answer:
    """The newest facts that fit, the oldest of them first."""
    return newest(perimeter, who, q, again=False)


def follow(perimeter: Perimeter, who: Principal, q: Newest) -> Answer:
    """What came since the index `after`; its looks are counted on record."""
    return newest(perimeter, who, q, again=True)


def newest(perimeter: Perimeter, who: Principal, q: Newest, *, again: bool) -> Answer:
    """The newest facts, the reading recorded before."""
    question = Question(
        type=q.type,
        subject=q.subject,
        after=q.after,
        limit=q.limit,
        newest=not again or q.after < 0,
        only="facts",
    )
    question.check()
    perimeter.reads.note(who.person, "ledger.tail", asked=newest_json(q))
    return answered_json(perimeter, perimeter.questions.ask(question), Ask(after=q.after))


def newest_json(q: Newest) -> Mapping[str, Json]:
    """The same of a look at the newest."""
    return {"type": q.type, "subject": q.subject, "after": q.after, "limit": q.limit}


def fact_json(index: int, envelope: Envelope, bodies: Mapping[int, BodyState]) -> dict[str, Any]:
    """A fact in clear, and how its body stands."""
    return {
        "index": index,
        "epoch": envelope.epoch,
        "time": envelope.time_s,
        "type": envelope.type,
        "writer": envelope.writer,
        "subjects": list(envelope.subjects),
        "public": dict(envelope.public),
        "receipt": envelope.receipt,
        "body": bodies[index].value,
    }


def row_json(row: ForeignRow) -> dict[str, Any]:
    """A row of a foreign log; `time` in our time, `log_time` as the log has it."""
    return {
        "source": row.source,
        "line": row.line,
        "time": row.time_s,
        "log_time": row.log_time_s,
        "says": dict(row.says),
    }


def answered_json(perimeter: Perimeter, found: Answered, q: Ask) -> Answer:
    """An answer, with what stands beside each source and what was not searched."""
    named = {row.source for row in found.rows} | ({q.source} if q.source else set())
    known = perimeter.ledger.state
    sources = {one: row for one in sorted(named) if (row := known.get("sources", one))}
    bodies = perimeter.ledger.body_states(index for index, _ in found.facts)
    last = found.facts[-1][0] if found.facts else q.after
    end = found.rows[-1] if found.rows else None
    return {
        "facts": [fact_json(*one, bodies) for one in found.facts],
        "rows": [row_json(one) for one in found.rows],
        "sources": {one: {name: row[name] for name in OF_SOURCE} for one, row in sources.items()},
        "more": {"facts": found.more_facts, "rows": found.more_rows},
        "next": {
            "after": last,
            "after_row": [end.time_s, end.source, end.line] if end else list(q.after_row),
        },
        "coverage": {
            "complete": found.complete,
            "searched_to": found.searched_to,
            "gaps": [{"from": one.start, "to": one.end, "why": one.why} for one in found.gaps],
            "erased": list(found.erased),
            "unread": dict(found.unread),
            "damaged": list(found.damaged),
        },
    }


def followers(perimeter: Perimeter, _who: Principal, _q: NoParams) -> Answer:
    """How far each follower of the record has come."""
    size, now_s = perimeter.ledger.clear.size(), perimeter.now_s()
    return {"followers": standing(perimeter.paths, size=size, now_s=now_s)}


AUDIT = Act.AUDIT
OPERATIONS = (
    Operation(name="ledger.show", params=One, run=show, act=AUDIT, gives="a fact"),
    Operation(name="ledger.query", params=Ask, run=query, act=AUDIT, gives="facts and rows"),
    Operation(name="ledger.export", params=Ask, run=export, act=AUDIT, gives="facts and rows"),
    Operation(name="ledger.tail", params=Newest, run=tail, act=AUDIT, gives="the newest facts"),
    Operation(
        name="ledger.follow",
        params=Newest,
        run=follow,
        act=AUDIT,
        gives="the newest facts",
        lives=True,
    ),
    Operation(
        name="ledger.followers", params=NoParams, run=followers, act=AUDIT, gives="followers"
    ),
)
