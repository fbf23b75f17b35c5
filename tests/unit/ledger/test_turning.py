"""One epoch after the other: what still holds of those that ended, and who catches a false one."""

import copy
import json
from dataclasses import replace

import pytest

from adyton.adapters.memory_ledger import MemoryFacts, MemoryHead, MemoryWorld
from adyton.crypto.epochlink import Reason
from adyton.crypto.notes import parse_vkey
from adyton.ledger import erasing, rebuild, turning
from adyton.ledger.bundle import write_bundle
from adyton.ledger.promise import open_promise, open_receipt
from adyton.ledger.proof import examine_bundle, examine_receipt
from adyton.terms import Fact, Malformed, Row, Tampered, Unavailable


def count(entry, state):
    counted = (state.get("count", "all") or {"n": 0})["n"]
    name = entry.body["name"] if entry.body else None
    yield Row(table="count", key="all", data={"n": counted + 1})
    yield Row(table="names", key=entry.receipt, data={"name": name})


def append(ledger, total, kind="a.done", subject="per_a"):
    return [
        ledger.append(
            Fact(
                type=kind,
                subjects=(subject,),
                public={"n": at},
                body={"name": f"{kind} {at}"},
                body_subject=subject,
            )
        )
        for at in range(total)
    ]


class Grown:
    """Three epochs: 300 facts, 1 + 20, 1 + 5; published and closed."""

    def __init__(self):
        self.world = MemoryWorld()
        ledger = self.world.open([count])
        self.promises = append(ledger, 300)
        self.turned = ledger.trees.turn(Reason.YEAR)
        self.promises += append(ledger, 20, "b.done", "per_b")
        ledger.trees.turn(Reason.YEAR)
        self.promises += append(ledger, 5, "c.done")
        ledger.close()

    def open(self):
        return self.world.open([count])


@pytest.fixture
def grown():
    return Grown()


def test_positions_go_on_and_indexes_begin_again(grown):
    assert (grown.turned.epoch, grown.turned.index) == (2, 0)
    assert [(one.epoch, one.index) for one in grown.promises[299:302]] == [(1, 299), (2, 1), (2, 2)]
    ledger = grown.open()
    entries = ledger.entries(limit=2000)
    assert [one.index for one in entries] == list(range(327))
    assert [one.index for one in entries if one.type == "epoch.started"] == [300, 321]
    assert ledger.trees.position.epoch == 3
    append(ledger, 1)
    ledger.close()
    assert grown.open().entries(after=326)[0].index == 327


def test_everything_of_every_epoch_verifies(grown):
    ledger = grown.open()
    assert ledger.verify() == ()
    live = grown.world.facts.state().rows()
    projections = [erasing.project, turning.project, count]
    assert rebuild(ledger.entries(limit=2000), projections) == live
    assert ledger.state.get("count", "all") == {"n": 327}


def test_i4_each_epoch_is_a_log_of_its_own_with_its_own_origin_and_witness_memory(grown):
    world = grown.world
    notes = {epoch: world.places.files(epoch).read("checkpoint") for epoch in (1, 2, 3)}
    heads = [note.decode().split("\n")[:2] for note in notes.values()]
    base = "adyton.invalid/memory"
    assert heads == [[base, "300"], [f"{base}/2", "21"], [f"{base}/3", "6"]]
    assert set(world.witness_memory.notes) == {base, f"{base}/2", f"{base}/3"}


@pytest.mark.parametrize("at", [0, 299, 300, 310, 324])
def test_i4_a_receipt_of_any_epoch_verifies_with_the_keys_of_its_time(grown, at):
    ledger, promise = grown.open(), grown.promises[at]
    past = ledger.past.numbered(promise.epoch)
    keys = (
        past.keys
        if past
        else tuple(parse_vkey(one) for one in (ledger.vkey(), *ledger.witness_vkeys()))
    )
    receipt = ledger.proof(promise.receipt)
    seen = examine_receipt(receipt, entry=None, log=keys[0], witnesses=keys[1:])
    assert seen.failures == []
    assert ledger.witnessed(promise) == past.note if past else ledger.witnessed(promise)


