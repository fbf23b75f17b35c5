"""Anthropic messages (docs: platform.claude.com/docs/en/api/messages)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
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

OLD_VERSION = b"2023-06-01"
NEW_VERSION = b"2026-10-21"
VERSIONS = frozenset({OLD_VERSION, NEW_VERSION})
_SAMPLING = ("temperature", "top_p", "top_k")  # refused by the new version
CLOSED: Mapping[str, Sequence[object]] = {
    "container": (),
    "context_management": (),
    "mcp_servers": ([],),
    "output_config": ({},),
    "output_format": (),
    "thinking": ({"type": "disabled"},),
    "tool_choice": ({"type": "none"}, {"type": "auto"}),
    "tools": ([],),
}
IGNORED = frozenset({"cache_control", "inference_geo", "metadata", "service_tier", "top_k"})


class _Message(Struct):
    role: Literal["user", "assistant"]
    content: str | list[TextPart]


class _Messages(Struct):
    model: str
    max_tokens: Annotated[int, Meta(ge=1, lt=2**31)]
    messages: list[_Message]
    system: str | list[TextPart] | None = None
    stream: bool | None = None
    temperature: Annotated[float, Meta(ge=0, le=1)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    stop_sequences: list[str] | None = None


_KNOWN = frozenset(_Messages.__struct_fields__) | IGNORED
_FINISH = {
    Finish.STOP: "end_turn",
    Finish.LENGTH: "max_tokens",
    Finish.WITHHELD: "refusal",
}
WITHHELD_TEXT = "Ended by the perimeter: the answer repeated protected content."


class AnthropicMessages:
    """Messages, whole and streamed, and the Anthropic form of model lists."""

    name = "anthropic"

    def question(self, head: RequestHead, body: bytes, limits: Limits) -> Question:
        """The question in a body. Raises Malformed, naming the field."""
        version = head.one(b"anthropic-version")
        if version not in VERSIONS:
            raise Malformed("header anthropic-version: not a version served here")
        fields = read_object(body)
        check_names(fields, known=_KNOWN, closed=CLOSED)
        if version == NEW_VERSION:
            check_names(fields, known=fields.keys(), closed=dict.fromkeys(_SAMPLING, ()))
        asked = convert(fields, _Messages)
        system = text_of(asked.system)
        messages = [Message(speaker=Speaker.SYSTEM, text=system)] if system else []
        messages += [
            Message(speaker=Speaker(message.role), text=text_of(message.content))
            for message in asked.messages
        ]
        return Question(
            model=asked.model,
            messages=check_conversation(messages, limits),
            stream=bool(asked.stream),
            tokens_max=asked.max_tokens,
            temperature=asked.temperature,
            top_p=asked.top_p,
            stop=check_stop(asked.stop_sequences or [], "stop_sequences", limits),
        )

    def whole(self, head: AnswerHead, text: str, finish: Finish, usage: Usage) -> bytes:
        """The body of a whole answer."""
        content = [{"type": "text", "text": text}] if text else []
        return msgspec.json.encode(
            {**_message(head), "content": content, **_ending(finish), "usage": _usage(usage)}
        )

    def opening(self, head: AnswerHead) -> bytes:
        """The frames that begin the message and its one block of text."""
        message = {
            **_message(head),
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": _usage(Usage()),
        }
        block = {"index": 0, "content_block": {"type": "text", "text": ""}}
        return _event("message_start", {"message": message}) + _event("content_block_start", block)

    def delta(self, head: AnswerHead, text: str) -> bytes:
        """The frame that carries a piece of text."""
        del head
        return _event(
            "content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": text}}
        )

    def closing(
        self, head: AnswerHead, finish: Finish, usage: Usage, *, usage_frame: bool
    ) -> bytes:
        """The frames that end block and message; usage always comes with them."""
        del head, usage_frame
        return (
            _event("content_block_stop", {"index": 0})
            + _event("message_delta", {"delta": _ending(finish), "usage": _usage(usage)})
            + _event("message_stop", {})
        )

    def kill_frame(self, error_body: bytes) -> bytes:
        """The error body as an `error` event: the SDK raises APIStatusError with its code."""
        return b"event: error\ndata: " + error_body + b"\n\n"

    def models(self, models: Sequence[ServedModel]) -> bytes:
        """The body of a list of models, in one page."""
        return msgspec.json.encode(
            {
                "data": [_described(model) for model in models],
                "has_more": False,
                "first_id": models[0].name if models else None,
                "last_id": models[-1].name if models else None,
            }
        )

    def model(self, model: ServedModel) -> bytes:
        """The body that describes one model."""
        return msgspec.json.encode(_described(model))


def _described(model: ServedModel) -> dict[str, object]:
    since = datetime.fromtimestamp(model.since_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "type": "model",
        "id": model.name,
        "display_name": model.name,
        "created_at": since,
        "lifecycle": "active",
    }


def _message(head: AnswerHead) -> dict[str, object]:
    return {
        "id": f"msg_{head.reference}",
        "type": "message",
        "role": "assistant",
        "model": head.model,
    }


def _ending(finish: Finish) -> dict[str, object]:
    ending: dict[str, object] = {"stop_reason": _FINISH[finish], "stop_sequence": None}
    if finish is Finish.WITHHELD:
        ending["stop_details"] = {
            "type": "refusal",
            "category": None,
            "explanation": WITHHELD_TEXT,
        }
    return ending


def _usage(usage: Usage) -> dict[str, int]:
    return {"input_tokens": usage.tokens_in, "output_tokens": usage.tokens_out}


def _event(name: str, fields: Mapping[str, object]) -> bytes:
    payload = msgspec.json.encode({"type": name, **fields})
    return b"event: " + name.encode("ascii") + b"\ndata: " + payload + b"\n\n"
