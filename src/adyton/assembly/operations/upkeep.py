"""Operations on the life of the record: backup, rebuild, erasure, retention, holds, the year."""

from typing import Annotated, Any

from msgspec import Meta

from adyton.assembly import retention
from adyton.assembly.backups import take
from adyton.assembly.operations.kinds import Answer, NoParams, Operation, Params
from adyton.assembly.perimeter import Perimeter
from adyton.crypto.epochlink import Reason
from adyton.crypto.ids import mint
from adyton.identity import Principal
from adyton.ledger import holding
from adyton.ledger.erasing import ERASURES
from adyton.ledger.sealing import month_of
from adyton.ledger.turning import EPOCHS
from adyton.ledger.upkeep import Covered
from adyton.ledger.years import year_end
from adyton.terms import Act, Conflict, Fact

Month = Annotated[str, Meta(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
SomeMonth = Annotated[str, Meta(pattern=r"^([0-9]{4}-(0[1-9]|1[0-2]))?$")]
Subject = Annotated[str, Meta(min_length=1, max_length=64)]


class BackupTo(Params, frozen=True, kw_only=True):
    """A new folder on the owner's host."""

    path: str


class Rebuild(Params, frozen=True, kw_only=True):
    """Whether rows are only compared; whether those that stood on a lost body may go."""

    check: bool = False
    despite_lost: bool = False


class Erase(Params, frozen=True, kw_only=True):
    """Whose bodies of which month; without `apply` nothing is done."""

    subject: Subject
    month: Month
    apply: bool = False


class Retain(Params, frozen=True, kw_only=True):
    """Without `apply` nothing is done."""

    apply: bool = False


class HoldAdd(Params, frozen=True, kw_only=True):
    """What is held and why; no month means every month."""

    subject: Subject
    reason: str
    month: SomeMonth = ""


class HoldEnd(Params, frozen=True, kw_only=True):
    """A hold."""

    hold: str


def backup(perimeter: Perimeter, who: Principal, q: BackupTo) -> Answer:
    """A backup of the data into a new folder, while everything goes on."""
    taken = take(perimeter, perimeter.foreign_place(q.path), by=who.person)
    return {
        "folder": str(taken.folder),
        "files": taken.files,
        "bytes": taken.size_bytes,
        "epoch": taken.epoch,
        "checkpoint_size": taken.size,
    }


def escrow(perimeter: Perimeter, who: Principal, _q: NoParams) -> Answer:
    """Record that the keys go into escrow; they are read by whoever may read the home's files."""
    fact = Fact(type="escrow.made", subjects=(who.person,), public={"by": who.person})
    return {"receipt": perimeter.ledger.append(fact).receipt}


def rebuild(perimeter: Perimeter, _who: Principal, q: Rebuild) -> Answer:
    """Current state from facts and bodies again: compared, or put in place."""
    upkeep = perimeter.ledger.upkeep
    problems = (
        upkeep.check_state() if q.check else upkeep.rebuild_state(despite_lost=q.despite_lost)
    )
    return {
        "facts": perimeter.ledger.trees.position.size,
        "replaced": not q.check,
        "problems": [str(one) for one in problems],
    }


def erase(perimeter: Perimeter, _who: Principal, q: Erase) -> Answer:
    """Destroy the keys of a subject's bodies of a month, or say how many bodies that covers."""
    found = covered_at(perimeter, q.subject, q.month)
    held = list(holding.on(perimeter.ledger.state, q.subject, q.month))
    answer: dict[str, Any] = {
        "bodies": found.bodies,
        "types": dict(found.types),
        "held": held,
        "erased": False,
    }
    if q.apply:
        promise = perimeter.ledger.erase(q.subject, q.month)
        answer |= {"erased": True, "receipt": promise.receipt}
    return answer


def covered_at(perimeter: Perimeter, subject: str, month: str) -> Covered:
    """What is still readable of a subject's month."""
    every = perimeter.ledger.upkeep.covered()
    found = (one for one in every if (one.subject, one.month) == (subject, month))
    return next(found, Covered(subject=subject, month=month, types={}))


def erasures(perimeter: Perimeter, _who: Principal, _q: NoParams) -> Answer:
    """Every erasure on record: a restored older copy is told of them by this list."""
    rows = perimeter.ledger.state.scan(ERASURES)
    names = ("subject", "month", "keys")
    return {"erasures": [{name: row[name] for name in names} for _, row in rows]}


def retain(perimeter: Perimeter, _who: Principal, q: Retain) -> Answer:
    """What is past its time by class; with `apply` each is erased, but for what is held."""
    found = tuple(
        retention.due(
            perimeter.ledger.upkeep.covered(),
            perimeter.config.retention,
            perimeter.ledger.state,
            month_now=month_of(perimeter.now_s()),
        )
    )
    if q.apply:
        for one in found:
            if not one.held:
                perimeter.ledger.erase(one.subject, one.month)
    return {
        "due": [
            {
                "subject": one.subject,
                "month": one.month,
                "bodies": one.bodies,
                "classes": list(one.classes),
                "held": list(one.held),
                "erased": q.apply and not one.held,
            }
            for one in found
        ]
    }


def hold_add(perimeter: Perimeter, who: Principal, q: HoldAdd) -> Answer:
    """Hold bodies: nothing erases them until the hold ends."""
    hold = mint("hld", perimeter.entropy)
    fact = holding.added(hold, subject=q.subject, month=q.month, by=who.person, reason=q.reason)
    perimeter.ledger.append(fact)
    return {"hold": hold}


def hold_end(perimeter: Perimeter, who: Principal, q: HoldEnd) -> Answer:
    """End a hold."""
    fact = holding.ended(q.hold, by=who.person)
    perimeter.ledger.append(fact, guard=holding.stands(q.hold))
    return {"hold": q.hold}


def hold_list(perimeter: Perimeter, _who: Principal, _q: NoParams) -> Answer:
    """The holds that stand."""
    rows = perimeter.ledger.state.scan(holding.HOLDS)
    return {"holds": [{"id": hold, **row} for hold, row in rows]}


def turn(perimeter: Perimeter, who: Principal, _q: NoParams) -> Answer:
    """Begin the next year's shard now: the operator vouches for the clock."""
    if not year_end(perimeter.ledger, perimeter.now_s()).over:
        raise Conflict("by the clock, the year of this shard is not over", mend="look at the clock")
    promise = perimeter.ledger.trees.turn(Reason.YEAR, by=(who.person,))
    perimeter.ledger.publish()
    return {"epoch": promise.epoch, "receipt": promise.receipt}


def epochs(perimeter: Perimeter, _who: Principal, _q: NoParams) -> Answer:
    """Every epoch begun, why, what it continues and what was lost; with the keys of each."""
    ledger = perimeter.ledger
    return {
        "now": ledger.trees.position.epoch,
        "epochs": [dict(row) for _, row in ledger.state.scan(EPOCHS)],
        "keys": {
            **{str(one.epoch): [str(key) for key in one.keys] for one in ledger.past.epochs},
            str(ledger.trees.position.epoch): [
                *ledger.witnesses.log_vkeys(),
                *ledger.witness_vkeys(),
            ],
        },
    }


ADMINISTER, INVESTIGATE = Act.ADMINISTER, Act.INVESTIGATE
OPERATIONS = (
    Operation(name="backup.take", params=BackupTo, run=backup, act=ADMINISTER, gives="a folder"),
    Operation(name="backup.keys", params=NoParams, run=escrow, act=ADMINISTER, gives="a receipt"),
    Operation(name="ledger.rebuild", params=Rebuild, run=rebuild, act=ADMINISTER, gives="problems"),
    Operation(name="ledger.erase", params=Erase, run=erase, act=ADMINISTER, gives="bodies"),
    Operation(
        name="ledger.erasures", params=NoParams, run=erasures, act=Act.AUDIT, gives="erasures"
    ),
    Operation(name="ledger.retention", params=Retain, run=retain, act=ADMINISTER, gives="due"),
    Operation(name="ledger.turn", params=NoParams, run=turn, act=ADMINISTER, gives="epoch"),
    Operation(name="ledger.epochs", params=NoParams, run=epochs, act=Act.AUDIT, gives="epochs"),
    Operation(name="hold.add", params=HoldAdd, run=hold_add, act=INVESTIGATE, gives="hold"),
    Operation(name="hold.end", params=HoldEnd, run=hold_end, act=INVESTIGATE, gives="hold"),
    Operation(name="hold.list", params=NoParams, run=hold_list, act=INVESTIGATE, gives="holds"),
)
