"""Several witnesses under a quorum: dead, slow, lying, split."""

import pytest

from adyton.adapters.memory_ledger import ManualClock, MemoryWitnessMemory, MemoryWorld
from adyton.crypto.checkpoints import open_checkpoint
from adyton.crypto.notes import (
    COSIGNATURE,
    MLDSA44,
    Note,
    Signature,
    Signer,
    parse_note,
    parse_vkey,
)
from adyton.crypto.tlogpolicy import parse_policy, render_policy
from adyton.ledger.ports import WitnessReply
from adyton.ledger.receipts import Told
from adyton.ledger.verify import check_log
from adyton.ledger.witness import LocalWitness
from adyton.ledger.witnesses import PAUSE_S, REST_S, Asked, Witnesses
from adyton.terms import Fact, Misconfigured, Tampered, Unavailable

NAMES = ("north", "south", "west")
TWO = f"group two 2 {' '.join(NAMES)}\nquorum two"


class Far:
    """A witness elsewhere: sound until it is told to do something else."""

    def __init__(self, name, log, clock, *, algorithm=COSIGNATURE):
        self.memory = MemoryWitnessMemory()
        self.signer = Signer(
            name=f"{name}.invalid", seed=name[0].encode() * 32, algorithm=algorithm
        )
        self.inner = LocalWitness(
            signers=(self.signer,), logs={log[0].name: log}, memory=self.memory, clock=clock
        )
        self.asked = 0
        self.does = None

    def add_checkpoint(self, request):
        self.asked += 1
        return self.inner.add_checkpoint(request) if self.does is None else self.does(request)

    def latest(self, origin):
        if self.does is not None:
            message = "gone"
            raise Unavailable(message)
        return self.inner.latest(origin)


def dead(_request):
    message = "it does not answer"
    raise Unavailable(message)


class Three:
    """A log with three witnesses, two of which are a quorum."""

    def __init__(self, quorum=TWO, algorithm=COSIGNATURE, further=()):
        self.clock = ManualClock()
        self.world = MemoryWorld(clock=self.clock)
        self.further = further
        self.log = (self.world.signer.key, *(one.key for one in further))
        self.far = {name: Far(name, self.log, self.clock, algorithm=algorithm) for name in NAMES}
        self.quorum = quorum

    def witnesses(self, *names):
        kept = names or NAMES
        text = render_policy(
            logs=self.log,
            witnesses={name: self.far[name].signer.key for name in kept},
            urls={},
            quorum=self.quorum,
        )
        return Witnesses(
            policy=parse_policy(text),
            asked=[
                Asked(witness=self.far[name], names=(name,), where=f"https://{name}.invalid")
                for name in kept
            ],
            clock=self.clock,
            together=lambda tasks: [task() for task in tasks],
        )

    def open(self, *names):
        return self.world.open(witnesses=self.witnesses(*names), further_signers=self.further)


def record(ledger, total=1):
    for at in range(total):
        ledger.append(Fact(type="a.done", public={"n": at}))


def cosigners(ledger):
    policy = ledger.witnesses.policy
    keys = (*policy.logs[1:], *policy.witnesses.values())
    _, note = open_checkpoint(ledger.checkpoint(), log=policy.logs[0], witnesses=keys)
    return policy.names(note.signers)


def test_all_that_answer_cosign_and_the_policy_file_says_who_they_are():
    three = Three()
    ledger = three.open()
    record(ledger)
    ledger.publish()
    assert cosigners(ledger) == NAMES
    assert parse_policy(three.world.files.files["policy"].decode()).satisfied(
        [three.far["north"].signer.key, three.far["west"].signer.key]
    )
    assert [one.size for one in ledger.witnesses.states()] == [1, 1, 1]


def test_one_dead_of_three_stops_nothing_and_is_seen():
    three = Three()
    three.far["north"].does = dead
    ledger = three.open()
    record(ledger)
    ledger.publish()
    assert cosigners(ledger) == ("south", "west")
    north, south, _ = ledger.witnesses.states()
    assert (north.error, north.answered_at_s) == ("it does not answer", 0)
    assert (south.error, south.size) == ("", 1)
    assert ledger.verify() == ()


