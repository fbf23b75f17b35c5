"""The ledger against a slow plain twin: any order of facts, erasures, failures and restarts."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from adyton.adapters.memory_ledger import MemoryWorld
from adyton.crypto.notes import parse_vkey
from adyton.crypto.tlogproof import check_proof, parse_proof
from adyton.ledger import rebuild
from adyton.ledger.own import OWN
from adyton.terms import Fact, Refused, Row, Unavailable

SUBJECTS = st.sampled_from(["per_a", "per_b", "per_c"])


def project(entry, state):
    if entry.subjects:
        subject = entry.subjects[0]
        seen = state.get("seen", subject) or {"facts": []}
        name = entry.body["name"] if entry.body else None
        data = {"facts": [*seen["facts"], [entry.index, name]]}
        yield Row(table="seen", key=subject, data=data, index=entry.type)


def refuse(_state):
    message = "no"
    raise Refused(message)


class Twin(RuleBasedStateMachine):
    """What the ledger should say, kept in a list."""

    def __init__(self):
        super().__init__()
        self.world = MemoryWorld()
        self.ledger = self.world.open([project])
        self.facts = []  # [type, subject, name or None]
        self.kept = []  # checkpoints that somebody outside holds
        self.receipts = []

    @rule(subject=SUBJECTS, name=st.text(max_size=5) | st.none())
    def append(self, subject, name):
        body = {} if name is None else {"name": name}
        fact = Fact(type="a.done", subjects=(subject,), body=body, body_subject=subject)
        promise = self.ledger.append(fact)
        assert promise.index == len(self.facts)
        self.facts.append(["a.done", subject, name])
        self.receipts.append(promise.receipt)

    @rule()
    def be_refused(self):
        with pytest.raises(Refused):
            self.ledger.append(Fact(type="a.done"), guard=refuse)

    @rule(subject=SUBJECTS)
    def erase(self, subject):
        self.receipts.append(self.ledger.erase(subject, "2027-01").receipt)
        for fact in self.facts:
            if fact[1] == subject:
                fact[2] = None
        self.facts.append(["bodies.erased", subject, None])

    @rule()
    def publish(self):
        self.ledger.publish()
        if self.facts:
            self.kept.append(self.ledger.checkpoint())

    @rule()
    def restart(self):
        self.ledger = self.world.open([project])

    @rule()
    def fail_to_write(self):
        self.world.facts.fail_next = Unavailable("disk full")
        with pytest.raises(Unavailable):
            self.ledger.append(Fact(type="a.done"))
        self.restart()

    @precondition(lambda self: self.receipts)
    @rule(data=st.data())
    def prove(self, data):
        receipt = data.draw(st.sampled_from(self.receipts))
        proof = parse_proof(self.ledger.proof(receipt))
        check_proof(proof, entry=proof.extra, log=parse_vkey(self.ledger.vkey()))
        assert self.receipts[proof.index] == receipt

    @invariant()
    def entries_are_what_was_recorded(self):
        read = self.ledger.entries()
        assert [
            [one.type, one.subjects[0], one.body["name"] if one.body else None] for one in read
        ] == self.facts

    @invariant()
    def the_state_follows_from_the_facts(self):
        live = self.world.facts.state().rows()
        assert rebuild(self.ledger.entries(), [*OWN, project]) == live

    def teardown(self):
        if self.facts:
            kept = {f"checkpoint {at}": note for at, note in enumerate(self.kept)}
            assert self.ledger.verify(kept=kept) == ()


TestTwin = Twin.TestCase
TestTwin.settings = settings(max_examples=40, stateful_step_count=25)
