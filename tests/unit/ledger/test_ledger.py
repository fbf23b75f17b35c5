import pytest

from adyton.adapters.memory_ledger import MemoryWorld, memory_ledger
from adyton.crypto.notes import open_note, parse_vkey
from adyton.crypto.tlogproof import check_proof, parse_proof
from adyton.ledger import erasing, rebuild
from adyton.terms import Fact, Malformed, Missing, Refused, Row, Tampered, Unavailable


def count(entry, state):
    """One row per fact, and one that counts all of its type on top of the state before."""
    before = state.get("counts", entry.type) or {"n": 0}
    name = None if entry.body is None else entry.body.get("name")
    yield Row(table="counts", key=entry.type, data={"n": before["n"] + 1})
    yield Row(table="people", key=entry.receipt, data={"name": name}, index=entry.type)


def fact(name="Robin", kind="person.added", subject="per_a"):
    return Fact(
        type=kind,
        subjects=(subject,),
        public={"size": 3},
        body={"name": name, "tags": ["a", "b"]},
        body_subject=subject,
    )


def recorded(world, total=5):
    ledger = world.open([count])
    return ledger, [ledger.append(fact(f"Robin {at}")) for at in range(total)]


def test_i1_a_fact_is_readable_as_soon_as_it_is_promised():
    ledger = memory_ledger([count])
    promise = ledger.append(fact())
    entry = ledger.entry(promise.receipt)
    assert entry.type == "person.added"
    assert entry.body == {"name": "Robin", "tags": ["a", "b"]}
    assert (entry.index, entry.counter) == (0, 0)
    assert ledger.state.get("counts", "person.added") == {"n": 1}


def test_two_ledgers_with_the_same_seed_are_the_same():
    first, second = memory_ledger(), memory_ledger()
    assert first.append(fact()) == second.append(fact())


def test_a_guard_sees_every_earlier_fact_and_refuses_its_own_alone():
    ledger = memory_ledger([count])

    def at_most_two(state):
        if (state.get("counts", "person.added") or {"n": 0})["n"] >= 2:
            raise Refused("enough")

    ledger.append(fact(), guard=at_most_two)
    ledger.append(fact(), guard=at_most_two)
    with pytest.raises(Refused, match="enough"):
        ledger.append(fact(), guard=at_most_two)
    assert len(ledger.entries()) == 2
    assert ledger.append(fact()).index == 2


def test_a_projection_that_fails_refuses_the_fact_and_leaves_no_row():
    def broken(entry, _state):
        yield Row(table="x", key="y", data={})
        if entry.type == "bad.done":
            message = "no"
            raise Missing(message)

    ledger = memory_ledger([broken])
    with pytest.raises(Missing):
        ledger.append(Fact(type="bad.done"))
    assert ledger.entries() == []
    assert ledger.state.get("x", "y") is None


@pytest.mark.parametrize(
    "bad",
    [
        Fact(type="nonsense"),
        Fact(type="Person.Added"),
        Fact(type="a.done", subjects=("",)),
        Fact(type="a.done", public={"x": 1.5}),
        Fact(type="a.done", body={"x": 1.5}),
        Fact(type="a.done", public={"x": "y" * 70_000}),
    ],
    ids=["no_dot", "case", "empty_subject", "float", "float_in_body", "too_large"],
)
def test_a_malformed_fact_is_refused_and_the_ledger_goes_on(bad):
    ledger = memory_ledger()
    with pytest.raises(Malformed):
        ledger.append(bad)
    assert ledger.append(fact()).index == 0


def test_i8_no_name_stands_in_the_tree():
    world = MemoryWorld()
    ledger, _ = recorded(world)
    ledger.publish()
    assert not any(b"Robin" in data for data in world.files.files.values())
    assert not any(b"Robin" in one.data or b"Robin" in one.body.sealed for one in world.facts.facts)


