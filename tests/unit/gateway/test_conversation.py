import json

import pytest

from adyton.gateway import Limits
from adyton.policy import Locked
from adyton.terms import Exhausted, Refused, Unavailable
from tests.unit.gateway.dialogue import (
    BROKEN,
    GONE,
    Begin,
    Chunk,
    CloseUpstream,
    Dialogue,
    Kill,
    Quiet,
    Record,
    Refuse,
    Release,
    Reply,
    answer_frames,
    chat,
    frame,
    messages,
)
from tests.unit.gateway.world import CANARY, PROTECTED, World

ANTHROPIC = {"target": "/v1/messages", "anthropic_version": "2023-06-01"}
LONG = "One plain sentence after another, none of them of interest to anybody. " * 120


def stream(world, script, *, anthropic=False, ledger_up=lambda _: True, gone_at=None):
    dialogue = Dialogue(world, script, ledger_up=ledger_up, gone_at=gone_at)
    if anthropic:
        return dialogue.run(world.head(**ANTHROPIC), messages(stream=True))
    return dialogue.run(world.head(), chat(stream=True))


def whole(world, script, **given):
    return Dialogue(world, script, **given).run(world.head(), chat())


def closed(world):
    return world.last("answer.closed")


@pytest.mark.parametrize("anthropic", [False, True])
def test_a_stream_carries_the_whole_text_in_blocks_and_says_how_it_ended(world, anthropic):
    dialogue = stream(world, answer_frames(LONG), anthropic=anthropic)
    assert dialogue.text == LONG
    assert len(dialogue.of(Release)) > 3
    assert closed(world).body["answer"] == LONG
    assert closed(world).public["status"] == "done"
    assert closed(world).public["scanned_chars"] == len(LONG)


def test_i1_every_block_of_a_stream_is_on_record_before_it_leaves(world):
    dialogue = stream(world, answer_frames(LONG))
    recorded = sent = 0
    for command in dialogue.log:
        if isinstance(command, Record) and command.fact.type == "answer.continued":
            recorded = command.fact.public["bytes_out"]
        elif isinstance(command, Release):
            payloads = [
                line[6:] for line in command.data.split(b"\n") if line.startswith(b"data: {")
            ]
            for payload in payloads:
                for choice in json.loads(payload)["choices"]:
                    sent += len(choice["delta"].get("content", "").encode())
            assert sent - recorded <= world.limits.undescribed_bytes


def test_i1_with_a_bound_of_0_the_last_block_is_on_record_too():
    world = World(limits=Limits(undescribed_bytes=0))
    whole(world, answer_frames("Short."))
    assert world.last("answer.continued").body["text"] == "Short."


@pytest.mark.parametrize("anthropic", [False, True])
@pytest.mark.parametrize("lock", ["person", "credential", "asset", "compartment"])
def test_a_lock_ends_a_stream_within_one_block(anthropic, lock):
    world = World()
    target = {
        "person": world.analyst,
        "credential": world.credential,
        "asset": world.asset,
        "compartment": world.compartment,
    }[lock]
    frames = answer_frames(LONG)
    cut = len(frames) // 2
    script = [*frames[:cut], lambda: world.lock(lock, target), *frames[cut:]]
    dialogue = stream(world, script, anthropic=anthropic)
    (kill,) = dialogue.of(Kill)
    assert kill.code == "session_locked"
    assert isinstance(kill.error, Locked)
    assert len(dialogue.text) <= cut * 4
    assert dialogue.log.index(kill) > dialogue.log.index(dialogue.of(Release)[-1])
    assert closed(world).public["status"] == "cut"
    assert closed(world).public["locked"] is True
    assert closed(world).body["answer"] == dialogue.text


def test_a_lock_ends_a_stream_that_has_gone_quiet(world):
    copy_lock = lambda: world.lock("copy", world.last("answer.intended").public["copy"])  # noqa: E731
    dialogue = stream(world, [*answer_frames(LONG)[:900], copy_lock, Quiet(), Quiet()])
    assert dialogue.of(Kill)
    assert closed(world).public["status"] == "cut"


def test_a_lock_before_anything_left_is_a_plain_refusal(world):
    script = [Quiet(), lambda: world.lock("asset", world.asset), *answer_frames("Late.")]
    dialogue = stream(world, script)
    assert dialogue.of(Refuse)[0].code == "session_locked"
    assert not dialogue.of(Begin, Reply)


def test_a_credential_that_is_revoked_cuts_a_stream(world):
    def revoke():
        world.identity.revoke_credential(world.credential, by=None)

    frames = answer_frames(LONG)
    assert stream(world, [*frames[:900], revoke, *frames[900:]]).of(Kill)


def test_a_grant_that_ends_cuts_a_stream(world):
    def later():
        world.clock.advance(86_400)

    frames = answer_frames(LONG)
    (kill,) = stream(world, [*frames[:900], later, *frames[900:]]).of(Kill)
    assert isinstance(kill.error, Refused)
    assert closed(world).public["status"] == "cut"


