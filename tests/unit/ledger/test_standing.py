"""What each kind of fact does while the witnesses' quorum is lost, and how that is recorded."""

import pytest

from adyton.adapters.memory_ledger import MemoryWorld
from adyton.ledger import QuorumRules, rebuild, standing
from adyton.ledger.ports import WitnessReply
from adyton.terms import Fact, Refused, Row, Tampered, Unavailable

RULES = QuorumRules(waits=frozenset({"right.given"}), refused=frozenset({"answer.intended"}))


class Quorum:
    """A ledger with one witness that can be taken away; `count` rows follow from every fact."""

    def __init__(self, rules=RULES):
        self.world = MemoryWorld()
        self.rules = rules
        self.sound = self.world.witness.add_checkpoint
        self.ledger = self.world.open([project], rules=rules)

    def away(self, after=0):
        """The witness answers so many requests more, then no longer."""
        left = [after]

        def gone(request):
            if left[0] > 0:
                left[0] -= 1
                return self.sound(request)
            message = "gone"
            raise Unavailable(message)

        self.world.witness.add_checkpoint = gone

    def back(self):
        self.world.witness.add_checkpoint = self.sound

    def types(self):
        return [one.type for one in self.ledger.entries()]


def project(entry, _state):
    yield Row(table="seen", key=entry.type, data={"index": entry.index})


@pytest.fixture
def quorum():
    made = Quorum()
    made.ledger.append(Fact(type="a.done"))
    made.ledger.publish()
    return made


def lapse(quorum):
    """So much time that the last answer of the witness proves nothing any more."""
    quorum.world.clock.advance(standing.FRESH_S)


def test_l1_what_waits_is_covered_by_a_cosigned_checkpoint_when_it_is_answered(quorum):
    promise = quorum.ledger.append(Fact(type="right.given"))
    assert quorum.world.witness.latest(quorum.world.signer.key.name) is not None
    note = quorum.ledger.checkpoint()
    assert quorum.ledger.witnessed(promise) == note
    assert b"\n2\n" in note


def test_l1_what_waits_is_not_even_recorded_where_no_quorum_answers(quorum):
    quorum.away()
    lapse(quorum)
    with pytest.raises(Unavailable, match="nothing was recorded"):
        quorum.ledger.append(Fact(type="right.given"))
    assert "right.given" not in quorum.types()
    assert quorum.ledger.state.get("seen", "right.given") is None


def test_what_waits_asks_the_witness_before_it_is_recorded_though_all_is_published(quorum):
    lapse(quorum)
    asked = []
    quorum.world.witness.add_checkpoint = lambda request: (
        asked.append(quorum.ledger.state.get("seen", "right.given")),
        quorum.sound(request),
    )[1]
    quorum.ledger.append(Fact(type="right.given"))
    assert [one is None for one in asked] == [True, False]


def test_a_quorum_lost_between_record_and_answer_is_told_as_what_it_is(quorum):
    quorum.away()  # and the last answer is still fresh
    with pytest.raises(Unavailable, match=r"recorded as rct_.*not covered yet"):
        quorum.ledger.append(Fact(type="right.given"))
    assert "right.given" in quorum.types()
    with pytest.raises(Unavailable, match="nothing was recorded"):
        quorum.ledger.append(Fact(type="right.given"))
    assert quorum.types().count("right.given") == 1


def test_a_guard_refuses_what_waits_as_it_refuses_everything(quorum):
    def guard(_state):
        message = "no"
        raise Refused(message)

    with pytest.raises(Refused):
        quorum.ledger.append(Fact(type="right.given"), guard=guard)


def test_everything_else_goes_on_without_a_quorum(quorum):
    quorum.away()
    lapse(quorum)
    assert quorum.ledger.append(Fact(type="lock.set")).index == 1


def test_model_requests_are_refused_while_the_quorum_is_known_to_be_lost_if_set_so(quorum):
    quorum.away()
    assert quorum.ledger.append(Fact(type="answer.intended")).index == 1
    with pytest.raises(Unavailable):
        quorum.ledger.publish()
    with pytest.raises(Unavailable, match="settings refuse"):
        quorum.ledger.submit(Fact(type="answer.intended"))
    quorum.back()
    quorum.ledger.publish()
    quorum.ledger.append(Fact(type="answer.intended"))


def disk_full(quorum):
    def write(_path, _data):
        message = "no space"
        raise Unavailable(message)

    quorum.world.files.write = write


def head_refused(quorum):
    def swap(_before, _after):
        message = "another head"
        raise Tampered(message)

    quorum.world.head.swap = swap


def other_history(quorum):
    reply = WitnessReply(status=422, body=b"")
    quorum.world.witness.add_checkpoint = lambda _request: reply


def ahead(quorum):
    reply = WitnessReply(status=409, body=b"999\n")
    quorum.world.witness.add_checkpoint = lambda _request: reply


def odd_answer(quorum):
    reply = WitnessReply(status=500, body=b"")
    quorum.world.witness.add_checkpoint = lambda _request: reply


