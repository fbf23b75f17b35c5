"""How a promise stands, as told to whom it concerns."""

import pytest

from adyton.adapters.memory_ledger import MemoryWorld
from adyton.ledger.ports import WitnessReply
from adyton.ledger.promise import open_receipt
from adyton.ledger.receipts import Told, told_of
from adyton.terms import Fact, Missing, Unavailable

AT_S = 1_700_000_003


@pytest.mark.parametrize(
    ("after_s", "covered", "told"),
    [
        (0, False, "promised"),
        (0, True, "promised"),  # covered already: a busy second is not shown
        (16, True, "promised"),
        (17, True, "kept"),  # 1_700_000_020, the second full tick
        (17, False, "promised"),
        (60, False, "promised"),
        (61, False, "overdue"),
        (61, True, "kept"),
    ],
)
def test_what_is_told_when(after_s, covered, told):
    found = told_of(recorded_at_s=AT_S, due_s=60, covered=covered, now_s=AT_S + after_s)
    assert found == told


def test_a_kept_promise_stays_kept_while_the_witness_is_away():
    world = MemoryWorld()
    ledger = world.open()
    first = ledger.append(Fact(type="a.done", subjects=("prs_a",), body={"n": 1}))
    ledger.publish()
    later = int(world.clock.now_s()) + 1000
    world.witness.add_checkpoint = lambda _request: WitnessReply(status=503, body=b"")
    second = ledger.append(Fact(type="a.done", subjects=("prs_a",), body={"n": 2}))
    with pytest.raises(Unavailable):
        ledger.publish()
    told = ledger.receipt_status(first.receipt, now_s=later)
    assert (told.told, tuple(told.subjects)) == (Told.KEPT, ("prs_a",))
    assert ledger.receipt_status(second.receipt, now_s=later).told is Told.OVERDUE
    assert open_receipt(told.note, world.signer.key).kept


def test_a_receipts_note_says_neither_index_nor_size():
    world = MemoryWorld()
    ledger = world.open()
    for n in range(7):
        last = ledger.append(Fact(type="a.done", subjects=("prs_a",), body={"n": n}))
    ledger.publish()
    now_s = int(world.clock.now_s()) + 100
    said = open_receipt(ledger.receipt_status(last.receipt, now_s=now_s).note, world.signer.key)
    assert said.to_text().splitlines() == [
        "adyton-receipt/v1",
        f"log {world.signer.key.name}",
        f"receipt {last.receipt}",
        "kept yes",
        f"time {now_s}",
    ]


def test_no_receipt_no_status():
    with pytest.raises(Missing):
        MemoryWorld().open().receipt_status("rct_" + "a" * 26, now_s=0)