def test_i4_a_receipt_verifies_with_the_logs_key_alone():
    ledger, promises = recorded(MemoryWorld(), 300)
    receipt = parse_proof(ledger.proof(promises[270].receipt))
    checkpoint, _ = check_proof(receipt, entry=receipt.extra, log=parse_vkey(ledger.vkey()))
    assert (receipt.index, checkpoint.size) == (270, 300)


def test_a_receipt_of_an_old_checkpoint_is_not_needed_for_new_facts():
    ledger, promises = recorded(MemoryWorld())
    ledger.proof(promises[0].receipt)
    late = ledger.append(fact())
    assert parse_proof(ledger.proof(late.receipt)).index == 5


def test_unknown_receipts_and_indexes_are_missing():
    ledger, _ = recorded(MemoryWorld())
    for ask in (
        lambda: ledger.entry("rct_x"),
        lambda: ledger.proof("rct_x"),
        lambda: ledger.opening(99),
        lambda: ledger.opening(-1),
        lambda: ledger.evidence([99]),
        memory_ledger().checkpoint,
    ):
        with pytest.raises(Missing):
            ask()


def test_witnessed_gives_a_cosigned_checkpoint_that_covers_the_promise():
    ledger, promises = recorded(MemoryWorld())
    note = ledger.witnessed(promises[-1])
    keys = [parse_vkey(key) for key in (ledger.vkey(), *ledger.witness_vkeys())]
    opened = open_note(note, keys)
    assert set(opened.signers) == set(keys)
    assert opened.text.split("\n")[1] == "5"
    assert ledger.witnessed(promises[0]) == note


def test_i2_without_a_witness_nothing_is_witnessed_though_it_is_published():
    world = MemoryWorld()
    ledger, promises = recorded(world)

    def unreachable(_request):
        message = "no witness"
        raise Unavailable(message)

    good, world.witness.add_checkpoint = world.witness.add_checkpoint, unreachable
    with pytest.raises(Unavailable):
        ledger.witnessed(promises[0])
    assert ledger.checkpoint().decode().split("\n")[1] == "5"
    with pytest.raises(Unavailable):
        ledger.witnessed(promises[0])
    world.witness.add_checkpoint = good
    assert b"witness" in ledger.witnessed(promises[0])


def test_a_failed_commit_fails_its_callers_and_everyone_after_until_it_is_opened_again():
    world = MemoryWorld()
    ledger, _ = recorded(world)
    world.facts.fail_next = Unavailable("disk full")
    with pytest.raises(Unavailable, match="nothing was recorded"):
        ledger.append(fact())
    with pytest.raises(Unavailable, match="stopped"):
        ledger.append(fact())
    assert ledger.state.get("counts", "person.added") == {"n": 5}
    ledger.close()
    assert world.open([count]).append(fact()).index == 5


def test_the_state_rebuilt_from_facts_is_the_live_one():
    world = MemoryWorld()
    ledger, _ = recorded(world, 20)
    ledger.append(fact(kind="person.ended"))
    assert rebuild(ledger.entries(), [count]) == world.facts.state().rows()


def test_erasing_leaves_proofs_valid_bodies_unreadable_and_names_nowhere():
    world = MemoryWorld()
    ledger, promises = recorded(world)
    other = ledger.append(fact("Kim", subject="per_b"))
    receipt = ledger.proof(promises[0].receipt)
    tiles = {path: data for path, data in world.files.files.items() if path.startswith("tile")}
    ledger.erase("per_a", "2027-01")
    entry = ledger.entry(promises[0].receipt)
    assert (entry.body, entry.body_erased) == (None, True)
    assert ledger.opening(0) is None
    assert ledger.entry(other.receipt).body["name"] == "Kim"
    names = {row["name"] for _, row in ledger.state.scan("people")}
    assert names == {None, "Kim"}
    assert {path: world.files.files[path] for path in tiles} == tiles
    proof = parse_proof(receipt)
    check_proof(proof, entry=proof.extra, log=parse_vkey(ledger.vkey()))
    assert ledger.verify() == ()
    assert ledger.verify(kept={"receipt": proof.checkpoint}) == ()


