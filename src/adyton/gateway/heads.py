"""The head of a request, and all that makes it malformed before anybody is asked who they are.

Sources: CVE-2026-49468 (host confusion), pomerium#6590 (two credentials, first wins).
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache

from adyton.terms import Malformed, Unidentified

CREDENTIAL_BYTES = 200  # longer ones reach no storage (CVE-2026-42208)
_PATH = re.compile(rb"/[A-Za-z0-9._/-]*", re.ASCII)
_HOST = re.compile(rb"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]{1,253})(?::[0-9]{1,5})?", re.ASCII)
_BEARER = re.compile(rb"(?i:bearer) +([\x21-\x7e]+)", re.ASCII)
_PURPOSE = re.compile(rb"[a-z0-9][a-z0-9_-]{0,39}", re.ASCII)  # as entitlements have them
_FINGERPRINT_PREFIX = b"x-stainless-"
# Of every request anew, or of its kind: no trait of the client.
_LENGTH_DIGITS = 18
_PASSING = frozenset(
    {b"x-stainless-retry-count", b"x-stainless-read-timeout", b"x-stainless-timeout"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestHead:
    """Method, target as it stood in the request line, headers (lower-case names), sender."""

    method: str
    target: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    source: str  # the sender's address; personal, never in the tree
    _values: dict[bytes, tuple[bytes, ...]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        """Sort the headers by name, once."""
        values = self._values
        for name, value in self.headers:
            values[name] = (*values[name], value) if name in values else (value,)

    def all(self, name: bytes) -> tuple[bytes, ...]:
        """Every value of a header, in order."""
        return self._values.get(name, ())

    def one(self, name: bytes) -> bytes:
        """The value of a header that may stand once; b"" without it. Raises Malformed."""
        values = self._values.get(name)
        if values is None:
            return b""
        if len(values) > 1:
            raise Malformed(f"header {name.decode('ascii')}: given more than once")
        return values[0]


def path_of(head: RequestHead) -> str:
    """The path of a plain origin-form target. Raises Malformed for any other."""
    path = head.target.split(b"?", 1)[0]
    if not _PATH.fullmatch(path) or b"//" in path or b".." in path:
        raise Malformed("request target: not a plain path")
    return path.decode("ascii")


def check_host(head: RequestHead, hosts: Collection[str]) -> None:
    """Nothing, where the one Host header names one of `hosts`. Raises Malformed."""
    if _host_name(head.one(b"host")) not in hosts:
        raise Malformed("header host: not a name of this perimeter")


@lru_cache(maxsize=64)
def _host_name(value: bytes) -> str | None:
    """The name in a Host header; None where it holds none."""
    match = _HOST.fullmatch(value)
    return match.group(1).decode("ascii").lower() if match else None


def check_form(head: RequestHead) -> None:
    """Nothing, where the body is plain JSON. Raises Malformed.

    What follows a request to upgrade belongs to no protocol of ours: it is no body.
    """
    if head.all(b"upgrade"):
        raise Malformed("header upgrade: not served here")
    if head.one(b"content-encoding") not in {b"", b"identity"}:
        raise Malformed("header content-encoding: bodies are taken plain")
    kind = head.one(b"content-type").split(b";", 1)[0].strip().lower()
    if kind != b"application/json":
        raise Malformed("header content-type: must be application/json")


def credential_of(head: RequestHead) -> str:
    """The one key presented, in either header. Raises Malformed (two that differ), Unidentified."""
    bearer, plain = head.one(b"authorization"), head.one(b"x-api-key")
    if not bearer and not plain:
        raise Unidentified("no credential")
    match = _BEARER.fullmatch(bearer)
    keys = {key for key in (match.group(1) if match else bearer, plain) if key}
    if len(keys) > 1:
        raise Malformed("two credentials that differ", mend="send one")
    if bearer and match is None:
        raise Unidentified("no credential")
    key = keys.pop()
    if len(key) > CREDENTIAL_BYTES or not key.isascii():
        raise Unidentified("no credential of ours")
    return key.decode("ascii")


def purpose_of(head: RequestHead) -> str:
    """The purpose that the caller states, "" without one. Raises Malformed."""
    value = head.one(b"adyton-purpose")
    if value and not _PURPOSE.fullmatch(value):
        raise Malformed("header adyton-purpose: not a purpose")
    return value.decode("ascii")


def client_traits(head: RequestHead) -> bytes:
    """What tells one client program from another: forgeable, so a signal and no proof."""
    traits = [
        name + b":" + value
        for name, value in sorted(head.headers)
        if name == b"user-agent" or (name.startswith(_FINGERPRINT_PREFIX) and name not in _PASSING)
    ]
    return b"\n".join(traits)


def declared_bytes(head: RequestHead) -> int:
    """The length of the body that the head declares; 0 where it says nothing readable."""
    value = head.one(b"content-length")
    return int(value) if value.isdigit() and len(value) <= _LENGTH_DIGITS else 0


def retry_of(head: RequestHead) -> int:
    """Which attempt the SDK says this is; 0 where it says nothing readable."""
    values = head.all(b"x-stainless-retry-count")
    return int(values[0]) if len(values) == 1 and re.fullmatch(rb"[0-9]{1,2}", values[0]) else 0
