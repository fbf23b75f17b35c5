"""Operations on the record: keys, checkpoints, receipts, proofs, checks; that it is read."""

import contextlib

from adyton.assembly import storage
from adyton.assembly.completeness import record_gaps
from adyton.assembly.operations.kinds import Answer, NoParams, Operation, Params
from adyton.assembly.perimeter import Perimeter
from adyton.crypto.tlogproof import parse_proof
from adyton.identity import Principal
from adyton.terms import Act, Malformed, Missing, ReceiptId, Refused, Tampered, Unavailable


class OneReceipt(Params, frozen=True, kw_only=True):
    """A receipt."""

    receipt: ReceiptId


class Verify(Params, frozen=True, kw_only=True):
    """Checkpoints and receipts that somebody kept, as text; the record must continue each."""

    kept: tuple[str, ...] = ()


class Vkey(Params, frozen=True, kw_only=True):
    """`next`: of the epoch after this one, for keepers of witnesses, who trust it beforehand."""

    next: bool = False


def may_see_size(perimeter: Perimeter, who: Principal) -> None:
    """Raise Refused for all but auditors and investigators: index and size tell of everybody."""
    try:
        perimeter.gatekeeper.ask(who, Act.AUDIT)
    except Refused:
        perimeter.gatekeeper.ask(who, Act.INVESTIGATE)


def vkey(perimeter: Perimeter, _who: Principal, q: Vkey) -> Answer:
    """The verifier keys of the log (now, or of its next epoch) and of its witnesses."""
    ledger = perimeter.ledger
    log, *further = (
        storage.next_vkeys(perimeter.paths, perimeter.config, ledger)
        if q.next
        else ledger.witnesses.log_vkeys()
    )
    return {"log": log, "further": further, "witnesses": list(ledger.witness_vkeys())}


def witnesses(perimeter: Perimeter, _who: Principal, _q: NoParams) -> Answer:
    """Ask every witness again; what each knows, and whether they are a quorum."""
    with contextlib.suppress(Unavailable, Tampered):  # who says what stands in the answer
        perimeter.ledger.publish(anew=True)
    asked = perimeter.ledger.witnesses
    return {
        "quorum": not asked.lost,
        "needs_another_machine": not asked.local_suffices(),
        "sufficient": list(asked.sufficient()),
        "policy": asked.policy.text,
        "witnesses": [
            {
                "names": list(one.names),
                "where": one.where,
                "size": one.size,
                "answered_at": one.answered_at_s,
                "error": one.error,
            }
            for one in asked.states()
        ],
    }


def checkpoint(perimeter: Perimeter, who: Principal, _q: NoParams) -> Answer:
    """Publish everything committed; the newest checkpoint."""
    perimeter.reads.note(who.person, "ledger.checkpoint")
    perimeter.ledger.publish()
    return {"checkpoint": perimeter.ledger.checkpoint().decode()}


def prove(perimeter: Perimeter, who: Principal, q: OneReceipt) -> Answer:
    """The proof that the fact behind a receipt is in the record."""
    may_see_size(perimeter, who)
    perimeter.reads.note(who.person, "ledger.prove")
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


def kept_checkpoint(text: str) -> bytes:
    """The checkpoint in what somebody kept: a receipt's proof holds one; else it is one itself."""
    data = text.encode()
    try:
        return parse_proof(data).checkpoint
    except Malformed:
        return data


def verify(perimeter: Perimeter, who: Principal, q: Verify) -> Answer:
    """Rehash every entry and check it against head, tiles, witnesses and what somebody kept.

    Gaps in the signs of life are no problems of the record: they are its `coverage`.
    """
    perimeter.reads.note(who.person, "ledger.verify")
    kept = {f"kept {at}": kept_checkpoint(text) for at, text in enumerate(q.kept, start=1)}
    size, problems = perimeter.verify_record(kept=kept)
    coverage = [] if problems else list(record_gaps(perimeter.ledger))
    return {"ok": not problems, "size": size, "problems": list(problems), "coverage": coverage}


OPERATIONS = (
    Operation(name="ledger.vkey", params=Vkey, run=vkey, act=None, gives="verifier keys"),
    Operation(
        name="ledger.witnesses", params=NoParams, run=witnesses, act=Act.AUDIT, gives="states"
    ),
    Operation(
        name="ledger.checkpoint", params=NoParams, run=checkpoint, act=Act.AUDIT, gives="a note"
    ),
    Operation(name="ledger.prove", params=OneReceipt, run=prove, act=None, gives="a proof"),
    Operation(
        name="receipt.status", params=OneReceipt, run=receipt, act=None, gives="status, note"
    ),
    Operation(name="ledger.verify", params=Verify, run=verify, act=Act.AUDIT, gives="problems"),
)