def test_erasing_is_a_fact_and_the_rebuilt_state_equals_the_live_one_after_it():
    world = MemoryWorld()
    ledger, _ = recorded(world)
    promise = ledger.erase("per_a", "2027-01")
    entry = ledger.entry(promise.receipt)
    assert (entry.type, entry.subjects) == ("bodies.erased", ("per_a",))
    live = world.facts.state().rows()
    assert rebuild(ledger.entries(), [erasing.project, count]) == live


def test_after_an_erasure_new_bodies_of_the_same_month_are_readable():
    world = MemoryWorld()
    ledger, _ = recorded(world)
    ledger.erase("per_a", "2027-01")
    promise = ledger.append(fact("New"))
    assert ledger.entry(promise.receipt).body["name"] == "New"
    ledger.erase("per_a", "2027-01")
    assert ledger.entry(promise.receipt).body is None
    assert ledger.verify() == ()


def test_an_erasure_cut_off_by_a_kill_is_finished_at_the_next_start():
    world = MemoryWorld()
    ledger, promises = recorded(world)

    def killed(_key_ids):
        message = "disk gone"
        raise Unavailable(message)

    good, world.body_keys.destroy = world.body_keys.destroy, killed
    with pytest.raises(Unavailable):
        ledger.erase("per_a", "2027-01")
    assert ledger.entry(promises[0].receipt).body is None
    world.body_keys.destroy = good
    again = world.open([count])
    assert world.body_keys.of("per_a", "2027-01") == []
    assert again.entry(promises[0].receipt).body_erased


def test_an_erasure_that_cannot_be_recorded_erases_nothing():
    world = MemoryWorld()
    ledger, promises = recorded(world)
    world.facts.fail_next = Unavailable("disk full")
    with pytest.raises(Unavailable):
        ledger.erase("per_a", "2027-01")
    assert ledger.entry(promises[0].receipt).body is not None


def test_an_erasure_needs_a_subject_and_a_month():
    with pytest.raises(Malformed):
        memory_ledger().erase("", "2027-01")


def test_a_body_that_was_exchanged_is_tampered():
    world = MemoryWorld()
    ledger, promises = recorded(world, 2)
    first, second = world.facts.facts
    world.facts.facts[0] = type(first)(
        index=0, receipt=first.receipt, data=first.data, body=second.body
    )
    with pytest.raises(Tampered):
        ledger.entry(promises[0].receipt)
    assert [str(one) for one in ledger.verify()] == [
        "entry 0: the body of entry 0 does not open under its key"
    ]


def test_bodies_gone_without_an_erasure_are_found():
    world = MemoryWorld()
    ledger, _ = recorded(world, 2)
    world.body_keys.destroy(world.body_keys.of("per_a", "2027-01"))
    assert [str(one) for one in ledger.verify()] == [
        "bodies: 2 are lost, no erasure explains it: entries 0 to 1"
    ]


def test_the_logs_key_signs_manifests_and_no_text_of_others():
    ledger = memory_ledger()
    with pytest.raises(Malformed):
        ledger.sign_bundle("adyton.invalid/memory\n9\nAAAA\n")
    assert ledger.sign_bundle("adyton-bundle/v1\ncase x\n")


def test_a_closed_ledger_has_published_everything_and_takes_nothing_more():
    world = MemoryWorld()
    ledger, _ = recorded(world)
    ledger.close()
    ledger.close()
    assert ledger.checkpoint().decode().split("\n")[1] == "5"
    with pytest.raises(Unavailable):
        ledger.append(fact())


@pytest.mark.parametrize("month", ["2027", "2027-1", "2027-13", "2027-01\n", "Robin, High Street"])
def test_i8_an_erasure_puts_no_text_of_others_into_the_tree(month):
    with pytest.raises(Malformed):
        memory_ledger().erase("per_a", month)
