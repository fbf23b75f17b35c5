"""What is gone without an erasure is lost, whoever made it look lawful."""

from dataclasses import replace

import pytest

from adyton.adapters.memory_ledger import MemoryWorld
from adyton.ledger.lost import Lost
from adyton.ledger.ports import BodyKey, SealedBody
from adyton.terms import BodyState, Conflict, Fact, Row, Tampered

MONTH, NEXT = "2027-01", "2027-02"
DAYS_S = 31 * 86_400
ERASED, LOST, SEALED, NONE = BodyState.ERASED, BodyState.LOST, BodyState.SEALED, BodyState.NONE


def named(entry, _state):
    if entry.type == "person.added":
        name = "" if entry.body is None else entry.body["name"]
        yield Row(table="people", key=str(entry.index), data={"name": name})


@pytest.fixture
def world():
    """Ann 0, Ben 1, Ann without a body 2; then Ann erased by fact 3; Ann 4; next month Ann 5."""
    made = MemoryWorld()
    made.ledger = made.open([named])
    for subject in ("per_ann", "per_ben"):
        made.ledger.append(fact(subject))
    made.ledger.append(replace(fact("per_ann"), body={}))
    made.ledger.erase("per_ann", MONTH)
    made.ledger.append(fact("per_ann"))
    made.clock.advance(DAYS_S)
    made.ledger.append(fact("per_ann"))
    return made


def fact(subject):
    return Fact(
        type="person.added", subjects=(subject,), body={"name": subject}, body_subject=subject
    )


def states(ledger):
    told = [one.body_state for one in ledger.entries()]
    assert list(ledger.body_states(range(len(told))).values()) == told
    return told


def change(world, index, **what):
    world.facts.facts[index] = replace(world.facts.facts[index], **what)


def problems(world):
    return [str(one) for one in world.ledger.verify()]


def test_what_is_there_what_was_erased_and_what_never_was_are_told_apart(world):
    expected = [ERASED, SEALED, NONE, NONE, SEALED, SEALED]
    assert states(world.ledger) == expected
    assert states(world.open([named])) == expected
    assert problems(world) == []


def test_a_body_whose_key_was_made_away_with_is_lost_and_its_fact_still_reads(world):
    world.body_keys.destroy(world.body_keys.of("per_ben", MONTH))
    for ledger in (world.ledger, world.open([named])):
        entry = ledger.entries()[1]
        assert (entry.body, entry.body_state, entry.body_erased) == (None, LOST, False)
        assert ledger.opening(1) is None
    assert problems(world) == ["bodies: 1 are lost, no erasure explains it: entries 1"]


@pytest.mark.parametrize("index", [0, 1])
def test_a_body_whose_row_was_made_away_with_is_lost_though_its_key_was_erased(world, index):
    change(world, index, body=None)
    assert states(world.ledger)[index] is LOST
    assert problems(world)[0] == f"bodies: 1 are lost, no erasure explains it: entries {index}"


def test_an_erasure_of_a_month_explains_no_loss_in_another(world):
    """The thief destroys the key of February, and points its body at the one erased in January."""
    world.body_keys.destroy(world.body_keys.of("per_ann", NEXT))
    erased = world.facts.facts[0].body.key_id
    change(world, 5, body=SealedBody(key_id=erased, sealed=b"x" * 60))
    assert states(world.ledger)[5] is LOST
    assert states(world.open([named]))[5] is LOST
    assert "bodies: 1 are lost, no erasure explains it: entries 5" in problems(world)


def test_an_erasure_recorded_late_explains_no_loss_in_the_month_that_had_begun(world):
    world.ledger.erase("per_ben", MONTH)
    change(world, 5, body=world.facts.facts[1].body)
    assert states(world.ledger)[5] is LOST
    assert "bodies: 1 are lost, no erasure explains it: entries 5" in problems(world)


def test_an_erasure_explains_no_loss_of_what_came_after_it(world):
    change(world, 4, body=world.facts.facts[0].body)
    assert states(world.ledger)[4] is LOST
    assert "bodies: 1 are lost, no erasure explains it: entries 4" in problems(world)


def test_a_body_passed_off_as_erased_in_its_own_month_is_found_by_what_the_erasure_covers(world):
    """Reading believes the key id that stands with the body; the erasure's fact knows better."""
    change(world, 1, body=world.facts.facts[0].body)
    assert states(world.ledger)[1] is ERASED
    said = "its erasure covers 1 bodies; the fact store has 2 under its keys, or others"
    assert problems(world) == [f"entry 3: {said}"]


def test_bodies_swapped_between_an_erased_fact_and_another_are_found(world):
    first, second = world.facts.facts[0].body, world.facts.facts[1].body
    change(world, 0, body=second)
    change(world, 1, body=first)
    with pytest.raises(Tampered, match="body of entry 0"):
        world.ledger.entries()
    said = "its erasure covers 1 bodies; the fact store has 1 under its keys, or others"
    assert problems(world) == [
        "entry 0: the body of entry 0 does not open under its key",
        f"entry 3: {said}",
    ]


