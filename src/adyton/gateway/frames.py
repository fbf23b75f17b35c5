"""Reading the upstream's event stream: a closed schema, hard limits, nothing passed on unread.

Written after the WHATWG event stream grammar (html.spec.whatwg.org, 9.2.6) as far as OpenAI chat
streams use it: `data:` lines, comments, blank lines, LF or CRLF.
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from adyton.gateway.answer import Finish, Usage
from adyton.gateway.limits import Limits
from adyton.terms import Unavailable

_DONE = b"[DONE]"


class _Delta(Struct):
    content: str | None = None


class _Choice(Struct):
    delta: _Delta | None = None
    finish_reason: str | None = None


# A count that no answer can have would not fit into a fact, and no close fact would be written.
_Count = Annotated[int, Meta(ge=0, lt=2**31)]


class _Tokens(Struct):
    prompt_tokens: _Count = 0
    completion_tokens: _Count = 0


class _Frame(Struct):
    choices: list[_Choice] = []
    usage: _Tokens | None = None
    error: msgspec.Raw | None = None


_READER = msgspec.json.Decoder(_Frame)


class FrameReader:
    """Bytes of a chat stream in, pieces of text out.

    `finish` is known once the model ended; `usage` is the upstream's own count where it sent one,
    else the number of pieces. Every error is Unavailable: the upstream's words go nowhere.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._rest = bytearray()
        self._data: list[bytes] = []
        self._data_bytes = 0
        self._pieces = 0
        self._tokens: _Tokens | None = None
        self.finish: Finish | None = None
        self.done = False

    @property
    def usage(self) -> Usage:
        """Tokens so far."""
        if self._tokens is None:
            return Usage(tokens_out=self._pieces)
        return Usage(
            tokens_in=self._tokens.prompt_tokens, tokens_out=self._tokens.completion_tokens
        )

    def feed(self, data: bytes) -> list[str]:
        """The pieces of text that these bytes complete. Raises Unavailable."""
        self._rest += data
        *lines, rest = self._rest.split(b"\n")
        self._rest = bytearray(rest)
        pieces = [piece for line in lines if (piece := self._line(bytes(line.rstrip(b"\r"))))]
        if len(self._rest) + self._data_bytes > self._limits.frame_bytes:
            raise Unavailable("the model server sent a frame over the limit")
        return pieces

    def end(self) -> None:
        """The body ended. Raises Unavailable where the answer had not; a missing [DONE] is fine."""
        if not self.done and self.finish is None:
            raise Unavailable("the model server broke off")

    def _line(self, line: bytes) -> str:
        if line.startswith(b"data:"):
            self._data.append(line[5:].removeprefix(b" "))
            self._data_bytes += len(line)
            return ""
        if line or not self._data:
            return ""
        payload, self._data, self._data_bytes = b"\n".join(self._data), [], 0
        return self._frame(payload)

    def _frame(self, payload: bytes) -> str:
        if payload == _DONE:
            self.done = True
        if self.done:
            return ""
        try:
            frame = _READER.decode(payload)
        except (ValueError, RecursionError) as error:
            raise Unavailable("the model server answered in no form that we read") from error
        if frame.error is not None:
            raise Unavailable("the model server reported an error")
        self._tokens = frame.usage or self._tokens
        return self._choice(frame.choices[0]) if frame.choices else ""

    def _choice(self, choice: _Choice) -> str:
        if choice.finish_reason is not None:
            self.finish = Finish.LENGTH if choice.finish_reason == "length" else Finish.STOP
        text = (choice.delta.content if choice.delta else None) or ""
        self._pieces += bool(text)
        return text
