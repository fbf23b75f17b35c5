"""A model request after parsing: the same value from every dialect, text only."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Speaker(StrEnum):
    """Who says a message."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a conversation."""

    speaker: Speaker
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of which model name, and how the answer shall come."""

    model: str
    messages: tuple[Message, ...]
    stream: bool
    usage_frame: bool = False
    tokens_max: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The whole question as the guard and the record see it."""
        return "\n".join(f"{message.speaker}: {message.text}" for message in self.messages)

    def for_upstream(self, tokens_most: int) -> Mapping[str, object]:
        """The OpenAI chat request that goes up: built anew, nothing of the caller's passes by.

        `cache_prompt` is off: a shared prompt cache is a timing channel between people.
        """
        wanted = {
            "temperature": self.temperature,
            "top_p": self.top_p,
            "seed": self.seed,
            "stop": list(self.stop) or None,
        }
        return {
            "messages": [
                {"role": str(message.speaker), "content": message.text} for message in self.messages
            ],
            "stream": True,
            "stream_options": {"include_usage": True},
            "cache_prompt": False,
            "max_tokens": min(self.tokens_max or tokens_most, tokens_most),
            **{name: value for name, value in wanted.items() if value is not None},
        }