@pytest.mark.parametrize("anthropic", [False, True])
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_nothing_of_a_secret_split_over_chunks_leaves(world, anthropic, size):
    text = LONG[:3000] + CANARY + LONG[:500]
    dialogue = stream(world, answer_frames(text, size), anthropic=anthropic)
    assert LONG[:500] in dialogue.text or size == 1000
    for length in range(4, len(CANARY)):
        assert CANARY[:length] not in dialogue.text
    assert closed(world).public["status"] == "refused"
    assert CANARY in closed(world).body["withheld"]
    ending = b'"stop_reason":"refusal"' if anthropic else b'"finish_reason":"content_filter"'
    assert ending in dialogue.sent


def test_a_secret_split_over_slow_blocks_is_held_back_too(world):
    tick = lambda: world.clock.advance(0.3)  # noqa: E731 - every chunk is its own block
    script = []
    for event in answer_frames(LONG[:1000] + CANARY, 5):
        script += [tick, event]
    dialogue = stream(world, script)
    assert dialogue.text
    assert CANARY[:5] not in dialogue.text


def test_the_guard_ends_a_whole_answer_with_nothing_of_it(world):
    dialogue = whole(world, answer_frames(f"It says: {PROTECTED}"))
    (choice,) = json.loads(dialogue.sent)["choices"]
    assert choice["finish_reason"] == "content_filter"
    assert choice["message"]["content"] == ""
    assert PROTECTED in closed(world).body["withheld"]
    assert closed(world).public["bytes_out"] == 0


def test_a_short_quotation_in_a_long_answer_passes(world):
    dialogue = stream(world, answer_frames(LONG + PROTECTED + LONG))
    assert PROTECTED in dialogue.text


@pytest.mark.parametrize("anthropic", [False, True])
def test_a_caller_who_hangs_up_is_recorded_with_what_had_left(world, anthropic):
    frames = answer_frames(LONG)
    dialogue = stream(world, [*frames[:1200], GONE, *frames[1200:]], anthropic=anthropic)
    assert closed(world).public["status"] == "gone"
    assert closed(world).body["answer"] == dialogue.text
    assert dialogue.of(CloseUpstream)
    assert not dialogue.of(Kill)


def test_what_was_handed_over_as_the_caller_hung_up_counts_as_left(world):
    whole(world, answer_frames("Fine."), gone_at=Reply)
    assert closed(world).public["status"] == "gone"
    assert closed(world).public["bytes_out"] == 5


@pytest.mark.parametrize(
    "ending",
    [
        [BROKEN],
        [],  # a clean end of the body without an end of the answer
        [frame(error={"message": "path /srv/models/secret-code-name.gguf"})],
        [b"data: {not json}\n\n"],
        [b"data: " + b"x" * (1 << 19)],
    ],
)
def test_an_upstream_that_fails_is_a_kill_frame_and_its_words_go_nowhere(world, ending):
    events = [Chunk(data=event) if isinstance(event, bytes) else event for event in ending]
    dialogue = stream(world, [*answer_frames(LONG)[:900], *events])
    (kill,) = dialogue.of(Kill)
    assert isinstance(kill.error, Unavailable)
    assert "secret-code-name" not in f"{kill.error.message}{kill.error.mend}"
    assert closed(world).public["status"] == "failed"
    assert closed(world).body["answer"] == dialogue.text
    before = whole(world, events)
    assert isinstance(before.refusal, Unavailable)
    assert not before.sent


@pytest.mark.parametrize("for_good", [False, True])
def test_a_ledger_that_fails_in_mid_stream_ends_it(world, for_good):
    parts = []

    def ledger_up(fact):
        parts.append(fact.type)
        failed = parts.count("answer.continued")
        return failed < 3 or (not for_good and fact.type == "answer.closed")

    dialogue = stream(world, answer_frames(LONG), ledger_up=ledger_up)
    assert dialogue.of(Kill)
    row = world.ledger.state.get("answers", world.last("answer.intended").public["copy"])
    assert row["status"] == ("open" if for_good else "failed")
    assert row["bytes_out"] == len(dialogue.text)
    assert len(world.gateway.recovery_facts()) == for_good


def test_after_a_crash_recovery_says_what_left_and_what_may_have(world):
    copy = "cpy_" + "q" * 26

    def crash(fact):
        if fact.type == "answer.closed":
            raise KeyboardInterrupt
        return True

    with pytest.raises(KeyboardInterrupt):
        stream(world, answer_frames(LONG), ledger_up=crash)
    (fact,) = world.gateway.recovery_facts()
    assert fact.public["copy"] != copy
    assert fact.public["status"] == "crashed"
    assert fact.public["undescribed_bytes_most"] == 2048
    assert len(LONG) - fact.public["bytes_out"] <= 2048
    world.ledger.append(fact)
    assert world.gateway.recovery_facts() == ()


def test_the_day_s_bytes_end_a_stream():
    world = World(limits=Limits(bytes_per_day=5000))
    dialogue = stream(world, answer_frames(LONG))
    assert isinstance(dialogue.of(Kill)[0].error, Exhausted)
    assert len(dialogue.text) <= 5000