def test_a_promise_of_an_old_epoch_is_witnessed_by_its_last_checkpoint(grown):
    ledger = grown.open()
    assert ledger.witnessed(grown.promises[7]) == grown.world.files.files["checkpoint"]


def test_a_promise_of_an_old_epoch_is_its_own_logs_word_and_stands_as_kept(grown):
    ledger, promise = grown.open(), grown.promises[7]
    old = grown.world.places.signers(1)[0].key
    assert open_promise(ledger.promise(promise), old).origin == old.name
    later = grown.promises[301]
    assert open_promise(ledger.promise(later), grown.world.places.signers(2)[0].key)
    now_s = int(grown.world.clock.now_s()) + 60
    for one in (promise, later, grown.promises[-1]):
        ledger.publish()
        status = ledger.receipt_status(one.receipt, now_s=now_s)
        said = open_receipt(status.note, grown.world.places.signers(one.epoch)[0].key)
        assert said.kept


def bundle(grown, indexes, **more):
    ledger = grown.open()
    return ledger, dict(
        write_bundle(
            {"report.json": json.dumps({"cites": list(indexes)}).encode()},
            case="cas_a",
            ledger=ledger,
            indexes=indexes,
            **more,
        )
    )


def test_a_bundle_over_three_epochs_verifies_offline_by_the_key_of_today(grown):
    ledger, files = bundle(grown, [5, 299, 305, 325], bodies=[5, 305])
    seen = examine_bundle(files, anchor=ledger.vkey())
    assert (seen.failures, seen.facts) == ([], 6)
    assert {"epochs/1/checkpoint", "epochs/2/vkeys", "facts/300.json"} <= files.keys()


def test_i4_an_erasure_in_a_later_epoch_reaches_the_bodies_of_earlier_ones(grown):
    ledger = grown.open()
    ledger.erase("per_a", "2027-01")
    assert ledger.opening(5) is None
    assert ledger.state.get("names", grown.promises[5].receipt) == {"name": None}
    assert ledger.verify() == ()


def resigned(world, files):
    """The manifest again over changed files, as whoever holds the log's key could."""
    import hashlib  # noqa: PLC0415

    from adyton.crypto.manifest import MANIFEST, ListedFile, Manifest  # noqa: PLC0415

    signer = world.places.signers(3)[0]
    listed = tuple(
        ListedFile(path=path, sha256=hashlib.sha256(data).hexdigest(), size_bytes=len(data))
        for path, data in sorted(files.items())
        if path != MANIFEST
    )
    ledger = world.open([count])
    text = Manifest(case="cas_a", origin=signer.key.name, files=listed).to_text()
    return files | {MANIFEST: ledger.sign_bundle(text)}


BUNDLE_ATTACKS = {
    "no earlier epochs": lambda files: [
        files.pop(path) for path in list(files) if path.startswith("epochs/")
    ],
    "one epoch left out": lambda files: [
        files.pop(f"epochs/2/{name}") for name in ("checkpoint", "vkeys")
    ],
    "no first entry": lambda files: [
        files.pop(f"facts/321.{kind}") for kind in ("json", "tlog-proof")
    ],
    "another old checkpoint": lambda files: files.update(
        {"epochs/1/checkpoint": files["epochs/2/checkpoint"]}
    ),
    "other old keys": lambda files: files.update({"epochs/1/vkeys": files["epochs/2/vkeys"]}),
    "a fact of epoch 2 at a place of epoch 1": lambda files: files.update(
        {
            "facts/6.json": files["facts/305.json"],
            "facts/6.tlog-proof": files["facts/305.tlog-proof"],
        }
    ),
    "a fact of epoch 1 under the checkpoint of epoch 2": lambda files: files.update(
        {"facts/5.tlog-proof": files["facts/305.tlog-proof"]}
    ),
    "a name that is none": lambda files: files.update({"epochs/01/checkpoint": b""}),
    "an epoch that is yet to come": lambda files: files.update(
        {"epochs/3/checkpoint": files["checkpoint"], "epochs/3/vkeys": files["vkeys"]}
    ),
}


