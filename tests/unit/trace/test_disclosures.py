from adyton.trace import Disclosure, Disclosures, disclosure_of
from tests.unit.marks.leaks import VERSION
from tests.unit.trace.world import ASKER, World


def test_a_disclosure_is_a_fact_whose_reason_is_sealed():
    world = World(readers=0)
    assert disclosure_of(world.ledger.state, VERSION) is None
    Disclosures(recorder=world.ledger).record(
        VERSION, Disclosure.AUTHORISED, by=ASKER, reason="given to the evaluator"
    )
    assert disclosure_of(world.ledger.state, VERSION) is Disclosure.AUTHORISED
    assert "reason" not in world.ledger.entries()[-1].public
