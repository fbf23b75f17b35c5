import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from adyton.gateway import Limits, Passed, Stopped, Unchecked
from adyton.gateway.commands import ReadBody
from adyton.policy import Gatekeeper
from adyton.terms import Exhausted, Malformed, Missing, Refused, Unavailable, Unidentified
from tests.unit.gateway.dialogue import (
    SENT,
    Dialogue,
    Offer,
    OpenUpstream,
    Record,
    Refuse,
    answer_frames,
    chat,
    messages,
)
from tests.unit.gateway.world import World

MESSAGES = {"target": "/v1/messages", "anthropic_version": "2023-06-01"}
ROUTES = {"chat": ({}, chat), "messages": (MESSAGES, messages)}


def ask(world, script=None, *, route="chat", body=None, ledger_up=lambda _: True, **headers):
    given, make = ROUTES[route]
    dialogue = Dialogue(world, script or answer_frames("Fine."), ledger_up=ledger_up)
    return dialogue.run(world.head(**{**given, **headers}), make() if body is None else body)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("case", ["allow", "deny", "lock", "ledger down", "detector raises"])
def test_i1_no_byte_leaves_without_an_intent_fact(route, stream, case):
    def broken(_text):
        raise RuntimeError("detector")

    world = World(egress=broken) if case == "detector raises" else World()
    key = world.stranger_key if case == "deny" else world.key
    if case == "lock":
        world.lock("person", world.analyst)
    dialogue = Dialogue(world, answer_frames("Fine."), ledger_up=lambda _: case != "ledger down")
    given, make = ROUTES[route]
    try:
        dialogue.run(world.head(key=key, **given), make(stream=stream))
    except RuntimeError:
        assert case == "detector raises"
    kinds = [type(command) for command in dialogue.log]
    recorded = [one.fact.type for one in dialogue.log if isinstance(one, Record | Offer)]
    if case == "allow":
        first = next(i for i, kind in enumerate(kinds) if kind in (OpenUpstream, *SENT))
        assert recorded[0] == "answer.intended"
        assert kinds.index(Record) < first
        assert recorded[-1] == "answer.closed"
    else:
        assert not [kind for kind in kinds if kind in SENT]
    if case in {"deny", "lock", "ledger down"}:
        assert not dialogue.asked_upstream
    if case in {"deny", "lock"}:
        assert recorded == ["request.refused"]
    if case == "detector raises":
        assert world.last("answer.closed").public["status"] == "failed"
        assert world.last("answer.closed").public["bytes_out"] == 0


def test_an_answer_leaves_with_who_got_it_on_record(world):
    dialogue = ask(world)
    intent, close = world.last("answer.intended"), world.last("answer.closed")
    assert intent.public["recipient"] == world.analyst
    assert intent.public["credential"] == world.credential
    assert intent.body["question"] == "user: Which valve?"
    assert close.public["status"] == "done"
    assert close.body["answer"] == "Fine."
    assert close.body["prints"]
    assert json.loads(dialogue.sent)["choices"][0]["message"]["content"] == "Fine."
    row = world.ledger.state.get("answers", intent.public["copy"])
    assert row["closed"] is True
    assert row["bytes_out"] == 5


def test_the_receipt_in_the_header_resolves_to_the_intent(world):
    reply = ask(world).log[-3]
    assert world.ledger.entry(reply.promise.receipt).type == "answer.intended"


def test_i8_neither_question_nor_name_nor_address_stands_in_the_tree(world):
    ask(world)
    ask(world, body=chat(model="harbour-1"))
    tree = world.tree()
    for secret in (
        "Which valve",
        "Fine.",
        "orchard-1",
        "harbour-1",
        "192.0.2.7",
        "Probe",
        world.key,
    ):
        assert secret not in tree


