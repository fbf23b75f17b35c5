"""OpenAI chat completions (docs: platform.openai.com/docs/api-reference/chat)."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from adyton.gateway.answer import AnswerHead, Finish, ServedModel, Usage
from adyton.gateway.dialects.fields import (
    TextPart,
    check_conversation,
    check_names,
    check_stop,
    convert,
    read_object,
    text_of,
)
from adyton.gateway.heads import RequestHead
from adyton.gateway.limits import Limits
from adyton.gateway.question import Message, Question, Speaker
from adyton.terms import Malformed

OWNER = "adyton"
CLOSED: Mapping[str, Sequence[object]] = {
    # would tell more of the model than its text
    "logprobs": (False,),
    "top_logprobs": (0,),
    "logit_bias": ({},),
    "n": (1,),
    # other ways in and out
    "audio": (),
    "function_call": ("none",),
    "functions": ([],),
    "modalities": (["text"],),
    "prediction": (),
    "response_format": ({"type": "text"},),
    "store": (False,),
    "tool_choice": ("none", "auto"),
    "tools": ([],),
    "web_search_options": (),
}
IGNORED = frozenset(
    {
        "frequency_penalty",
        "metadata",
        "parallel_tool_calls",
        "presence_penalty",
        "prompt_cache_key",
        "reasoning_effort",
        "safety_identifier",
        "service_tier",
        "user",
        "verbosity",
    }
)


class _Message(Struct):
    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[TextPart] | None = None
    tool_calls: Annotated[list[object], Meta(max_length=0)] | None = None
    function_call: None = None
    audio: None = None


class _StreamOptions(Struct):
    include_usage: bool = False


_Count = Annotated[int, Meta(ge=1, lt=2**31)]


class _Chat(Struct):
    model: str
    messages: list[_Message]
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    max_tokens: _Count | None = None
    max_completion_tokens: _Count | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    seed: Annotated[int, Meta(ge=-(2**31), lt=2**31)] | None = None
    stop: str | list[str] | None = None


_KNOWN = frozenset(_Chat.__struct_fields__) | IGNORED
_SPEAKERS = {
    "system": Speaker.SYSTEM,
    "developer": Speaker.SYSTEM,
    "user": Speaker.USER,
    "assistant": Speaker.ASSISTANT,
}
_FINISH = {
    Finish.STOP: "stop",
    Finish.LENGTH: "length",
    Finish.WITHHELD: "content_filter",
}


class OpenAiChat:
    """Chat completions, whole and streamed, and the OpenAI form of model lists."""

    name = "openai"

    def question(self, head: RequestHead, body: bytes, limits: Limits) -> Question:
        """The question in a body. Raises Malformed, naming the field."""
        del head
        fields = read_object(body)
        check_names(fields, known=_KNOWN, closed=CLOSED)
        chat = convert(fields, _Chat)
        messages = [
            Message(speaker=_SPEAKERS[message.role], text=text_of(message.content))
            for message in chat.messages
        ]
        stop = [chat.stop] if isinstance(chat.stop, str) else chat.stop or []
        if chat.stream_options and not chat.stream:
            raise Malformed("field stream_options: only with stream")
        return Question(
            model=chat.model,
            messages=check_conversation(messages, limits),
            stream=bool(chat.stream),
            usage_frame=bool(chat.stream_options and chat.stream_options.include_usage),
            tokens_max=chat.max_completion_tokens or chat.max_tokens,
            temperature=chat.temperature,
            top_p=chat.top_p,
            seed=chat.seed,
            stop=check_stop(stop, "stop", limits),
        )

    def whole(self, head: AnswerHead, text: str, finish: Finish, usage: Usage) -> bytes:
        """The body of a whole answer."""
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": text, "refusal": None},
            "logprobs": None,
            "finish_reason": _FINISH[finish],
        }
        body = {**_frame(head, "chat.completion"), "choices": [choice], "usage": _usage(usage)}
        return msgspec.json.encode(body)

    def opening(self, head: AnswerHead) -> bytes:
        """The frame that names the speaker."""
        return _chunk(head, {"role": "assistant", "content": ""}, None)

    def delta(self, head: AnswerHead, text: str) -> bytes:
        """The frame that carries a piece of text."""
        return _chunk(head, {"content": text}, None)

    def closing(
        self, head: AnswerHead, finish: Finish, usage: Usage, *, usage_frame: bool
    ) -> bytes:
        """The last choice, the usage where it was asked for, and the end."""
        frames = _chunk(head, {}, _FINISH[finish])
        if usage_frame:
            body = {**_frame(head, "chat.completion.chunk"), "choices": [], "usage": _usage(usage)}
            frames += _data(msgspec.json.encode(body))
        return frames + _data(b"[DONE]")

    def kill_frame(self, error_body: bytes) -> bytes:
        """The error body as a frame: the SDK raises APIError with its code."""
        return _data(error_body)

    def models(self, models: Sequence[ServedModel]) -> bytes:
        """The body of a list of models."""
        body = {"object": "list", "data": [_described(model) for model in models]}
        return msgspec.json.encode(body)

    def model(self, model: ServedModel) -> bytes:
        """The body that describes one model."""
        return msgspec.json.encode(_described(model))


def _described(model: ServedModel) -> dict[str, object]:
    return {"id": model.name, "object": "model", "created": model.since_s, "owned_by": OWNER}


def _frame(head: AnswerHead, kind: str) -> dict[str, object]:
    return {
        "id": f"chatcmpl-{head.reference}",
        "object": kind,
        "created": head.created_s,
        "model": head.model,
    }


def _chunk(head: AnswerHead, delta: Mapping[str, str], finish: str | None) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    body = {**_frame(head, "chat.completion.chunk"), "choices": [choice]}
    return _data(msgspec.json.encode(body))


def _usage(usage: Usage) -> dict[str, int]:
    return {
        "prompt_tokens": usage.tokens_in,
        "completion_tokens": usage.tokens_out,
        "total_tokens": usage.tokens_in + usage.tokens_out,
    }


def _data(payload: bytes) -> bytes:
    return b"data: " + payload + b"\n\n"
