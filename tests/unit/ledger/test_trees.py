"""Epochs of a log with an Ed25519 and an ML-DSA key, and three witnesses, two of them a quorum."""

import json
import threading

import pytest

from adyton.adapters.memory_ledger import (
    InlineThreads,
    ManualClock,
    MemoryPlaces,
    MemoryWitnessMemory,
    MemoryWorld,
)
from adyton.crypto.checkpoints import Checkpoint, open_checkpoint
from adyton.crypto.epochlink import Reason, origin_of
from adyton.crypto.notes import COSIGNATURE, MLDSA44, Note, Signer, parse_note
from adyton.crypto.tlogpolicy import parse_policy, render_policy
from adyton.ledger.bundle import write_bundle
from adyton.ledger.proof import examine_bundle
from adyton.ledger.renewing import renew, survey
from adyton.ledger.witness import LocalWitness
from adyton.ledger.witnesses import Asked, Memories, Witnesses
from adyton.terms import Conflict, Fact, Tampered, Unavailable

BASE = "adyton.invalid/memory"
NAMES = ("north", "south", "west")
TWO = f"group two 2 {' '.join(NAMES)}\nquorum two"


class BothKeys(MemoryPlaces):
    """Ed25519 and ML-DSA in every epoch."""

    def signers(self, epoch):
        (first,) = super().signers(epoch)
        return (first, Signer(name=first.key.name, seed=b"q" * 32, algorithm=MLDSA44))


class Far:
    """A witness on another machine, which trusts what its keeper told it."""

    def __init__(self, name, trusted, clock):
        self.memory = MemoryWitnessMemory()
        self.signer = Signer(
            name=f"{name}.invalid", seed=name[0].encode() * 32, algorithm=COSIGNATURE
        )
        self.trusted = dict(trusted)
        self.away = False
        self.inner = LocalWitness(
            signers=(self.signer,), logs=self.trusted, memory=self.memory, clock=clock
        )

    def add_checkpoint(self, request):
        self.check()
        return self.inner.add_checkpoint(request)

    def latest(self, origin):
        self.check()
        return self.inner.latest(origin)

    def check(self):
        if self.away:
            message = "it does not answer"
            raise Unavailable(message)


class Many:
    """The world, its three witnesses, and `WitnessesOf` over them."""

    def __init__(self):
        self.clock = ManualClock()
        self.world = MemoryWorld(clock=self.clock)
        self.world.places = BothKeys(BASE, b"l" * 32)
        self.world._trust_all()
        trusted = self.world.trusted
        self.far = {name: Far(name, trusted, self.clock) for name in NAMES}
        self.asked = [
            Asked(witness=one, names=(name,), where=f"https://{name}.invalid")
            for name, one in self.far.items()
        ]
        self.keys = {name: one.signer.key for name, one in self.far.items()}

    def epoch(self, epoch):
        logs = [one.key for one in self.world.places.signers(epoch)]
        text = render_policy(logs=logs, witnesses=self.keys, urls={}, quorum=TWO)
        return Witnesses(
            policy=parse_policy(text),
            asked=self.asked,
            clock=self.clock,
            together=InlineThreads().together,
        )

    def memories(self):
        return Memories(self.asked, keys=self.keys, together=InlineThreads().together)

    def open(self):
        return self.world.open(witnesses=self)

    def forget_origin(self, epoch, *names):
        for name in names:
            del self.far[name].trusted[origin_of(BASE, epoch)]


def append(ledger, total, **fields):
    return [ledger.append(Fact(type="a.done", public={"n": at}, **fields)) for at in range(total)]


@pytest.fixture
def many():
    return Many()


@pytest.fixture
def turned(many):
    """Two epochs; the first ended while the witness west was away, and it is still behind."""
    ledger = many.open()
    append(ledger, 3)
    ledger.publish()
    many.far["west"].away = True
    append(ledger, 2)
    ledger.trees.turn(Reason.YEAR)
    append(ledger, 4)
    ledger.close()
    many.far["west"].away = False
    return many


