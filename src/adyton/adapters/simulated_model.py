"""A model server that is none: in memory as an `Upstream`, or as an ASGI application.

For tests and drills. It tells as much as llama.cpp's server does (the path of its weights,
timings, a fingerprint, a server header), so that a gateway that passes any of it on is seen.
"""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, MutableMapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from adyton.terms import Unavailable

WEIGHTS_PATH = "/srv/models/secret-code-name.gguf"
FINGERPRINT = "b0000-simulated"
_PATH = "/v1/chat/completions"


async def _at_once() -> None:
    """No pause."""


def _echo(question: Mapping[str, Any]) -> str:
    messages: Sequence[Mapping[str, Any]] = question["messages"]
    return f"You said: {messages[-1]['content']}"


@dataclass(slots=True, kw_only=True)
class SimulatedModel:
    """What it answers and how it misbehaves; a test changes it between requests.

    `answer` makes the text of a question; it leaves in pieces of `piece_chars`, with `pause`
    awaited before each. After `breaks_after` pieces the connection fails. `status` and `headers`
    are those of the HTTP answer. `questions` keeps what was asked, `ended` counts the answers that
    were read to the end, `dropped` those that were not.
    """

    answer: Callable[[Mapping[str, Any]], str] = _echo
    piece_chars: int = 4
    pause: Callable[[], Awaitable[None]] = _at_once
    breaks_after: int | None = None
    status: int = 200
    headers: Sequence[tuple[bytes, bytes]] = ((b"content-type", b"text/event-stream"),)
    questions: list[Mapping[str, Any]] = field(default_factory=list)
    credentials: list[str] = field(default_factory=list)
    ended: int = 0
    dropped: int = 0

    async def ask(
        self, upstream: str, question: Mapping[str, object]
    ) -> AsyncGenerator[bytes, None]:
        """The stream of an answer, as an `Upstream` gives it."""
        if self.status != 200 or not upstream:  # noqa: PLR2004 - the status that means an answer
            raise Unavailable("the simulated model server does not answer")
        async with aclosing(self._frames(question)) as frames:
            async for frame in frames:
                yield frame

    async def close(self) -> None:
        """Nothing is open."""

    async def __call__(
        self,
        scope: Mapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        """The same over HTTP."""
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        named = dict(scope["headers"])
        self.credentials.append(named.get(b"authorization", b"").decode("latin-1"))
        status = self.status if scope["path"] == _PATH else 404
        headers = [*self.headers, (b"server", b"simulated/1")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        async with aclosing(self._frames(json.loads(body))) as frames:
            async for frame in frames:
                await send({"type": "http.response.body", "body": frame, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _frames(self, question: Mapping[str, Any]) -> AsyncGenerator[bytes, None]:
        self.questions.append(question)
        text = self.answer(question)
        pieces = [
            text[start : start + self.piece_chars]
            for start in range(0, len(text), self.piece_chars)
        ]
        complete = False
        try:
            for number, piece in enumerate(pieces):
                await self.pause()
                if number == self.breaks_after:
                    raise Unavailable("the simulated model server broke off")
                yield _frame({"choices": [{"index": 0, "delta": {"content": piece}}]})
            yield _frame({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
            yield _frame({"choices": [], "usage": _usage(question, pieces)})
            complete = True
            yield b"data: [DONE]\n\n"
        finally:
            self.ended += complete
            self.dropped += not complete


def _usage(question: Mapping[str, Any], pieces: Sequence[str]) -> Mapping[str, int]:
    read = sum(len(str(message["content"]).split()) for message in question["messages"])
    return {
        "prompt_tokens": read,
        "completion_tokens": len(pieces),
        "total_tokens": read + len(pieces),
    }


def _frame(fields: Mapping[str, object]) -> bytes:
    told = {
        "id": "chatcmpl-simulated",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": WEIGHTS_PATH,
        "system_fingerprint": FINGERPRINT,
        "timings": {"predicted_per_second": 128.0},
        **fields,
    }
    return b"data: " + json.dumps(told).encode() + b"\n\n"