def test_prints_that_cannot_be_made_do_not_keep_the_close_fact_away():
    def broken(_text):
        raise ValueError("prints")

    world = World(fingerprint=broken)
    stream(world, answer_frames("Fine."))
    assert closed(world).public["status"] == "done"
    assert closed(world).public["printed"] is False


def test_an_answer_without_end_is_ended_at_its_limit():
    world = World(limits=Limits(answer_bytes=4096))
    dialogue = stream(world, answer_frames(LONG))
    assert b'"finish_reason":"length"' in dialogue.sent
    assert len(dialogue.text) < 4200


def test_the_upstream_s_own_names_do_not_pass(world):
    leaky = {
        "model": "/srv/models/secret-code-name.gguf",
        "system_fingerprint": "b1234",
        "timings": {"predicted_ms": 3},
        "usage": {"prompt_tokens": 7, "completion_tokens": 2, "secret": "x"},
    }
    for run in (stream, whole):
        dialogue = run(world, [Chunk(data=frame("Fine.", **leaky)), *answer_frames("")])
        for name in (b"secret-code-name", b"b1234", b"timings", b"predicted"):
            assert name not in dialogue.sent
        assert closed(world).public["tokens_in"] == 7
        assert closed(world).public["tokens_out"] == 2


@pytest.mark.parametrize("anthropic", [False, True])
def test_an_entitlement_that_is_revoked_cuts_a_stream(world, anthropic):
    (held,) = (key for key, _ in world.ledger.state.scan("entitlements"))
    revoke = lambda: world.entitlements.revoke(held, by=None)  # noqa: E731
    frames = answer_frames(LONG)
    dialogue = stream(world, [*frames[:900], revoke, *frames[900:]], anthropic=anthropic)
    (kill,) = dialogue.of(Kill)
    assert isinstance(kill.error, Refused)
    assert len(dialogue.text) <= 900 * 4
    assert closed(world).public["status"] == "cut"


@pytest.mark.parametrize("count", [-1, 2**31, 2**53, 2**63, 10**300])
@pytest.mark.parametrize("name", ["prompt_tokens", "completion_tokens"])
def test_a_count_that_no_fact_can_hold_does_not_keep_the_close_fact_away(world, name, count):
    dialogue = stream(world, [Chunk(data=frame("Fine.", usage={name: count})), *answer_frames("")])
    assert isinstance(dialogue.refusal, Unavailable)
    assert closed(world).public["status"] == "failed"


def test_a_close_fact_that_the_ledger_did_not_take_is_owed_until_it_stands(world):
    stream(world, answer_frames("Fine."), ledger_up=lambda fact: fact.type != "answer.closed")
    (fact,) = world.gateway.owed_facts()
    assert world.gateway.owed_facts() == (fact,)
    world.ledger.append(fact)
    assert world.gateway.owed_facts() == ()
    assert closed(world).body["answer"] == "Fine."
    assert closed(world).public["status"] == "done"


@pytest.mark.parametrize("end", ["lock", "budget"])
def test_what_a_cut_kept_back_is_on_record(end):
    world = World(limits=Limits(bytes_per_day=5000 if end == "budget" else 10**6))
    lock = lambda: world.lock("asset", world.asset) if end == "lock" else None  # noqa: E731
    frames = answer_frames(LONG)
    dialogue = whole(world, [*frames[:1900], lock, *frames[1900:]])
    assert not dialogue.sent
    assert closed(world).body["answer"] == ""
    withheld = closed(world).body["withheld"]
    assert LONG.startswith(withheld)
    assert len(withheld) == closed(world).public["received_bytes"]


@pytest.mark.parametrize("anthropic", [False, True])
@pytest.mark.parametrize("text", ["Fine.", LONG[:6000]])
def test_a_lock_that_falls_right_before_a_block_keeps_it_back(world, anthropic, text):
    lock = lambda: world.lock("asset", world.asset)  # noqa: E731
    script = [lock, *answer_frames(text, 6000)]  # one chunk: a whole block, or the last one
    dialogue = stream(world, script, anthropic=anthropic)
    assert not dialogue.sent
    assert dialogue.of(Refuse)[0].code == "session_locked"


def test_locked_weights_cut_a_stream(world):
    weights = world.model("weights-of-orchard", world.compartment)
    world.endpoints.define(model="orchard-1", asset=world.asset, weights=weights, upstream="local")
    frames = answer_frames(LONG)
    dialogue = stream(world, [*frames[:900], lambda: world.lock("asset", weights), *frames[900:]])
    assert dialogue.of(Kill)[0].code == "session_locked"
    assert closed(world).public["locked"] is True


def test_a_lock_on_the_caller_s_network_cuts_a_stream(world):
    frames, lock = answer_frames(LONG), lambda: world.lock("network", "192.0.2.0/24")
    assert stream(world, [*frames[:900], lock, *frames[900:]]).of(Kill)