def test_an_epoch_ends_under_all_keys_of_the_log_and_those_of_the_witnesses_that_cosigned(turned):
    ledger = turned.open()
    (past,) = ledger.past.epochs
    log = [one.key for one in turned.world.places.signers(1)]
    assert past.keys == (*log, turned.keys["north"], turned.keys["south"])
    assert ledger.trees.position.epoch == 2
    assert ledger.verify() == ()
    files = write_bundle({}, case="cas_a", ledger=ledger, indexes=[1, 7])
    assert examine_bundle(files, anchor=ledger.vkey()).failures == []
    vkeys = files["epochs/1/vkeys"].decode().split()
    assert vkeys == [str(key) for key in past.keys]


def test_the_policy_beside_each_epoch_names_the_keys_of_its_own_origin(turned):
    for epoch in (1, 2):
        policy = parse_policy(turned.world.places.files(epoch).read("policy").decode())
        assert [key.name for key in policy.logs] == [origin_of(BASE, epoch)] * 2


def test_a_turn_needs_a_quorum_that_knows_the_next_origin_and_no_more(many):
    ledger = many.open()
    append(ledger, 3)
    many.forget_origin(2, "south", "west")
    with pytest.raises(Unavailable, match=r"no quorum of witnesses knows .*/2") as caught:
        ledger.trees.turn(Reason.YEAR)
    assert "the witness south does not know it" in caught.value.message
    assert "vkey --next" in caught.value.mend
    assert append(ledger, 1)[0].epoch == 1
    many.far["south"].trusted[origin_of(BASE, 2)] = many.world.trusted[origin_of(BASE, 2)]
    assert ledger.trees.turn(Reason.YEAR).epoch == 2
    assert not ledger.witnesses.lost


def test_two_turns_at_once_begin_one_epoch(many):
    ledger = many.open()
    append(ledger, 3)
    ledger.publish()
    west, sound = many.far["west"], many.far["west"].add_checkpoint

    def another_comes_first(request):
        west.add_checkpoint = sound
        reply = sound(request)
        ledger.trees.turn(Reason.YEAR)
        return reply

    west.add_checkpoint = another_comes_first
    with pytest.raises(Conflict, match="another epoch began"):
        ledger.trees.turn(Reason.YEAR)
    assert ledger.trees.position.epoch == 2
    assert ledger.verify() == ()


def test_a_turn_waits_until_a_quorum_covers_the_first_entry(many):
    """It knew the new origin, and is gone a moment later: recorded, but nobody saw it yet."""
    ledger = many.open()
    append(ledger, 3)
    commit = many.world.facts.commit

    def and_then_gone(facts, rows):
        commit(facts, rows)
        for one in many.far.values():
            one.away = True

    ledger.publish()
    many.world.facts.commit = and_then_gone
    with pytest.raises(Unavailable, match="not covered yet"):
        ledger.trees.turn(Reason.YEAR)
    assert ledger.trees.position.epoch == 2


@pytest.mark.parametrize("name", ["north", "south"])
def test_i4_a_witness_that_forgot_an_old_epoch_that_it_had_cosigned_is_seen(turned, name):
    del turned.far[name].memory.notes[BASE]
    with pytest.raises(Tampered, match=f"epoch 1: the witness {name} forgot"):
        turned.open()


def test_a_witness_that_cannot_be_asked_is_passed_over(turned):
    turned.far["north"].away = turned.far["south"].away = True
    assert turned.open().trees.position.epoch == 2


def test_a_far_witness_that_lies_of_an_old_epoch_stops_nothing(turned, caplog):
    stranger = Signer(name=BASE, seed=b"x" * 32)
    note = turned.far["west"].memory.notes[BASE]
    text = parse_note(note).text
    forged = Note(text=text, signatures=(stranger.sign(text),)).to_bytes()
    turned.far["west"].memory.notes[BASE] = forged
    assert turned.open().trees.position.epoch == 2
    assert "the witness west's checkpoint is not of this log" in caplog.text


def test_i4_an_older_memory_of_another_history_is_seen(turned):
    """West lags behind lawfully, but what it remembers must be of this very tree."""
    liar = Many()
    ledger = liar.open()
    append(ledger, 2, subjects=("per_x",))
    ledger.publish()
    turned.far["west"].memory.notes[BASE] = liar.far["west"].memory.notes[BASE]
    with pytest.raises(Tampered, match="the witness west disagrees"):
        turned.open()


