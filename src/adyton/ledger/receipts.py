"""How a promise stands, told to whom its fact concerns: at fixed ticks, without index or size.

An answer that followed each checkpoint would show when checkpoints are made, and with that how
busy the record is. So nothing but *promised* is said before the second full tick after recording,
by when a checkpoint covers every fact, busy or not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from adyton.crypto.notes import Signer
from adyton.ledger.envelope import parse_envelope
from adyton.ledger.ports import StoredFact
from adyton.ledger.promise import sign_receipt

TICK_S = 10  # the publisher needs one second, and a slow witness a few more


class Told(StrEnum):
    """What is told of a promise."""

    PROMISED = "promised"
    KEPT = "kept"  # a cosigned checkpoint covers its fact
    OVERDUE = "overdue"  # none does, though its time is over


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptStatus:
    """The answer, its signed note (`adyton-receipt/v1`), and whom the fact concerns."""

    subjects: Sequence[str]
    told: Told
    note: bytes


def told_of(*, recorded_at_s: int, due_s: int, covered: bool, now_s: int) -> Told:
    """What may be told now."""
    told_from_s = (recorded_at_s // TICK_S + 2) * TICK_S
    if covered and now_s >= told_from_s:
        return Told.KEPT
    if not covered and now_s > recorded_at_s + due_s:
        return Told.OVERDUE
    return Told.PROMISED


def status_of(
    stored: StoredFact, signer: Signer, *, covered: bool, due_s: int, now_s: int
) -> ReceiptStatus:
    """The answer for a fact; `covered`: it stands under a cosigned checkpoint of its epoch."""
    envelope = parse_envelope(stored.data)
    told = told_of(
        recorded_at_s=envelope.time_s,
        due_s=due_s,
        covered=covered,
        now_s=now_s,
    )
    kept = told is Told.KEPT
    note = sign_receipt(stored.receipt, signer, kept=kept, now_s=now_s)
    return ReceiptStatus(subjects=envelope.subjects, told=told, note=note)