def test_i2_hidden_unknown_and_decoy_models_get_the_same_steps_and_the_same_error(world):
    seen = [
        ask(world, body=chat(model=name)) for name in ("harbour-1", "nowhere-1", "orchard-omega")
    ]
    assert len({tuple(type(command) for command in one.log) for one in seen}) == 1
    assert len({(type(one.refusal), str(one.refusal), one.refusal.mend) for one in seen}) == 1
    assert isinstance(seen[0].refusal, Missing)
    reasons = [entry.public["reason"] for entry in world.facts("request.refused")]
    assert reasons == ["hidden", "hidden", "decoy"]
    assert world.last("request.refused").body["model"] == "orchard-omega"


def test_a_lock_is_told_apart_from_a_denial_in_the_record_and_in_the_code(world):
    world.lock("credential", world.credential)
    refuse = ask(world).of(Refuse)[0]
    assert refuse.code == "session_locked"
    assert world.last("request.refused").public["reason"] == "locked"


def test_locked_weights_stop_every_endpoint_that_serves_them(world):
    weights = world.model("weights-of-orchard", world.compartment)
    world.endpoints.define(model="orchard-1", asset=world.asset, weights=weights, upstream="local")
    world.lock("asset", weights)
    dialogue = ask(world)
    assert isinstance(dialogue.refusal, Refused)
    assert not dialogue.asked_upstream


def test_where_the_refusal_cannot_be_recorded_the_caller_learns_nothing_of_it(world):
    for name in ("harbour-1", "nowhere-1"):
        dialogue = ask(world, body=chat(model=name), ledger_up=lambda _: False)
        assert isinstance(dialogue.refusal, Unavailable)


def test_each_refusal_of_a_known_caller_is_recorded_once(world):
    ask(world, body=b"{")
    ask(world, target="/v1/files")
    ask(world, host="elsewhere.example")
    refused = world.facts("request.refused")
    assert [one.public["reason"] for one in refused] == ["malformed", "hidden", "malformed"]
    assert {one.public["person"] for one in refused} == {world.analyst}
    assert world.ledger.state.get("refusals", f"{world.analyst}/malformed")["count"] == 2


def test_a_flood_of_unknown_callers_fills_counters_and_not_the_ledger(world):
    before = len(world.ledger.entries(limit=100_000))
    for _ in range(500):
        dialogue = ask(world, key="adk_nobody")
        assert isinstance(dialogue.refusal, Unidentified)
        assert not dialogue.of(Record)
    assert len(world.ledger.entries(limit=100_000)) == before
    world.clock.advance(61)
    (fact,) = world.gateway.due_facts()
    assert fact.public["count"] == 500
    assert fact.public["reason"] == "unidentified"
    assert "192.0.2.7" not in repr(fact.public)
    assert fact.body["source"] == "192.0.2.7"
    assert world.gateway.due_facts() == ()


def test_an_unidentified_caller_cannot_make_us_read_a_body(world):
    dialogue = ask(world, key="adk_nobody")
    assert [type(command) for command in dialogue.log] == [Refuse]


@pytest.mark.parametrize("key", ["' OR 1=1 --", "a" * 5000, "adk_é", "adk_a\x00b", ""])
def test_hostile_keys_reach_no_storage(world, key):
    asked = []
    world.identity = SimpleNamespace(authenticate=asked.append)
    world.gateway = world.make_gateway()
    dialogue = ask(world, key=key)
    assert not asked
    assert isinstance(dialogue.refusal, Unidentified)


def test_the_day_s_requests_end_over_all_routes():
    world = World(limits=Limits(requests_per_day=2))
    assert ask(world).asked_upstream
    assert ask(world, route="messages").asked_upstream
    dialogue = ask(world)
    assert isinstance(dialogue.refusal, Exhausted)
    assert world.last("request.refused").public["reason"] == "exhausted"
    world.gateway = world.make_gateway()  # a restart forgets nothing
    assert isinstance(ask(world).refusal, Exhausted)
    world.clock.advance(86_400)
    world.entitle(world.analyst)
    assert ask(world).asked_upstream