@pytest.mark.parametrize("ours", [True, False])
def test_i4_a_later_epoch_is_believed_of_a_far_witness_only_if_we_signed_it(turned, caplog, ours):
    origin = origin_of(BASE, 3)
    signers = turned.world.places.signers(3)
    text = Checkpoint(origin=origin, size=4, root=b"r" * 32).to_text()
    lines = [signers[0].sign(text), signers[1].cosign(text, time_s=1)]
    if not ours:
        lines.pop()
    note = Note(text=text, signatures=tuple(lines)).to_bytes()
    turned.far["west"].memory.notes[origin] = note
    if ours:
        with pytest.raises(Tampered, match="the witness west knows of epoch 3"):
            turned.open()
    else:
        assert turned.open().trees.position.epoch == 2
        assert "that we never signed" in caplog.text


def test_i4_an_old_checkpoint_without_its_ml_dsa_line_is_not_the_one_that_was_continued(turned):
    files = turned.world.places.files(1)
    note = parse_note(files.read("checkpoint"))
    ed, _, *rest = note.signatures
    files.write("checkpoint", Note(text=note.text, signatures=(ed, *rest)).to_bytes())
    with pytest.raises(Tampered, match="is another one"):
        turned.open()


def test_a_new_epoch_after_a_restore_goes_on_under_the_quorum_that_stood(many):
    """Also where one witness lags: it is no other history."""
    ledger = many.open()
    append(ledger, 3)
    ledger.publish()
    many.far["west"].away = True
    append(ledger, 2)
    ledger.close()
    many.far["west"].away = False
    world = many.world
    link = survey(
        store=world.facts,
        places=world.places,
        memories=many.memories(),
        reason=Reason.REKEYED,
    )
    assert link.disputed == ()
    assert link.lost is None
    assert link.before.keys[2:] == (many.keys["north"], many.keys["south"])
    renewed(many, link)
    ledger = many.open()
    ledger.publish()
    assert ledger.verify() == ()
    (row,) = [row for _, row in ledger.state.scan("epochs")]
    assert json.loads(json.dumps(row))["before"]["keys"] == [str(key) for key in link.before.keys]


def renewed(many, link):
    world = many.world
    return renew(
        link,
        by=("per_a", "per_b"),
        store=world.facts,
        places=world.places,
        body_keys=world.body_keys,
        witnesses=many,
        clock=world.clock,
        entropy=world.entropy,
        threads=InlineThreads(),
        projections=(),
    )


def test_keys_of_an_erasure_that_no_checkpoint_covers_go_once_the_next_epoch_is_cosigned(many):
    ledger = many.open()
    append(ledger, 2, body={"name": "Robin"}, body_subject="per_a")
    ledger.publish()
    ledger.trees.publish = no_more  # it dies before the erasure's fact is published
    with pytest.raises(Unavailable, match="not covered yet"):
        ledger.erase("per_a", "2027-01")
    world = many.world
    assert len(world.body_keys._keys) == 1
    link = survey(
        store=world.facts, places=world.places, memories=many.memories(), reason=Reason.REKEYED
    )
    assert (link.before.size, link.before.held) == (2, 3)
    renewed(many, link)
    assert len(world.body_keys._keys) == 1  # nobody outside has seen that it was erased
    again = many.open()
    assert len(world.body_keys._keys) == 1
    assert again.opening(0) is None  # and nobody reads it meanwhile
    again.publish()
    assert len(world.body_keys._keys) == 0
    assert again.verify() == ()


def no_more(*, anew=False):
    message = f"the disk is gone ({anew})"
    raise Unavailable(message)


def test_the_first_entry_of_an_epoch_is_signed_with_both_keys_of_its_own(turned):
    first, second = (one.key for one in turned.world.places.signers(2))
    note = turned.world.places.files(2).read("checkpoint")
    _, opened = open_checkpoint(note, log=first, witnesses=(second,))
    assert opened.signers == (first, second)


def test_an_erasure_is_not_owed_in_the_middle_of_a_look_at_what_is_due(many):
    """One thread publishes and settles while another has just recorded an erasure."""
    ledger = many.open()
    append(ledger, 2, body={"name": "Robin"}, body_subject="per_a")
    ledger.erase("per_a", "2027-01")
    trees, owing = ledger.trees, []
    trees.owe(2)  # due once more: destroying is idempotent

    def covered(_position):
        if not owing:
            owing.append(threading.Thread(target=trees.owe, args=(0,)))
            owing[0].start()
            owing[0].join(0.2)
        return True

    trees._may_erase = covered
    trees.settle()
    owing[0].join()
    assert list(trees._erasures._due) == [0]