def test_bodies_swapped_between_two_facts_of_one_key_are_tampered():
    world = MemoryWorld()
    ledger = world.open()
    for _ in range(2):
        ledger.append(fact("per_ann"))
    bodies = [one.body for one in world.facts.facts]
    for index in (0, 1):
        change(world, index, body=bodies[1 - index])
    with pytest.raises(Tampered, match="body of entry 0"):
        ledger.entries()
    assert [one.where for one in ledger.verify()] == ["entry 0", "entry 1"]


def test_a_key_exchanged_for_another_is_tampered_and_neither_lost_nor_erased(world):
    key_id = world.facts.facts[1].body.key_id
    world.body_keys._keys[key_id] = BodyKey(
        key_id=key_id, subject="per_ben", month=MONTH, key=b"k" * 32
    )
    with pytest.raises(Tampered, match="body of entry 1"):
        world.ledger.entries()
    assert problems(world) == ["entry 1: the body of entry 1 does not open under its key"]


def test_an_erasure_on_record_whose_key_is_still_there_is_an_erasure(world):
    kept = world.body_keys.get(world.body_keys.of("per_ben", MONTH)[0])
    world.ledger.erase("per_ben", MONTH)
    world.body_keys.add(kept)  # as after a kill between the fact and the key's end
    again = world.open([named])
    assert again.entries()[1].body_state is ERASED
    assert world.body_keys.get(kept.key_id) is None


def test_a_row_that_claims_an_erasure_without_its_fact_is_found(world):
    """The thief deletes a key and plants the row that would explain it."""
    key_id = world.facts.facts[1].body.key_id
    world.body_keys.destroy([key_id])
    data = {"subject": "per_ben", "month": MONTH, "keys": [key_id]}
    world.facts._state.write([Row(table="erasures", key=f"{3:012}x"[:12], data=data)])
    assert problems_of(world.open([named]))


def problems_of(ledger):
    return [str(one) for one in ledger.verify()]


def test_an_erasure_from_before_its_fact_said_what_it_covers_still_holds(world):
    rows = [one for one in world.facts.state().rows() if one.table == "erasures"]
    for row in rows:
        data = {name: one for name, one in row.data.items() if name not in {"bodies", "covers"}}
        world.facts._state.write([replace(row, data=data)])
    again = world.open([named])
    assert states(again)[0] is ERASED
    # the fact itself says it here, so that the row is wrong, and nothing else is
    assert [one.where for one in again.verify()] == ["table erasures"]


# -- rows that stand on a lost body -------------------------------------------------------------


def test_a_rebuild_never_calls_rows_right_that_stand_on_a_lost_body_and_keeps_them(world):
    live = world.facts.state().rows()
    world.body_keys.destroy(world.body_keys.of("per_ben", MONTH))
    said = "1 are lost, no erasure explains it: entries 1"
    assert next(map(str, world.ledger.upkeep.check_state())) == f"bodies: {said}"
    with pytest.raises(Conflict, match=said):
        world.ledger.upkeep.rebuild_state()
    assert world.facts.state().rows() == live
    found = world.ledger.upkeep.rebuild_state(despite_lost=True)
    assert str(found[0]) == f"bodies: {said}"
    assert world.ledger.state.get("people", "1") == {"name": ""}
    assert [one.where for one in world.ledger.upkeep.check_state()] == ["bodies"]


def test_an_erasure_leaves_rows_of_lost_bodies_as_they_are(world):
    world.body_keys.destroy(world.body_keys.of("per_ben", MONTH))
    world.ledger.erase("per_ann", MONTH)
    assert world.ledger.state.get("people", "1") == {"name": "per_ben"}
    assert world.ledger.state.get("people", "4") == {"name": ""}


def test_an_erasure_that_a_list_brings_covers_bodies_whose_keys_are_not_here(world):
    """A restored copy without body keys: what was erased elsewhere is erased here, not lost."""
    keys = world.body_keys.of("per_ben", MONTH)
    foreign = world.body_keys.of("per_ann", NEXT)
    world.body_keys.destroy(keys)
    world.ledger.upkeep.rebuild_state(despite_lost=True)  # as a restore does
    world.ledger.erase("per_ben", MONTH, further=(*keys, *foreign, *keys))
    assert states(world.ledger)[1] is ERASED
    assert states(world.ledger)[5] is SEALED  # a list takes no key that is here for another
    assert problems(world) == []


# -- how they are told --------------------------------------------------------------------------


def test_stretches_are_told_as_such_and_many_are_cut():
    lost = Lost()
    assert lost.problems() == ()
    lost.refuse()
    for index in (1, 2, 3, 7, *range(10, 120, 2)):
        lost.note(index)
    assert lost.bodies == 59
    told = str(lost)
    assert told.startswith("59 are lost, no erasure explains it: entries 1 to 3, 7, 10, 12,")
    assert told.endswith(", and 7 more stretches")
