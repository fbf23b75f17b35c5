from dataclasses import replace

import pytest

from adyton.adapters.memory_ledger import MemoryBodyKeys, SeededEntropy
from adyton.crypto.commitments import commit
from adyton.ledger.envelope import Envelope
from adyton.ledger.ports import StoredFact
from adyton.ledger.sealing import Bodies, month_of
from adyton.terms import Fact, Tampered

FACT = Fact(type="a.done", body={"name": "Robin"}, body_subject="per_a")


def stored(bodies, commitment=None):
    sealing = bodies.seal(FACT, "rct_a", 1_800_000_000)
    envelope = Envelope(
        type="a.done", log="main", epoch=1, writer="owner", counter=0, previous="", time_s=1,
        receipt="rct_a", subjects=(), public={},
        commitment=sealing.commitment if commitment is None else commitment,
    )  # fmt: skip
    return StoredFact(index=0, receipt="rct_a", data=envelope.to_bytes(), body=sealing.body)


@pytest.fixture
def bodies():
    return Bodies(MemoryBodyKeys(), SeededEntropy())


def test_a_body_opens_to_what_its_entry_commits_to(bodies):
    assert bodies.open(stored(bodies))[1] == b'{"name":"Robin"}'


def test_a_body_well_sealed_but_not_the_one_committed_to_is_tampered(bodies):
    """Whoever holds the body key can seal another text; the tree remembers the first."""
    with pytest.raises(Tampered, match="body of entry 0"):
        bodies.open(stored(bodies, commit(b"r" * 32, b'{"name":"Kim"}')))


def test_a_fact_without_a_body_has_none_and_was_not_erased(bodies):
    sealing = bodies.seal(replace(FACT, body={}), "rct_a", 1)
    assert (sealing.commitment, sealing.body) == ("", None)


def test_subjects_and_months_have_keys_of_their_own(bodies):
    ids = {
        bodies.seal(replace(FACT, body_subject=subject), "rct_a", time_s).body.key_id
        for subject in ("per_a", "per_b", "")
        for time_s in (1_800_000_000, 1_800_000_001, 1_803_000_000)
    }
    assert len(ids) == 6


def test_a_month_begins_and_ends_in_utc():
    assert month_of(1_798_761_599) == "2026-12"
    assert month_of(1_798_761_600) == "2027-01"


def test_an_erasure_that_fails_gives_back_nothing_that_an_earlier_one_took(bodies):
    fact = stored(bodies)
    month = month_of(1_800_000_000)
    bodies.retire(bodies.to_erase("per_a", month), month=month, index=1)
    again = bodies.to_erase("per_a", month)
    bodies.restore(again)
    assert again == []
    assert bodies.open(fact) is None