def test_who_did_not_answer_is_spared_for_a_while_as_long_as_the_others_suffice():
    three = Three()
    three.far["north"].does = dead
    ledger = three.open()
    for _ in range(5):
        record(ledger)
        ledger.publish()
    assert three.far["north"].asked == 1
    three.clock.advance(PAUSE_S)
    three.far["north"].does = None
    record(ledger)
    ledger.publish()
    assert cosigners(ledger) == NAMES


def hanging(three):
    def hang(_request):
        three.clock.advance(5.0)
        message = "it hangs"
        raise Unavailable(message)

    return hang


def test_one_that_hangs_is_waited_for_once_however_many_acts_wait():
    three = Three(quorum="group every all north south west\nquorum every")
    ledger = three.open()
    record(ledger)
    ledger.publish()
    three.far["north"].does = hanging(three)
    begun, asked = three.clock.monotonic_s(), three.far["north"].asked
    for _ in range(10):
        with pytest.raises(Unavailable, match="north: it hangs"):
            ledger.publish(anew=True)
    assert three.far["north"].asked == asked + 1
    assert three.clock.monotonic_s() - begun == 5.0


def test_one_that_hung_is_tried_once_after_a_pause_and_is_back_when_it_answers():
    three = Three(quorum="group every all north south west\nquorum every")
    ledger = three.open()
    record(ledger)
    three.far["north"].does = hanging(three)
    with pytest.raises(Unavailable):
        ledger.publish()
    three.clock.advance(REST_S)
    with pytest.raises(Unavailable):
        ledger.publish()
    asked = three.far["north"].asked
    with pytest.raises(Unavailable):
        ledger.publish()
    assert three.far["north"].asked == asked
    three.far["north"].does = None
    three.clock.advance(REST_S)
    ledger.publish()
    assert cosigners(ledger) == NAMES


def test_one_that_refuses_at_once_is_asked_again_at_once_while_it_is_needed():
    three = Three(quorum="group every all north south west\nquorum every")
    ledger = three.open()
    record(ledger)
    three.far["north"].does = dead
    with pytest.raises(Unavailable):
        ledger.publish()
    three.far["north"].does = None
    ledger.publish()
    assert cosigners(ledger) == NAMES


def test_all_that_may_be_needed_are_asked_side_by_side():
    """One after the other, two that hang would cost twice the time."""
    three = Three()
    rounds = []
    ledger = three.open()
    record(ledger)
    three.far["north"].does = three.far["south"].does = dead
    with pytest.raises(Unavailable):
        ledger.publish()  # both are to be spared now, and the quorum is lost
    ledger.witnesses._together = lambda tasks: (rounds.append(len(tasks)), [t() for t in tasks])
    with pytest.raises(Unavailable):
        ledger.publish(anew=True)
    assert [one for one in rounds if one] == [3]


def test_who_sends_us_from_size_to_size_slowly_is_given_up():
    three = Three(quorum="group every all north south west\nquorum every")
    ledger = three.open()
    record(ledger, 3)

    def wander(_request):
        three.clock.advance(4.0)
        return WitnessReply(status=409, body=b"%d\n" % (three.far["north"].asked % 3))

    three.far["north"].does = wander
    with pytest.raises(Unavailable, match="in time"):
        ledger.publish()
    assert three.far["north"].asked == 2


def test_two_dead_of_three_are_no_quorum_and_what_one_said_is_kept():
    three = Three()
    three.far["north"].does = three.far["south"].does = dead
    ledger = three.open()
    record(ledger)
    with pytest.raises(Unavailable, match="no quorum"):
        ledger.publish()
    assert cosigners(ledger) == ("west",)
    problem = "is not cosigned by a quorum of its witnesses"
    assert [one.what for one in ledger.verify()] == [problem]
    three.far["south"].does = None
    asked = three.far["west"].asked
    ledger.publish()
    assert cosigners(ledger) == ("south", "west")
    assert three.far["west"].asked == asked
    assert ledger.verify() == ()