@pytest.mark.parametrize("attack", BUNDLE_ATTACKS.values(), ids=BUNDLE_ATTACKS)
def test_i4_a_bundle_with_a_false_past_fails_even_if_signed_again(grown, attack):
    _, files = bundle(grown, [5, 305, 325])
    assert examine_bundle(resigned(grown.world, files)).failures == []
    attack(files)
    assert examine_bundle(resigned(grown.world, files)).failures != []


def test_a_witness_that_does_not_know_the_next_origin_leaves_the_old_epoch_going_on():
    world = MemoryWorld()
    ledger = world.open([count])
    append(ledger, 5)
    keys = world.trusted.pop("adyton.invalid/memory/2")
    with pytest.raises(Unavailable, match="does not know"):
        ledger.trees.turn(Reason.YEAR)
    assert append(ledger, 1)[0].index == 5
    ledger.publish()
    assert ledger.verify() == ()
    world.trusted["adyton.invalid/memory/2"] = keys
    assert ledger.trees.turn(Reason.YEAR).epoch == 2


def test_an_epoch_that_could_not_be_committed_did_not_begin():
    world = MemoryWorld()
    ledger = world.open([count])
    append(ledger, 5)
    ledger.publish()
    world.facts.fail_next = Unavailable("disk full")
    with pytest.raises(Unavailable):
        ledger.trees.turn(Reason.YEAR)
    again = world.open([count])
    assert again.trees.position.epoch == 1
    assert again.trees.turn(Reason.YEAR).epoch == 2


def test_killed_right_after_the_first_entry_the_next_start_goes_on_in_the_new_epoch():
    world = MemoryWorld()
    ledger = world.open([count])
    append(ledger, 5)
    ledger.trees.turn(Reason.YEAR)  # nothing of it is published
    again = world.open([count])
    assert again.trees.position.epoch == 2
    again.publish()
    assert again.verify() == ()


def test_nobody_else_can_record_the_first_fact_of_an_epoch():
    ledger = MemoryWorld().open()
    with pytest.raises(Malformed, match="begins an epoch"):
        ledger.append(Fact(type="epoch.started", public={}))


# What an enemy with the disk may do to the store, the heads and the witness.


def refill(world, facts):
    world.facts = MemoryFacts()
    world.facts.commit([replace(one, index=at) for at, one in enumerate(facts)], [])


def edited(world, at, old, new):
    one = world.facts.facts[at]
    assert old in one.data
    world.facts.facts[at] = replace(one, data=one.data.replace(old, new))


def moved_into_epoch_1(world):
    facts = list(world.facts.facts)
    facts.insert(5, facts.pop(310))
    refill(world, facts)


def swapped_over_the_border(world):
    facts = list(world.facts.facts)
    facts[299], facts[301] = facts[301], facts[299]
    refill(world, facts)


def link_to_another_root(world):
    public = json.loads(world.facts.facts[300].data)["public"]
    root = public["before"]["root"]
    edited(world, 300, f'"root":"{root}'.encode(), b'"root":"' + b"0" * 64)


def link_to_another_whole(world):
    root = json.loads(world.facts.facts[300].data)["public"]["before"]["held_root"]
    edited(world, 300, f'"held_root":"{root}'.encode(), b'"held_root":"' + b"0" * 64)


def link_to_another_place(world):
    edited(world, 300, b'"first":300', b'"first":299')


def link_with_a_lost_range(world):
    edited(world, 300, b'"lost":null', b'"lost":{"epochs":0,"from":300,"to":310}')


def same_number_twice(world):
    facts = world.facts.facts
    refill(world, [*facts[:321], *facts[300:321], *facts[321:]])


def skipped_number(world):
    refill(world, [*world.facts.facts[:300], *world.facts.facts[321:]])


def without_first_entry(world):
    refill(world, [*world.facts.facts[:300], *world.facts.facts[301:]])


def first_entry_first(world):
    refill(world, world.facts.facts[300:])


def back_to_epoch_2(world):
    refill(world, world.facts.facts[:321])


def back_to_epoch_2_with_its_files(world):
    back_to_epoch_2(world)
    world.places.put_head(3, MemoryHead())
    world.places.files(3).files.clear()


def back_to_epoch_2_but_for_the_checkpoint(world):
    back_to_epoch_2(world)
    world.places.put_head(3, MemoryHead())


