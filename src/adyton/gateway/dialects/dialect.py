"""What every dialect can do."""

from collections.abc import Sequence
from typing import Protocol

from adyton.gateway.answer import AnswerHead, Finish, ServedModel, Usage
from adyton.gateway.heads import RequestHead
from adyton.gateway.limits import Limits
from adyton.gateway.question import Question


class AnswerForms(Protocol):
    """The forms of an answer: whole, or as frames of a stream. Pure."""

    def whole(self, head: AnswerHead, text: str, finish: Finish, usage: Usage) -> bytes:
        """The body of a whole answer."""

    def opening(self, head: AnswerHead) -> bytes:
        """The frames before the first text."""

    def delta(self, head: AnswerHead, text: str) -> bytes:
        """The frame that carries a piece of text."""

    def closing(
        self, head: AnswerHead, finish: Finish, usage: Usage, *, usage_frame: bool
    ) -> bytes:
        """The frames that end a stream properly."""

    def kill_frame(self, error_body: bytes) -> bytes:
        """The frame that makes every SDK raise, in mid-stream too."""


class Dialect(AnswerForms, Protocol):
    """A wire form of questions, answers and model lists. Pure; one instance serves all."""

    @property
    def name(self) -> str:
        """Its name in the record."""

    def question(self, head: RequestHead, body: bytes, limits: Limits) -> Question:
        """The question in a body. Raises Malformed, naming the field."""

    def models(self, models: Sequence[ServedModel]) -> bytes:
        """The body of a list of models."""

    def model(self, model: ServedModel) -> bytes:
        """The body that describes one model."""
