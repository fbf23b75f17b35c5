import json

import pytest

from adyton.gateway import Limits
from adyton.gateway.answer import AnswerHead, Finish, ServedModel, Usage
from adyton.gateway.dialects import ANTHROPIC, DIALECTS, OPENAI
from adyton.terms import Malformed
from tests.unit.gateway.dialogue import chat, messages

LIMITS = Limits()
HEAD = AnswerHead(reference="q" * 26, model="orchard-1", created_s=1_800_000_000)


def openai(world, body):
    return OPENAI.question(world.head(), body, LIMITS)


def anthropic(world, body, version="2023-06-01"):
    return ANTHROPIC.question(world.head(anthropic_version=version), body, LIMITS)


@pytest.mark.parametrize(
    "field",
    [
        {"logprobs": True},
        {"top_logprobs": 5},
        {"logit_bias": {"50256": -100}},
        {"n": 2},
        {"n": True},
        {"tools": [{"type": "function"}]},
        {"functions": [{}]},
        {"store": True},
        {"response_format": {"type": "json_schema", "json_schema": {}}},
        {"audio": {}},
        {"prediction": {"type": "content", "content": "x"}},
    ],
)
def test_openai_fields_that_tell_more_than_text_are_refused_by_name(world, field):
    with pytest.raises(Malformed, match=next(iter(field))):
        openai(world, chat(**field))


@pytest.mark.parametrize(
    "field",
    [
        {"logprobs": False},
        {"logit_bias": {}},
        {"n": 1},
        {"tools": []},
        {"store": False},
        {"top_logprobs": None},
        {"stop": ["\n"], "seed": 7, "temperature": 0, "top_p": 1.0, "max_tokens": 5},
    ],
)
def test_openai_fields_that_ask_for_nothing_pass(world, field):
    assert openai(world, chat(**field)).model == "orchard-1"


@pytest.mark.parametrize(
    "field",
    [
        {"tools": [{"name": "x"}]},
        {"mcp_servers": [{"url": "https://elsewhere.example"}]},
        {"thinking": {"type": "enabled", "budget_tokens": 1024}},
        {"container": "x"},
    ],
)
def test_anthropic_fields_that_are_not_served_are_refused_by_name(world, field):
    with pytest.raises(Malformed, match=next(iter(field))):
        anthropic(world, messages(**field))


def test_the_newer_anthropic_version_refuses_sampling_and_the_older_takes_it(world):
    assert anthropic(world, messages(temperature=0.5)).temperature == 0.5
    with pytest.raises(Malformed, match="temperature"):
        anthropic(world, messages(temperature=0.5), version="2026-10-21")


@pytest.mark.parametrize("version", ["", "2024-01-01"])
def test_an_unknown_anthropic_version_is_malformed(world, version):
    with pytest.raises(Malformed, match="anthropic-version"):
        anthropic(world, messages(), version=version)


def test_text_parts_are_joined_and_other_parts_refused(world):
    parts = [{"type": "text", "text": "Which "}, {"type": "text", "text": "valve?"}]
    asked = {"messages": [{"role": "user", "content": parts}]}
    assert openai(world, chat(**asked)).messages[0].text == "Which valve?"
    assert anthropic(world, messages(**asked)).messages[0].text == "Which valve?"
    image = [{"type": "image_url", "image_url": {"url": "http://elsewhere.example"}}]
    with pytest.raises(Malformed, match="messages"):
        openai(world, chat(messages=[{"role": "user", "content": image}]))


def test_a_system_text_comes_first_in_both_dialects(world):
    asked = anthropic(world, messages(system=[{"type": "text", "text": "Be brief."}]))
    assert asked.text == "system: Be brief.\nuser: Which valve?"
    named = [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    assert openai(world, chat(messages=named)).text == "system: Be brief.\nuser: Hi"


def test_the_tokens_asked_for_are_capped(world):
    wide = openai(world, chat(max_tokens=1_000_000)).for_upstream(1024)
    narrow = openai(world, chat(max_completion_tokens=3)).for_upstream(1024)
    assert (wide["max_tokens"], narrow["max_tokens"]) == (1024, 3)


@pytest.mark.parametrize("count", [0, 513])
def test_a_conversation_has_some_messages_and_not_too_many(world, count):
    said = [{"role": "user", "content": "x"}] * count
    with pytest.raises(Malformed, match="messages"):
        openai(world, chat(messages=said))


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda one: one.name)
@pytest.mark.parametrize("text", ["", "plain", 'quotes " and \n lines', "\u2028 \U0001f600 \x00"])
def test_every_frame_is_one_event_whatever_the_text(dialect, text):
    for data in (
        dialect.opening(HEAD),
        dialect.delta(HEAD, text),
        dialect.closing(HEAD, Finish.STOP, Usage(), usage_frame=True),
        dialect.kill_frame(b'{"type":"error"}'),
    ):
        *frames, rest = data.split(b"\n\n")
        assert rest == b""
        for one in frames:
            payload = one.split(b"data: ", 1)[1]
            assert b"\n" not in payload
            assert payload == b"[DONE]" or json.loads(payload)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda one: one.name)
def test_an_empty_model_list_is_a_list(dialect):
    assert json.loads(dialect.models([]))["data"] == []
    shown = json.loads(dialect.models([ServedModel(name="orchard-1", since_s=1_800_000_000)]))
    assert [one["id"] for one in shown["data"]] == ["orchard-1"]