@pytest.mark.parametrize("fails", [disk_full, head_refused, other_history, ahead, odd_answer])
def test_model_requests_are_refused_whatever_keeps_a_fresh_checkpoint_from_being_cosigned(
    quorum, fails
):
    fails(quorum)
    quorum.ledger.append(Fact(type="answer.intended"))
    with pytest.raises((Unavailable, Tampered)):
        quorum.ledger.publish()
    quorum.world.clock.advance(standing.STALE_S)
    with pytest.raises(Unavailable, match="settings refuse"):
        quorum.ledger.submit(Fact(type="answer.intended"))
    assert quorum.ledger.append(Fact(type="lock.set")).index == quorum.types().index("lock.set")


def test_model_requests_are_refused_where_nobody_publishes_any_more(quorum):
    quorum.ledger.append(Fact(type="answer.intended"))
    quorum.world.clock.advance(standing.STALE_S)
    with pytest.raises(Unavailable, match="settings refuse"):
        quorum.ledger.submit(Fact(type="answer.intended"))
    quorum.ledger.publish()
    quorum.ledger.append(Fact(type="answer.intended"))


def test_model_requests_go_on_where_nothing_is_left_to_be_cosigned(quorum):
    """A quiet night is no lost quorum."""
    quorum.world.clock.advance(100 * standing.STALE_S)
    quorum.ledger.append(Fact(type="answer.intended"))


def test_model_requests_go_on_by_default_though_nothing_is_published():
    quorum = Quorum(QuorumRules(waits=RULES.waits))
    disk_full(quorum)
    quorum.ledger.append(Fact(type="a.done"))
    with pytest.raises(Unavailable):
        quorum.ledger.publish()
    quorum.world.clock.advance(standing.STALE_S)
    quorum.ledger.append(Fact(type="answer.intended"))


def test_model_requests_go_on_by_default():
    quorum = Quorum(QuorumRules(waits=RULES.waits))
    quorum.away()
    quorum.ledger.append(Fact(type="a.done"))
    with pytest.raises(Unavailable):
        quorum.ledger.publish()
    quorum.ledger.append(Fact(type="answer.intended"))


def test_loss_and_return_are_one_fact_each_and_told_in_the_diary(quorum, caplog):
    quorum.away()
    for _ in range(3):
        quorum.ledger.append(Fact(type="a.done"))
        with pytest.raises(Unavailable):
            quorum.ledger.publish()
    assert quorum.types().count("quorum.lost") == 1
    assert [one for one in caplog.messages if "quorum is lost: local: gone" in one]
    assert quorum.ledger.state.get("quorum", "main")["lost"] is True
    quorum.back()
    for _ in range(3):
        quorum.ledger.append(Fact(type="a.done"))
        quorum.ledger.publish()
    assert quorum.types().count("quorum.regained") == 1
    assert [one for one in caplog.messages if "quorum is back" in one]
    assert quorum.ledger.state.get("quorum", "main")["lost"] is False
    assert quorum.ledger.verify() == ()
    rows = rebuild(quorum.ledger.entries(), [standing.project])
    assert {row.key: row.data["lost"] for row in rows if row.table == "quorum"} == {"main": False}


def test_a_loss_is_remembered_over_a_restart(quorum):
    quorum.away()
    quorum.ledger.append(Fact(type="a.done"))
    quorum.ledger.close()
    again = quorum.world.open([project], rules=RULES)
    with pytest.raises(Unavailable):
        again.publish()
    quorum.ledger = again
    assert quorum.types().count("quorum.lost") == 1
    with pytest.raises(Unavailable, match="settings refuse"):
        again.submit(Fact(type="answer.intended"))
    again.close()
    quorum.back()
    quorum.ledger = quorum.world.open([project], rules=RULES)
    quorum.ledger.publish()
    assert quorum.types().count("quorum.lost") == 1
    assert quorum.types().count("quorum.regained") == 1


def body(quorum):
    fact = Fact(type="a.done", body={"name": "Ada"}, body_subject="per_a")
    promise = quorum.ledger.append(fact)
    quorum.ledger.publish()
    return promise


def test_l1_an_erasure_without_a_quorum_erases_nothing(quorum):
    promise = body(quorum)
    quorum.away()
    lapse(quorum)
    with pytest.raises(Unavailable, match="nothing was recorded"):
        quorum.ledger.erase("per_a", "2027-01")
    assert quorum.ledger.entry(promise.receipt).body == {"name": "Ada"}
    assert quorum.world.body_keys.of("per_a", "2027-01")


def test_l1_keys_go_only_once_the_erasure_is_covered(quorum):
    promise = body(quorum)
    quorum.away()  # the last answer is still fresh: it is recorded
    with pytest.raises(Unavailable, match="not covered yet"):
        quorum.ledger.erase("per_a", "2027-01")
    assert quorum.world.body_keys.of("per_a", "2027-01")
    assert quorum.ledger.entry(promise.receipt).body is None
    quorum.ledger.close()
    again = quorum.world.open([project], rules=RULES)
    assert again.entry(promise.receipt).body is None
    assert quorum.world.body_keys.of("per_a", "2027-01")
    quorum.back()
    again.publish()
    assert quorum.world.body_keys.of("per_a", "2027-01") == []
    assert again.verify() == ()


def test_the_first_fact_of_a_log_has_nothing_to_be_cosigned_before_it():
    quorum = Quorum()
    assert quorum.ledger.append(Fact(type="right.given")).index == 0