def test_a_checkpoint_without_its_quorum_is_caught_by_whoever_has_the_policy():
    three = Three()
    ledger = three.open()
    record(ledger)
    ledger.publish()
    note = parse_note(ledger.checkpoint())
    kept = [one for one in note.signatures if one.name not in {"north.invalid", "west.invalid"}]
    text = note.text + "\n" + "".join(map(str, kept))
    three.world.files.files["checkpoint"] = text.encode()
    policy = ledger.witnesses.policy
    found = check_log(
        three.world.files,
        log_key=policy.logs[0],
        witness_keys=ledger.witnesses.trusted,
        policy=policy,
    )
    assert [one.what for one in found] == ["is not cosigned by a quorum of its witnesses"]


def changed(signature):
    def lie(three, request):
        reply = three.far["north"].inner.add_checkpoint(request)
        line = parse_note(b"x\n\n" + reply.body).signatures[0]
        return WitnessReply(status=200, body=str(signature(line)).encode())

    return lie


def of_another_text(three, _request):
    other = "log.invalid\n1\n" + "A" * 43 + "=\n"
    line = three.far["north"].signer.cosign(other, time_s=1)
    return WitnessReply(status=200, body=str(line).encode())


LIES = {
    "a wrong signature": changed(
        lambda one: Signature(
            name=one.name, key_id=one.key_id, signature=one.signature[:-1] + b"\0\0"
        )
    ),
    "another name": changed(
        lambda one: Signature(name="west.invalid", key_id=one.key_id, signature=one.signature)
    ),
    "another key": changed(
        lambda one: Signature(name=one.name, key_id=b"\0\1\2\3", signature=one.signature)
    ),
    "another text": of_another_text,
    "nothing": lambda _three, _request: WitnessReply(status=200, body=b""),
    "noise": lambda _three, _request: WitnessReply(status=200, body=b"\xff" * 9000),
    "an odd status": lambda _three, _request: WitnessReply(status=302, body=b""),
    "too many lines": lambda _three, _request: WitnessReply(
        status=200, body="— x AAAAAAAA\n".encode() * 200
    ),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_lying_witness_counts_as_one_that_did_not_answer(lie):
    three = Three()
    three.far["north"].does = lambda request: lie(three, request)
    ledger = three.open()
    record(ledger)
    ledger.publish()
    assert cosigners(ledger) == ("south", "west")
    assert ledger.witnesses.states()[0].error
    three.far["west"].does = dead
    record(ledger)
    with pytest.raises(Unavailable, match="no quorum"):
        ledger.publish()


ALARMS = {
    "another history": WitnessReply(status=422, body=b""),
    "a conflict without a size": WitnessReply(status=409, body=b""),
    "more entries than there are": WitnessReply(status=409, body=b"99\n"),
}


@pytest.mark.parametrize("reply", ALARMS.values(), ids=ALARMS)
def test_one_witness_of_three_that_knows_another_history_stops_the_log(reply):
    three = Three()
    ledger = three.open()
    record(ledger)
    ledger.publish()
    stands = ledger.checkpoint()
    three.far["north"].does = lambda _request: reply
    record(ledger)
    with pytest.raises(Tampered, match="witness"):
        ledger.publish()
    three.far["north"].does = None
    with pytest.raises(Tampered):
        ledger.publish()
    assert ledger.checkpoint() == stands
    assert "publishing" in [one.where for one in ledger.verify()]
    assert ledger.witnesses.lost


def test_one_witness_of_three_that_forgot_stops_the_log():
    three = Three()
    ledger = three.open()
    record(ledger)
    ledger.publish()
    three.far["south"].memory.notes.clear()
    record(ledger)
    with pytest.raises(Tampered, match="forgot"):
        ledger.publish()


def test_i4_a_split_view_fails_at_the_first_witness_that_has_seen_the_other_half():
    """One key, two histories: north and south see the one, then south and west are shown another.

    Any two quorums of two in three share a witness; it is the one that refuses.
    """
    three = Three()
    ledger = three.open()
    record(ledger, 3)
    three.far["west"].does = dead
    ledger.publish()
    assert cosigners(ledger) == ("north", "south")
    liar = MemoryWorld(clock=three.clock)
    liar.places.seeds = three.world.places.seeds
    three.far["west"].does = None
    three.far["north"].does = dead
    three.far["south"].latest = lambda _origin: None
    split = liar.open(witnesses=three.witnesses())
    for at in range(4):
        split.append(Fact(type="b.done", public={"n": at}))
    with pytest.raises(Tampered, match="another history"):
        split.publish()
    assert "checkpoint" not in liar.files.files


def test_where_the_witnesses_share_nothing_a_split_view_is_not_seen():
    """What a quorum of any one witness does not protect against."""
    three = Three(quorum=f"group one any {' '.join(NAMES)}\nquorum one")
    ledger = three.open()
    record(ledger, 3)
    three.far["south"].does = three.far["west"].does = dead
    ledger.publish()
    liar = MemoryWorld(clock=three.clock)
    liar.places.seeds = three.world.places.seeds
    three.far["north"].does, three.far["south"].does = dead, None
    split = liar.open(witnesses=three.witnesses())
    split.append(Fact(type="b.done"))
    split.publish()
    assert cosigners(split) == ("south",)


def test_witnesses_cosign_with_ml_dsa_as_well():
    three = Three(algorithm=MLDSA44)
    ledger = three.open()
    record(ledger)
    ledger.publish()
    assert cosigners(ledger) == NAMES
    assert ledger.verify() == ()


def test_the_log_signs_with_both_keys_and_nobody_who_has_both_takes_one_of_them():
    three = Three()
    pq = Signer(name=three.world.signer.key.name, seed=b"p" * 32, algorithm=MLDSA44)
    three = Three(further=(pq,))
    ledger = three.open()
    record(ledger)
    ledger.publish()
    note = parse_note(ledger.checkpoint())
    assert [one.name for one in note.signatures[:2]] == [pq.key.name, pq.key.name]
    assert ledger.witnesses.log_vkeys() == (str(three.world.signer.key), str(pq.key))
    assert ledger.verify() == ()
    lines = "".join(str(one) for one in note.signatures if one.key_id != pq.key.key_id)
    stripped = f"{note.text}\n{lines}".encode()
    assert [one.what for one in ledger.verify(kept={"elsewhere": stripped})] == [
        "a checkpoint lacks the signature of a further key of its log"
    ]
    ledger.close()
    three.world.files.files["checkpoint"] = stripped
    with pytest.raises(Tampered, match="further key"):
        three.open()


def test_a_witness_that_trusts_both_keys_refuses_a_checkpoint_with_one_of_them():
    three = Three()
    pq = Signer(name=three.world.signer.key.name, seed=b"p" * 32, algorithm=MLDSA44)
    for far in three.far.values():
        far.inner = LocalWitness(
            signers=(far.signer,),
            logs={pq.key.name: (three.world.signer.key, pq.key)},
            memory=far.memory,
            clock=three.clock,
        )
    ledger = three.open()
    record(ledger)
    with pytest.raises(Unavailable, match="403"):
        ledger.publish()


def test_after_a_restart_every_witness_is_asked_from_where_it_stood():
    three = Three()
    ledger = three.open()
    record(ledger, 5)
    three.far["west"].does = dead
    ledger.publish()
    ledger.close()
    three.far["west"].does = None
    three.far["south"].does = dead
    ledger = three.open()
    assert [one.size for one in ledger.witnesses.states()] == [5, 5, 0]
    record(ledger)
    ledger.publish()
    assert cosigners(ledger) == ("north", "west")


def test_a_far_witness_that_shows_nonsense_at_the_start_stops_nothing():
    three = Three()
    ledger = three.open()
    record(ledger)
    ledger.close()
    three.far["north"].latest = lambda _origin: b"nonsense"
    record(three.open())


def test_a_far_witness_that_shows_another_history_at_the_start_does():
    three = Three()
    ledger = three.open()
    record(ledger)
    ledger.close()
    liar = Three()
    liar.world.places.seeds = three.world.places.seeds
    made = liar.open()
    made.append(Fact(type="b.done"))
    made.publish()
    shown = liar.world.files.files["checkpoint"]
    three.far["north"].latest = lambda _origin: shown
    with pytest.raises(Tampered, match="the witness north's checkpoint disagrees"):
        three.open()


@pytest.mark.parametrize(
    ("quorum", "machines", "expected"),
    [
        (TWO, ("one", "one", "other"), ("one",)),
        (TWO, ("one", "other", "third"), ()),
        ("group any any north south west\nquorum any", ("one", "one", "other"), ("one", "other")),
        ("group all all north south west\nquorum all", ("one", "one", "one"), ("one",)),
        ("group all all north south west\nquorum all", ("one", "one", "other"), ()),
    ],
)
def test_machines_that_are_a_quorum_by_themselves_are_named(quorum, machines, expected):
    three = Three(quorum=quorum)
    policy = three.witnesses().policy
    asked = [
        Asked(witness=three.far[name], names=(name,), where=name, machine=machine)
        for name, machine in zip(NAMES, machines, strict=True)
    ]
    made = Witnesses(policy=policy, asked=asked, clock=three.clock, together=list)
    assert made.sufficient() == expected


def test_a_quorum_that_asks_for_nobody_is_refused():
    with pytest.raises(Misconfigured):
        Three(quorum="quorum none").open()


def test_a_log_signs_with_the_keys_that_its_policy_names():
    three = Three()
    pq = Signer(name=three.world.signer.key.name, seed=b"p" * 32, algorithm=MLDSA44)
    with pytest.raises(Misconfigured):
        three.world.open(witnesses=three.witnesses(), further_signers=(pq,))


def test_two_keys_behind_one_witness_are_asked_for_once():
    clock = ManualClock()
    world = MemoryWorld(clock=clock)
    signers = (
        Signer(name="both.invalid", seed=b"1" * 32, algorithm=COSIGNATURE),
        Signer(name="both.invalid", seed=b"2" * 32, algorithm=MLDSA44),
    )
    log = (world.signer.key,)
    both = LocalWitness(
        signers=signers, logs={log[0].name: log}, memory=world.witness_memory, clock=clock
    )
    text = render_policy(
        logs=log,
        witnesses={"old": signers[0].key, "new": signers[1].key},
        urls={},
        quorum="group both all old new\nquorum both",
    )
    witnesses = Witnesses(
        policy=parse_policy(text),
        asked=[Asked(witness=both, names=("old", "new"), where="https://both.invalid")],
        clock=clock,
        together=lambda tasks: [task() for task in tasks],
    )
    ledger = world.open(witnesses=witnesses)
    record(ledger)
    ledger.publish()
    assert cosigners(ledger) == ("old", "new")
    assert [parse_vkey(one).algorithm for one in ledger.witness_vkeys()] == [COSIGNATURE, MLDSA44]


def test_what_a_far_witness_shows_without_its_own_line_was_not_cosigned_by_it():
    """It may hand our own note back: a receipt must not be called kept for that."""
    three = Three(quorum="group every all north south west\nquorum every")
    three.far["west"].does = dead
    ledger = three.open()
    promise = ledger.append(Fact(type="a.done", subjects=("per_1",), body={"x": 1}))
    with pytest.raises(Unavailable):
        ledger.publish()
    note = parse_note(ledger.checkpoint())
    bare = Note(text=note.text, signatures=note.signatures[:1]).to_bytes()
    ledger.close()
    three.far["west"].latest = lambda _origin: bare
    three.clock.advance(600)
    ledger = three.open()
    assert ledger.witnesses.states()[-1].size == 0
    status = ledger.receipt_status(promise.receipt, now_s=int(three.clock.now_s()))
    assert status.told is Told.OVERDUE
