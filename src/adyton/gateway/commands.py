"""What an exchange asks of its face, and what the face tells it back.

An exchange is a generator: it yields a command and is sent the event that came of it. A command
that fails with one of our errors has that error thrown in. The face does all I/O and decides
nothing.

| command | event |
|---|---|
| ReadBody | BodyRead or ClientGone; throws TooLarge |
| Record | Recorded; throws Unavailable (nothing is known to be recorded) |
| Offer | Taken, at once; throws Unavailable (the ledger stopped) |
| OpenUpstream, CloseUpstream | Done |
| NextChunk | Chunk, UpstreamEnded, UpstreamFailed, Quiet or ClientGone |
| Begin, Release, End, Reply, Refuse, Kill | Done or ClientGone |
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from adyton.gateway.dialects.dialect import Dialect
from adyton.terms import AdytonError, Fact, Promise, ReceiptId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBody:
    """Read the whole body, at most so many bytes, within so many seconds."""

    limit_bytes: int
    wait_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Give the fact to the ledger and wait until it is durable."""

    fact: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Offer the fact of a refusal to the ledger, without waiting for it."""

    fact: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenUpstream:
    """Begin the request to the model server; what comes of it is read by NextChunk."""

    upstream: str
    question: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class NextChunk:
    """Wait for the next bytes of the upstream, or say Quiet after so many seconds."""

    wait_s: float


@dataclass(frozen=True, slots=True)
class CloseUpstream:
    """End the request to the model server, wherever it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Send a whole 200 answer, with the promise of the fact that covers it."""

    body: bytes
    promise: Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """Send the head of a 200 event stream, with the promise of the fact that covers it."""

    promise: Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Send whole frames of the stream."""

    data: bytes


@dataclass(frozen=True, slots=True)
class End:
    """End the stream properly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """Answer with an error; nothing was begun. `code` "" takes the code of the error's family."""

    error: AdytonError
    code: str
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """End a begun stream with the kill frame of the dialect."""

    error: AdytonError
    code: str
    request_id: str
    dialect: Dialect


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyRead:
    """The whole body."""

    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The fact is durable."""

    promise: Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of an offered fact: its receipt, or None where there was no room."""

    receipt: ReceiptId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Bytes of the upstream."""

    data: bytes


@dataclass(frozen=True, slots=True)
class UpstreamEnded:
    """The upstream's body ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamFailed:
    """The upstream refused, broke off or could not be reached."""

    error: AdytonError


@dataclass(frozen=True, slots=True)
class Quiet:
    """Nothing came in the time given."""


@dataclass(frozen=True, slots=True)
class ClientGone:
    """The caller hung up."""


@dataclass(frozen=True, slots=True)
class Done:
    """It was done."""


Command: TypeAlias = (
    ReadBody
    | Record
    | Offer
    | OpenUpstream
    | NextChunk
    | CloseUpstream
    | Reply
    | Begin
    | Release
    | End
    | Refuse
    | Kill
)
Event: TypeAlias = (
    BodyRead | Recorded | Taken | Chunk | UpstreamEnded | UpstreamFailed | Quiet | ClientGone | Done
)
T = TypeVar("T")
Steps: TypeAlias = Generator[Command, Event, T]
"""A piece of an exchange that ends with a `T`."""