def old_head_put_back(world):
    head = world.places.heads(1)
    head.head = replace(head.head, size=299, before=0)


def old_head_gone_on(world):
    head = world.places.heads(1)
    head.head = replace(head.head, size=305, before=300)


def old_head_lost(world):
    world.places.put_head(1, MemoryHead())


def old_checkpoint_put_back(world):
    note = world.files.files["checkpoint"]
    world.files.files["checkpoint"] = note.replace(b"\n300\n", b"\n299\n")


def old_checkpoint_lost(world):
    del world.files.files["checkpoint"]


def old_tile_changed(world):
    tile = world.files.files["tile/0/001.p/44"]
    world.files.files["tile/0/001.p/44"] = bytes([tile[0] ^ 1]) + tile[1:]


def witness_forgot_epoch_1(world):
    del world.witness_memory.notes["adyton.invalid/memory"]


def witness_has_another_log_under_the_old_name(world):
    notes = world.witness_memory.notes
    notes["adyton.invalid/memory"] = notes["adyton.invalid/memory/2"]


ATTACKS = {
    moved_into_epoch_1: "entry 5 belongs to another|entry 5: belongs to another",
    swapped_over_the_border: "entry 299: belongs to another",
    link_to_another_root: "entry 300 names another last checkpoint",
    link_to_another_whole: "entry 300 continues another tree",
    link_to_another_place: "entry 300 begins an epoch that should begin at 299",
    link_with_a_lost_range: "entry 301: does not continue",
    same_number_twice: "entry 321 begins epoch 2, which does not follow 2",
    skipped_number: "entry 300 begins epoch 3, which does not follow 1",
    without_first_entry: "entry 300: belongs to another log or epoch",
    first_entry_first: "entry 0 begins an epoch that should begin at 300|entry 0 continues another",
    back_to_epoch_2: "a head knows of epoch 3",
    back_to_epoch_2_but_for_the_checkpoint: "a checkpoint knows of epoch 3",
    back_to_epoch_2_with_its_files: "the witness knows of epoch 3",
    old_head_put_back: "epoch 1: the head is older",
    old_head_gone_on: "epoch 1: the head knows more entries",
    old_head_lost: "epoch 1: its head is missing",
    old_checkpoint_put_back: "epoch 1: its last checkpoint",
    old_checkpoint_lost: "epoch 1: its last checkpoint is missing",
    old_tile_changed: "epoch 1: the tiles disagree",
    witness_forgot_epoch_1: "epoch 1: the witness forgot",
    witness_has_another_log_under_the_old_name: "epoch 1: the witness's checkpoint is not of this",
}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda one: one.__name__)
def test_i4_a_record_whose_epochs_were_changed_is_not_opened(grown, attack):
    attack(grown.world)
    with pytest.raises(Tampered, match=ATTACKS[attack]) as caught:
        grown.open()
    assert "new-epoch.md" in caught.value.mend


def test_i4_verify_finds_what_was_changed_in_an_old_epoch_while_it_runs(grown):
    ledger = grown.open()
    world = grown.world
    files = copy.copy(world.files.files)
    path = "tile/entries/000"
    world.files.files[path] = files[path].replace(b'"n":7}', b'"n":8}')
    assert any("epoch 1: entry 7" in str(one) for one in ledger.verify())
    world.files.files[path] = files[path]
    assert ledger.verify() == ()
    one = world.facts.facts[305]
    world.facts.facts[305] = replace(one, data=one.data.replace(b'"n":4}', b'"n":5}'))
    assert any(str(problem).startswith("entry 305") for problem in ledger.verify())


def test_i4_a_kept_checkpoint_is_held_against_the_tree_of_its_origin(grown):
    ledger = grown.open()
    kept = {f"mail {n}": grown.world.places.files(n).read("checkpoint") for n in (1, 2, 3)}
    assert ledger.verify(kept=kept) == ()
    other = MemoryWorld(origin="other.invalid/log")
    foreign = other.open()
    append(foreign, 1)
    foreign.publish()
    problems = ledger.verify(kept={"mail": foreign.checkpoint()})
    assert [str(one) for one in problems] == ["mail: is of another log"]
