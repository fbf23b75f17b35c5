"""What becomes of counted refusals when the owner stops, whatever room there is."""

import pytest

from adyton.adapters.memory_ledger import MemoryWorld
from adyton.assembly.refusals import OperationRefusals
from adyton.assembly.storage import LAST_RECORDED
from adyton.gateway import project
from adyton.ledger.reserve import LOOK_S, Reserve
from adyton.terms import Fact, Secret

MIB = 1 << 20
TRIES = 50


@pytest.fixture
def world():
    made = MemoryWorld()
    made.reserve = Reserve(last=LAST_RECORDED)
    return made


@pytest.fixture
def ledger(world):
    return world.open([project])


def counting(world, ledger):
    refusals = OperationRefusals(
        ledger=ledger, clock=world.clock, entropy=world.entropy, digest_key=Secret(b"k" * 32)
    )
    for _ in range(TRIES):
        refusals.unidentified()
    return refusals


def with_room(world, ledger, mib):
    world.space.free_bytes = mib * MIB
    world.clock.advance(LOOK_S)
    ledger.append(Fact(type="lock.set"))


def of(ledger, kind):
    return [one.public["count"] for one in ledger.entries(limit=1000) if one.type == kind]


@pytest.mark.parametrize("mib", [1 << 20, 500])
def test_no_count_is_lost_at_a_stop_while_uses_have_room(world, ledger, mib):
    with_room(world, ledger, mib)
    counting(world, ledger).end()
    assert of(ledger, "request.refused") == [TRIES]
    assert of(ledger, "refusals.lost") == []
    assert ledger.state.get("refusals", "nobody/unidentified")["count"] == TRIES


def test_no_count_is_lost_at_a_stop_with_a_full_lane(world, ledger, monkeypatch):
    monkeypatch.setattr(ledger, "offer", lambda _fact: None)
    counting(world, ledger).end()
    assert of(ledger, "request.refused") == [TRIES]


def test_at_the_floor_the_loss_is_told(world, ledger):
    with_room(world, ledger, 1)
    counting(world, ledger).end()
    assert of(ledger, "request.refused") == []
    assert of(ledger, "refusals.lost") == [TRIES]


def test_a_ledger_that_stopped_does_not_keep_the_owner_from_stopping(world, ledger, caplog):
    refusals = counting(world, ledger)
    ledger.close()
    refusals.end()
    assert "counts of refusals are lost" in caplog.text
