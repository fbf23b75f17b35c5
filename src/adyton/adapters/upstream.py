"""The model servers over HTTP: aiohttp, one central credential each, no redirects, no cookies."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass

import aiohttp

from adyton.terms import Misconfigured, Secret, Unavailable

PATH = "/v1/chat/completions"
CONNECTIONS = 256
CONNECT_S = 5.0
SILENCE_S = 120.0  # longest wait for the next bytes of an answer
_OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A model server: where it is, its key, and what it calls the model.

    `base_url` is configuration of ours and never comes from a request.
    """

    base_url: str
    key: Secret[str]
    model: str


class HttpUpstream:
    """`Upstream` over HTTP/1.1. One event loop; the session is made on it at first use."""

    def __init__(self, targets: Mapping[str, Target] | None = None) -> None:
        self._targets = dict(targets or {})
        self._session: aiohttp.ClientSession | None = None

    def use(self, name: str, target: Target) -> None:
        """Lead a name to a server, from the next request on. Safe from threads."""
        self._targets = {**self._targets, name: target}

    async def ask(
        self, upstream: str, question: Mapping[str, object]
    ) -> AsyncGenerator[bytes, None]:
        """The bytes of a streamed answer. Raises Unavailable, Misconfigured."""
        target = self._targets.get(upstream)
        if target is None:
            raise Misconfigured("endpoint: no such upstream", mend="configure it")
        try:
            async with self._open().post(
                target.base_url.rstrip("/") + PATH,
                json={**question, "model": target.model},
                headers={"authorization": f"Bearer {target.key.reveal()}"},
                allow_redirects=False,
            ) as response:
                _check(response)
                async for data in response.content.iter_any():
                    yield data
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise Unavailable("the model server could not be reached", mend="try later") from error

    async def close(self) -> None:
        """End all connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS),
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=CONNECT_S, sock_read=SILENCE_S
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                headers={"accept-encoding": "identity", "user-agent": "adyton"},
            )
        return self._session


def _check(response: aiohttp.ClientResponse) -> None:
    """Nothing, where it is a plain event stream. Raises Unavailable; the body is not looked at."""
    plain = response.headers.get("content-encoding", "identity") == "identity"
    if response.status != _OK or not plain or response.content_type != "text/event-stream":
        raise Unavailable("the model server answered with no stream", mend="look at its log")
