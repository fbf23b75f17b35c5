"""A flood's bounds: facts and memory, whoever sends how much from wherever."""

import pytest

from adyton.gateway import Limits
from adyton.gateway.facts import Reason
from adyton.gateway.refusals import RefusalLog, lost, summed
from adyton.terms import Missing, Role, Unidentified
from tests.unit.gateway.dialogue import Dialogue, Offer, Record, Refuse, chat
from tests.unit.gateway.world import World

KEY = b"k" * 32
LIMITS = Limits(refusal_sources=8, refusal_windows=3, refusals_own=10, refusals_each=4)
MOST = 2 * (LIMITS.refusal_sources + len(Reason))


def log():
    return RefusalLog(LIMITS, digest_key=KEY)


def counted(facts):
    return sum(fact.public["count"] for fact in facts)


def test_any_number_of_sources_and_windows_gives_a_bounded_number_of_facts():
    refusals, sent = log(), 0
    for window in range(50):
        for number in range(200):
            for reason in Reason:
                refusals.count_unknown(reason, f"192.0.2.{number}", now_s=window * 60)
                sent += 1
    due = refusals.due(now_s=50 * 60)
    assert counted(due) == sent
    assert len(due) <= LIMITS.refusal_windows * MOST
    assert refusals.due(now_s=50 * 60, all_windows=True) == ()
    last = due[-1].public  # windows that nobody came to record are one
    assert last["from"] + last["window_s"] == 50 * 60


def test_one_window_s_counts_are_one_fact_for_each_source_and_one_for_the_others():
    refusals = log()
    for number in range(100):
        refusals.count_unknown(Reason.UNIDENTIFIED, f"198.51.100.{number}", now_s=0)
    due = refusals.due(now_s=60)
    assert len(due) == LIMITS.refusal_sources + 1
    assert counted(due) == 100
    assert [one.public["source"] for one in due].count("others") == 1


def test_what_has_no_room_at_the_end_is_summed_by_reason_and_no_refusal_is_left_out():
    refusals = log()
    for window in (1, 2):
        for number in range(30):
            refusals.count_unknown(Reason.UNIDENTIFIED, f"198.51.100.{number}", now_s=window * 60)
        refusals.count_unknown(Reason.MALFORMED, "198.51.100.7", now_s=window * 60)
    due = refusals.due(now_s=120, all_windows=True)
    found = {one.public["reason"]: one.public for one in summed(due)}
    assert {name: one["count"] for name, one in found.items()} == {
        "unidentified": 60,
        "malformed": 2,
    }
    assert {(one["from"], one["window_s"], one["source"]) for one in found.values()} == {
        (60, 120, "others")
    }
    assert lost(due).public == {"count": 62}


def test_a_source_stands_in_the_tree_as_a_digest_that_ends_with_the_process():
    first, second = log(), RefusalLog(LIMITS, digest_key=b"x" * 32)
    for refusals in (first, second):
        refusals.count_unknown(Reason.MALFORMED, "198.51.100.7", now_s=0)
    (one,), (other,) = first.due(now_s=60), second.due(now_s=60)
    assert "198.51.100.7" not in repr(one.public)
    assert one.body == {"source": "198.51.100.7"}
    assert one.public["source"] != other.public["source"]


def test_who_has_one_address_of_a_network_has_them_all():
    refusals = log()
    for number in range(1000):
        refusals.count_unknown(Reason.UNIDENTIFIED, f"2001:db8:1:2::{number:x}", now_s=0)
    (fact,) = refusals.due(now_s=60)
    assert (fact.public["count"], fact.body["source"]) == (1000, "2001:db8:1:2::/64")


def test_known_callers_have_a_bound_each_and_one_in_all():
    world = World(limits=LIMITS)
    for number in range(6):
        _, _, key = world.person(f"other-{number}", Role.ANALYST)
        for _ in range(20):
            Dialogue(world).run(world.head(key=key), b"{")
    assert len(world.facts("request.refused")) == LIMITS.refusals_own
    assert max(world.facts("request.refused"), key=lambda one: one.index).public["count"] == 1
    due = world.gateway.due_facts(stopping=True)
    assert counted(due) == 6 * 20 - LIMITS.refusals_own
    assert len(due) <= MOST


@pytest.mark.parametrize("route", ["/v1/chat/completions", "/v1/files"])
def test_a_refusal_that_the_lane_has_no_room_for_is_counted_and_said_all_the_same(route):
    world = World()
    dialogue = Dialogue(world, lane_open=False)
    dialogue.run(world.head(target=route), chat(model="nowhere-1"))
    assert isinstance(dialogue.refusal, Missing)
    assert dialogue.of(Refuse)[0].request_id.startswith("rct_")
    assert world.facts("request.refused") == []
    (fact,) = world.gateway.due_facts(stopping=True)
    assert (fact.public["count"], fact.public["person"]) == (1, world.analyst)


def test_no_refusal_waits_for_the_ledger():
    world = World()
    world.lock("person", world.stranger)
    heads = [
        world.head(key="adk_nobody"),
        world.head(target="/v1/files"),
        world.head(host="elsewhere.example"),
        world.head(key=world.stranger_key),
    ]
    for head in heads:
        assert Dialogue(world).run(head, b"{").of(Record) == []
    assert Dialogue(world).run(world.head(), b"{").of(Record) == []


def test_what_is_too_large_by_its_own_word_is_refused_before_it_is_read():
    world = World()
    dialogue = Dialogue(world).run(world.head(content_length=str(1 << 40)), b"")
    assert [type(one) for one in dialogue.log] == [Offer, Refuse]
    assert dialogue.refusal.message == "body: over 1048576 bytes"
    unknown = Dialogue(world).run(world.head(key="adk_a", content_length=str(1 << 40)), b"")
    assert isinstance(unknown.refusal, Unidentified)


def test_a_clock_that_is_set_back_ends_no_counting():
    refusals = log()
    refusals.count_unknown(Reason.MALFORMED, "192.0.2.1", now_s=900 * 60)
    for window in range(3):
        refusals.count_unknown(Reason.MALFORMED, "192.0.2.1", now_s=window * 60)
        assert counted(refusals.due(now_s=(window + 1) * 60)) == (2 if window == 0 else 1)