@pytest.mark.parametrize(
    ("judgement", "asked"),
    [(Passed(), True), (Stopped("recipe"), False), (Unchecked("timeout"), False)],
)
def test_the_misuse_guard_of_a_compartment_stands_before_the_model(judgement, asked):
    class Guard:
        def judge(self, question):
            assert "Which valve?" in question
            return judgement

    world = World()
    world.guards[world.compartment] = Guard()
    world.gateway = world.make_gateway()
    dialogue = ask(world)
    assert dialogue.asked_upstream is asked
    if asked:
        assert world.last("answer.intended").public["guard"] == "passed"
    else:
        assert world.last("request.refused").body["what"] == judgement.reason
        assert judgement.reason not in dialogue.refusal.message


def test_an_absent_guard_is_said_to_be_off(world):
    ask(world)
    assert world.last("answer.intended").public["guard"] == "off"


def test_a_purpose_bound_entitlement_needs_the_purpose_in_the_header(world):
    world.entitle(world.stranger, purpose="triage")
    assert not ask(world, key=world.stranger_key).asked_upstream
    assert ask(world, key=world.stranger_key, adyton_purpose="triage").asked_upstream


def test_a_model_list_shows_what_policy_permits_and_is_recorded_first(world):
    dialogue = Dialogue(world).run(world.head("/v1/models", "GET"))
    assert [one["id"] for one in json.loads(dialogue.sent)["data"]] == ["orchard-1"]
    assert isinstance(dialogue.log[0], Record)
    nothing = Dialogue(world).run(world.head("/v1/models", "GET", key=world.stranger_key))
    assert json.loads(nothing.sent)["data"] == []
    assert world.last("models.listed").public["count"] == 0


def test_a_model_that_may_not_be_known_is_missing_by_its_address_too(world):
    shown = Dialogue(world).run(world.head("/v1/models/orchard-1?beta=true", "GET"))
    assert json.loads(shown.sent)["id"] == "orchard-1"
    for name in ("harbour-1", "nowhere-1", "orchard-omega"):
        dialogue = Dialogue(world).run(world.head(f"/v1/models/{name}", "GET"))
        assert isinstance(dialogue.refusal, Missing)
    assert world.last("request.refused").public["reason"] == "decoy"


def test_the_model_server_is_asked_for_a_closed_set_of_fields(world):
    ask(world, body=chat(user="A. Person", temperature=0.5, metadata={"a": "b"}))
    question = ask(world).of(OpenUpstream)[0].question
    assert question["cache_prompt"] is False
    assert set(question) == {
        "messages",
        "stream",
        "stream_options",
        "cache_prompt",
        "max_tokens",
    }


def test_malformed_bodies_name_the_field_and_never_its_value(world):
    for body in (
        chat(temperature="planted-secret"),
        chat(messages=[{"role": "planted-secret", "content": "x"}]),
        chat(**{"planted-secret": 1}),
        b'{"model": "planted-secret"',
        chat(messages=[]),
        b"[" * 50_000,
        b"\xff\xfe",
    ):
        error = ask(world, body=body).refusal
        assert isinstance(error, Malformed)
        assert "planted-secret" not in f"{error.message}{error.mend}"


def test_model_lists_count_toward_the_day_s_requests_so_that_they_cannot_fill_the_record():
    world = World(limits=Limits(requests_per_day=3))
    ask(world)
    for target in ("/v1/models", "/v1/models/orchard-1", "/v1/models", "/v1/models/nowhere-1"):
        Dialogue(world).run(world.head(target, "GET"))
    assert len(world.facts("models.listed")) == 2
    assert isinstance(ask(world).refusal, Exhausted)


def test_a_model_list_s_names_are_on_record_sealed(world):
    Dialogue(world).run(world.head("/v1/models", "GET"))
    assert list(world.last("models.listed").body["models"]) == ["orchard-1"]
    assert "orchard-1" not in world.tree()


def test_a_guard_that_breaks_is_a_refusal_on_record():
    class Guard:
        def judge(self, _question):
            raise RuntimeError("planted-4711")

    world = World()
    world.guards[world.compartment] = Guard()
    world.gateway = world.make_gateway()
    dialogue = ask(world)
    assert isinstance(dialogue.refusal, Refused)
    assert not dialogue.asked_upstream
    assert world.last("request.refused").body["what"] == "the guard broke: RuntimeError"


