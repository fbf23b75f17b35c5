"""Operations on the record: keys, checkpoints, receipts, proofs, checks; that it is read."""

from collections.abc import Mapping

from adyton.assembly.operations.kinds import Answer, NoParams, Operation, Params
from adyton.assembly.perimeter import Perimeter
from adyton.identity import Principal
from adyton.terms import Act, Fact, Json, Missing, ReceiptId, Refused


class OneReceipt(Params, frozen=True, kw_only=True):
    """A receipt."""

    receipt: ReceiptId


def may_see_size(perimeter: Perimeter, who: Principal) -> None:
    """Raise Refused for all but auditors and investigators: index and size tell of everybody."""
    try:
        perimeter.gatekeeper.ask(who, Act.AUDIT)
    except Refused:
        perimeter.gatekeeper.ask(who, Act.INVESTIGATE)


def vkey(perimeter: Perimeter, _who: Principal, _q: NoParams) -> Answer:
    """The verifier keys of the log and of its witnesses."""
    ledger = perimeter.ledger
    return {"log": ledger.vkey(), "witnesses": list(ledger.witness_vkeys())}


def checkpoint(perimeter: Perimeter, _who: Principal, _q: NoParams) -> Answer:
    """Publish everything committed; the newest checkpoint."""
    perimeter.ledger.publish()
    return {"checkpoint": perimeter.ledger.checkpoint().decode()}


def prove(perimeter: Perimeter, who: Principal, q: OneReceipt) -> Answer:
    """The proof that the fact behind a receipt is in the record."""
    may_see_size(perimeter, who)
    return {"proof": perimeter.ledger.proof(q.receipt).decode()}


def receipt(perimeter: Perimeter, who: Principal, q: OneReceipt) -> Answer:
    """How the promise of the caller's own receipt stands, and the log's note that says so."""
    try:
        found = perimeter.ledger.receipt_status(q.receipt, now_s=perimeter.now_s())
    except Missing:
        found = None
    if found is None or who.person not in found.subjects:
        raise Missing("no such receipt of yours", mend="check the id")
    return {
        "receipt": q.receipt,
        "status": found.told.value,
        "note": found.note.decode(),
    }


def verify(perimeter: Perimeter, _who: Principal, _q: NoParams) -> Answer:
    """Rehash every entry and check it against head, tiles and witness."""
    perimeter.ledger.publish()
    size, problems = perimeter.verify_record()
    return {"ok": not problems, "size": size, "problems": list(problems)}


def reading(
    perimeter: Perimeter, who: Principal, what: str, asked: Mapping[str, Json], *, again: bool
) -> None:
    """Record that somebody reads the record, before they get anything.

    `again`: one more page or look of the same reading; it is recorded once a minute.
    """
    minute = perimeter.now_s() // 60
    if again and perimeter.read_at.get(who.person) == minute:
        return
    perimeter.ledger.append(
        Fact(
            type="record.read",
            subjects=(who.person,),
            public={"what": what},
            body={"asked": asked},
            body_subject=who.person,
        )
    )
    perimeter.read_at[who.person] = minute


OPERATIONS = (
    Operation(name="ledger.vkey", params=NoParams, run=vkey, act=None, gives="verifier keys"),
    Operation(
        name="ledger.checkpoint", params=NoParams, run=checkpoint, act=Act.AUDIT, gives="a note"
    ),
    Operation(name="ledger.prove", params=OneReceipt, run=prove, act=None, gives="a proof"),
    Operation(
        name="receipt.status", params=OneReceipt, run=receipt, act=None, gives="status, note"
    ),
    Operation(name="ledger.verify", params=NoParams, run=verify, act=Act.AUDIT, gives="problems"),
)
