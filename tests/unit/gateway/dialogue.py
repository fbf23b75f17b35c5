"""Drives an exchange as a dialogue, in memory: commands out, events in, all of it noted."""

import json
from dataclasses import dataclass, field

from adyton.gateway.commands import (
    Begin,
    BodyRead,
    Chunk,
    ClientGone,
    CloseUpstream,
    Done,
    End,
    Kill,
    NextChunk,
    Offer,
    OpenUpstream,
    Quiet,
    ReadBody,
    Record,
    Recorded,
    Refuse,
    Release,
    Reply,
    Taken,
    UpstreamEnded,
    UpstreamFailed,
)
from adyton.terms import AdytonError, Unavailable


def frame(text=None, finish=None, **more):
    delta = {} if text is None else {"content": text}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice], **more}).encode() + b"\n\n"


def answer_frames(text, size=4):
    """The stream of an answer, in pieces of `size` characters."""
    pieces = [frame(text[start : start + size]) for start in range(0, len(text), size)]
    return [Chunk(data=piece) for piece in [*pieces, frame(finish="stop"), b"data: [DONE]\n\n"]]


GONE = ClientGone()
BROKEN = UpstreamFailed(error=Unavailable("cut off"))


@dataclass
class Dialogue:
    """What the face was asked to do. `script` holds the events for NextChunk; callables are run."""

    world: object
    script: list = field(default_factory=list)
    ledger_up: object = lambda _fact: True
    lane_open: bool = True
    gone_at: type | None = None
    log: list = field(default_factory=list)

    def run(self, head, body=b""):
        steps = self.world.gateway.exchange(head)
        script, event, thrown = iter(self.script), None, None
        while True:
            try:
                command = steps.throw(thrown) if thrown else steps.send(event)
            except StopIteration:
                return self
            self.log.append(command)
            event, thrown = None, None
            try:
                event = self.answer(command, script, body)
            except AdytonError as error:
                thrown = error

    def answer(self, command, script, body):
        match command:
            case ReadBody():
                return BodyRead(body=body)
            case Record(fact=fact):
                if not self.ledger_up(fact):
                    raise Unavailable("disk full")
                return Recorded(promise=self.world.ledger.submit(fact).result())
            case Offer(fact=fact):
                if not self.ledger_up(fact):
                    raise Unavailable("stopped")
                taken = self.world.ledger.offer(fact) if self.lane_open else None
                return Taken(receipt=taken and taken.receipt)
            case NextChunk():
                return self.next(script)
            case _:
                return GONE if self.gone_at is type(command) else Done()

    def next(self, script):
        event = next(script, UpstreamEnded())
        while callable(event):
            event()
            event = next(script, UpstreamEnded())
        return event

    @property
    def sent(self):
        """All bytes that left."""
        out = b""
        for command in self.log:
            if isinstance(command, Release):
                out += command.data
            elif isinstance(command, Reply):
                out += command.body
        return out

    @property
    def text(self):
        """The text that left."""
        out = ""
        for line in self.sent.decode().splitlines():
            if line.startswith("data: {"):
                payload = json.loads(line[6:])
                for choice in payload.get("choices", []):
                    out += choice["delta"].get("content") or ""
                delta = payload.get("delta", {})
                out += delta.get("text", "") if isinstance(delta, dict) else ""
        return out

    def of(self, *kinds):
        return [command for command in self.log if isinstance(command, kinds)]

    @property
    def refusal(self):
        return self.of(Refuse)[0].error

    @property
    def asked_upstream(self):
        return bool(self.of(OpenUpstream))


def chat(**fields):
    asked = {"model": "orchard-1", "messages": [{"role": "user", "content": "Which valve?"}]}
    return json.dumps({**asked, **fields}).encode()


def messages(**fields):
    return chat(**{"max_tokens": 100, **fields})


SENT = (Begin, Release, End, Reply)
LAST = (End, Reply, Refuse, Kill)
__all__ = [
    "BROKEN",
    "GONE",
    "LAST",
    "SENT",
    "Begin",
    "Chunk",
    "CloseUpstream",
    "Dialogue",
    "Kill",
    "Offer",
    "OpenUpstream",
    "Quiet",
    "Record",
    "Refuse",
    "Release",
    "Reply",
    "answer_frames",
    "chat",
    "frame",
    "messages",
]