@pytest.mark.parametrize("purpose", ["2026-audit", "p" * 40, "triage"])
def test_every_purpose_that_can_be_entitled_can_be_stated(world, purpose):
    world.entitle(world.stranger, purpose=purpose)
    assert ask(world, key=world.stranger_key, adyton_purpose=purpose).asked_upstream


def test_what_follows_a_request_to_upgrade_is_no_body(world):
    dialogue = ask(world, connection="upgrade", upgrade="h2c")
    assert isinstance(dialogue.refusal, Malformed)
    assert not dialogue.asked_upstream


def test_what_was_no_request_is_counted(world):
    world.gateway.count_unreadable("192.0.2.9")
    (fact,) = world.gateway.due_facts(stopping=True)
    assert (fact.public["reason"], fact.public["count"]) == ("malformed", 1)
    assert fact.body["source"] == "192.0.2.9"


@pytest.mark.parametrize("held", [0, 40])
def test_i2_hidden_unknown_and_decoy_names_cost_the_same_reads(held):
    world = World()
    for _ in range(held):
        world.entitle(world.analyst)
    counted = CountingState(world.ledger.state)
    world.gatekeeper = Gatekeeper.shipped(state=counted, clock=world.clock)
    gateway = world.make_gateway()
    gateway._parts = replace(gateway._parts, state=counted)
    world.gateway = gateway
    ask(world)
    costs = []
    for name in ("harbour-1", "nowhere-1", "orchard-omega"):
        before = dict(counted.reads)
        assert isinstance(ask(world, body=chat(model=name)).refusal, Missing)
        costs.append({what: counted.reads[what] - before[what] for what in before})
    assert costs[0] == costs[1] == costs[2]


class CountingState:
    """The state, which counts what is read of it."""

    def __init__(self, state):
        self.state = state
        self.reads = dict.fromkeys(("get", "rows"), 0)

    def get(self, table, key):
        self.reads["get"] += 1
        return self.state.get(table, key)

    def scan(self, table):
        for row in self.state.scan(table):
            self.reads["rows"] += 1
            yield row

    def by_index(self, table, index):
        for row in self.state.by_index(table, index):
            self.reads["rows"] += 1
            yield row

    def version(self, table):
        return self.state.version(table)


def test_the_purpose_of_a_use_is_on_record_sealed(world):
    world.entitle(world.stranger, purpose="triage")
    ask(world, key=world.stranger_key, adyton_purpose="triage")
    assert world.last("answer.intended").body["purpose"] == "triage"
    assert "triage" not in world.tree()


@pytest.mark.parametrize(("kind", "target"), [("person", ""), ("network", "192.0.2.0/24")])
def test_a_locked_caller_sees_no_list_and_makes_us_read_no_body(world, kind, target):
    world.lock(kind, target or world.analyst)
    listed = Dialogue(world).run(world.head("/v1/models", "GET"))
    asked = ask(world)
    for dialogue in (listed, asked):
        assert dialogue.of(Refuse)[0].code == "session_locked"
        assert not dialogue.of(ReadBody)
        assert not dialogue.sent


def test_a_known_caller_s_flood_of_refusals_fills_counters_too():
    world = World(limits=Limits(refusals_each=3))
    for _ in range(20):
        ask(world, body=b"{")
    assert len(world.facts("request.refused")) == 3
    (fact,) = world.gateway.due_facts(stopping=True)
    assert (fact.public["count"], fact.public["person"]) == (17, world.analyst)


def test_a_flood_from_everywhere_is_told_apart_by_a_bounded_number_of_sources():
    world = World(limits=Limits(refusal_sources=4))
    for number in range(50):
        world.gateway.count_unreadable(f"192.0.2.{number}")
    due = world.gateway.due_facts(stopping=True)
    assert len(due) == 5
    assert sum(fact.public["count"] for fact in due) == 50


def test_who_has_spent_the_day_s_bytes_is_refused_before_the_model_is_asked():
    world = World(limits=Limits(bytes_per_day=5))
    assert ask(world).asked_upstream
    dialogue = ask(world)
    assert isinstance(dialogue.refusal, Exhausted)
    assert not dialogue.asked_upstream
