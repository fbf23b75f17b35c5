import pytest

from adyton.adapters.memory_ledger import ManualClock, MemoryWorld
from adyton.assembly.reading import RecordReads
from adyton.terms import PersonId, Unavailable

ANN, BEN = PersonId("per_ann"), PersonId("per_ben")


@pytest.fixture
def world():
    return MemoryWorld(clock=ManualClock(6_000_000.0))


@pytest.fixture
def reads(world):
    return RecordReads(ledger=world.open(), clock=world.clock)


def facts(reads):
    return [
        (one.subjects[0], one.public["operation"], one.public["calls"], one.public["entries"])
        for one in reads._ledger.entries()
        if one.type == "record.read"
    ]


def test_l6_the_first_read_is_a_fact_before_anything_is_answered(reads):
    reads.note(ANN, "ledger.entries", first=0, last=99)
    assert facts(reads) == [(ANN, "ledger.entries", 1, 100)]


def test_l6_a_read_that_cannot_be_recorded_is_refused(world, reads):
    world.facts.fail_next = Unavailable("disk full")
    with pytest.raises(Unavailable):
        reads.note(ANN, "ledger.entries", first=0, last=99)


def test_l6_reads_that_follow_are_counted_and_recorded_once_when_the_minute_is_over(world, reads):
    for start in range(0, 1000, 100):
        reads.note(ANN, "ledger.entries", first=start, last=start + 99)
    reads.flush()
    assert len(facts(reads)) == 1
    world.clock.advance(61)
    reads.flush()
    reads.flush()
    assert facts(reads)[1:] == [(ANN, "ledger.entries", 9, 900)]
    last = reads._ledger.entries()[-1].public
    assert (last["first"], last["last"], last["from"]) == (100, 999, 6_000_000)


def test_l6_each_person_and_each_operation_is_told_apart(reads):
    for who in (ANN, BEN, ANN):
        reads.note(who, "ledger.proof")
    reads.note(ANN, "ledger.verify")
    reads.end()
    assert facts(reads) == [
        (ANN, "ledger.proof", 1, 0),
        (BEN, "ledger.proof", 1, 0),
        (ANN, "ledger.verify", 1, 0),
        (ANN, "ledger.proof", 1, 0),
    ]


def test_what_was_asked_stands_sealed_and_no_more_than_twenty_of_it(reads):
    for n in range(50):
        reads.note(ANN, "ledger.query", asked={"text": f"word {n}"})
    reads.end()
    first, rest = [one for one in reads._ledger.entries() if one.type == "record.read"]
    assert first.body == {"asked": [{"text": "word 0"}]}
    assert (len(rest.body["asked"]), rest.public["calls"]) == (20, 49)


def test_l6_a_next_minute_begins_with_a_fact_again(world, reads):
    reads.note(ANN, "ledger.proof")
    world.clock.advance(60)
    reads.note(ANN, "ledger.proof")
    assert len(facts(reads)) == 2


def test_l6_a_thousand_reads_in_an_hour_leave_two_facts_a_minute_at_most(world, reads):
    for _ in range(1000):
        reads.note(ANN, "ledger.entries", first=0, last=9)
        world.clock.advance(3.6)
        reads.flush()
    reads.end()
    assert len(facts(reads)) <= 2 * 61
    assert sum(calls for _, _, calls, _ in facts(reads)) == 1000


def test_counts_that_cannot_be_recorded_now_are_recorded_later(world, reads):
    reads.note(ANN, "ledger.proof")
    reads.note(ANN, "ledger.proof")
    world.clock.advance(61)
    reads._ledger, kept = _Down(), reads._ledger
    with pytest.raises(Unavailable):
        reads.flush()
    reads._ledger = kept
    reads.flush()
    assert [calls for _, _, calls, _ in facts(reads)] == [1, 1]


class _Down:
    def append(self, _fact):
        raise Unavailable("disk full")


def test_every_operation_that_reads_the_record_says_so(small):
    receipt = small.call("investigator", "drill.seal", {"digest": "2" * 64})["receipt"]
    asked = {
        "ledger.query": {"text": "needle"},
        "ledger.tail": {},
        "ledger.show": {"fact": "0"},
        "ledger.export": {},
        "ledger.prove": {"receipt": receipt},
        "ledger.checkpoint": {},
        "ledger.verify": {},
        "ledger.coverage": {},
        "ledger.reconcile": {},
    }
    small.person("reader", "auditor")
    for operation, params in asked.items():
        small.call("reader", operation, params)
    found = {
        one.public["operation"]: one
        for one in small.perimeter.all_entries("record.read")
        if one.subjects == (small.ids["reader"],)
    }
    assert set(found) == set(asked)
    assert found["ledger.query"].body["asked"][0]["text"] == "needle"
    assert "needle" not in str(found["ledger.query"].public)
