"""The one synchronous HTTP client: our own gateway's first customer, and tries of closed paths.

Only addresses from the settings; no redirects, no proxies, no cookies; plain HTTP on loopback,
TLS elsewhere. Not for the data path.
"""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from adyton.terms import Misconfigured, Refused, Secret, Unavailable

LARGEST_ANSWER_BYTES = 4 * 1024 * 1024
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
OK = 200
DENIED = frozenset({401, 403, 404})


def request(
    method: str,
    url: str,
    *,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    timeout_s: float = 60,
) -> tuple[int, bytes]:
    """Status and body of one request. Raises Unavailable, Misconfigured (an unsafe address)."""
    connection, path = connect(url, timeout_s=timeout_s)
    try:
        connection.request(method, path, body=body, headers=dict(headers or {}))
        answer = connection.getresponse()
        content = answer.read(LARGEST_ANSWER_BYTES + 1)
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable("the server does not answer", mend="is it running?") from error
    finally:
        connection.close()
    if len(content) > LARGEST_ANSWER_BYTES:
        raise Unavailable("the server's answer is too large", mend="is it the right server?")
    return answer.status, content


def connect(url: str, *, timeout_s: float) -> tuple[http.client.HTTPConnection, str]:
    """A connection that opens at first use, and the path to ask for. Raises Misconfigured."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise Misconfigured("an address is no URL", mend="mend it in config.toml") from error
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    if parts.scheme == "https" and host:
        return http.client.HTTPSConnection(host, port, timeout=timeout_s), path
    if parts.scheme == "http" and host in LOOPBACK:
        return http.client.HTTPConnection(host, port, timeout=timeout_s), path
    raise Misconfigured("plain HTTP is for loopback only", mend="use https in config.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayModel:
    """A model behind our own gateway, asked with a person's own credential."""

    base_url: str
    key: Secret[str]
    model: str
    max_tokens: int = 96

    def explain(self, prompt: str) -> str:
        """The model's words (see `analyst.Explainer`). Raises Refused, Unavailable."""
        question = {
            "model": self.model,
            "max_tokens": self.max_tokens,
            "temperature": 0,
            "messages": [{"role": "user", "content": prompt}],
        }
        status, body = request(
            "POST",
            f"{self.base_url}/v1/chat/completions",
            body=json.dumps(question).encode(),
            headers={
                "authorization": f"Bearer {self.key.reveal()}",
                "content-type": "application/json",
            },
        )
        if status in DENIED:
            raise Refused("the gateway refused the question", mend="ask for an entitlement")
        if status != OK:
            raise Unavailable("the gateway gave no answer")
        return text_of(body)


def text_of(body: bytes) -> str:
    """The text of a chat completion. Raises Unavailable if there is none."""
    try:
        answer: Any = json.loads(body)
        return str(answer["choices"][0]["message"]["content"])
    except (ValueError, LookupError, TypeError) as error:
        raise Unavailable("the gateway's answer could not be read") from error
