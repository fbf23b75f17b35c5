"""What the gateway needs from others. `Upstream` is the one async port of the whole program."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from adyton.identity import Principal
from adyton.policy import Grant
from adyton.terms import Act, AssetRef, Fact, Offered, Promise, Span, State


class Gatekeeper(Protocol):
    """Policy. Stores nothing; safe from threads; reads state that every earlier fact reached."""

    def ask(
        self,
        principal: Principal,
        act: Act,
        resource: AssetRef | None = None,
        *,
        purpose: str = "",
        copy: str = "",
        network: str = "",
    ) -> Grant:
        """The grant. Raises Locked, Refused, or Missing (it must look non-existent)."""

    def check_locks(
        self,
        principal: Principal,
        resource: AssetRef | None = None,
        *,
        copy: str = "",
        network: str = "",
    ) -> None:
        """Nothing, or Locked where a lock stands or the credential ended."""


class Recorder(Protocol):
    """The ledger as the gateway sees it. Facts are committed in the order of `submit`."""

    def submit(
        self, fact: Fact, *, guard: Callable[[State], None] | None = None
    ) -> Future[Promise]:
        """Offer a fact; once the future has its promise it is durable. Safe from threads."""

    def promise(self, promise: Promise) -> bytes:
        """The promise as a signed note for the caller. Pure; safe from threads."""

    def offer(self, fact: Fact) -> Offered | None:
        """Offer the fact of a refusal, at once and without order; None where there is no room."""


class Upstream(Protocol):
    """The model servers. Nothing durable; each call is one request; nothing is tried again."""

    def ask(self, upstream: str, question: Mapping[str, object]) -> AsyncGenerator[bytes, None]:
        """The bytes of a streamed OpenAI chat answer as they come; closing it ends the request.

        Raises Unavailable (also in mid-stream) or Misconfigured (no such upstream).
        """

    async def close(self) -> None:
        """End all connections."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """Protected content found in an outgoing text.

    `spans` are ranges of that text. `never`: not one character of it may leave (a key, a
    canary); otherwise it counts toward the limits on quoting.
    """

    what: str  # version id, credential id, or the kind of content
    spans: tuple[Span, ...]
    never: bool = False


Authenticate: TypeAlias = Callable[[str], Principal]
"""Who presents this key. Raises Unidentified: one constant message, constant time."""

Egress: TypeAlias = Callable[[str], Sequence[Quoted]]
"""What of this text is protected. Any error that it raises ends the answer: fail closed."""

Fingerprint: TypeAlias = Callable[[str], str]
"""The prints of an answer, base64; they are kept with the answer, sealed."""
