"""The form of a key, and where keys of ours stand in a text (docs/formats/keys.md).

`adk_<id>_<secret><checksum>`: 26 + 52 + 16 characters of lower-case base32, always 99 in all.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass

from adyton.crypto.ids import base32
from adyton.terms import CredentialId, Secret, Span

KEY_LENGTH = 99
SECRET_BYTES = 32
_SECRET_LENGTH = 52
_CHECKSUM_BYTES = 10  # 80 bits: nobody without the perimeter key guesses one
_CHECKSUM_LENGTH = 16
_LABEL = b"adyton/key-checksum/v1\n"
_ID_PREFIX = "key_"
_FORM = re.compile(r"adk_([a-z2-7]{26})_([a-z2-7]{52})([a-z2-7]{16})", re.ASCII)
# A look-ahead, so that a damaged key cannot hide a whole one that begins inside it.
_ANYWHERE = re.compile(rf"(?=({_FORM.pattern}))", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyText:
    """The pieces of a well-formed key. Holds a secret: never shown, never kept."""

    credential: CredentialId
    secret: Secret[str]
    genuine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundKey:
    """A key that stands in a text.

    `genuine`: its checksum holds, so this perimeter made it. Otherwise it only has the form: it
    is damaged, invented, or another perimeter's.
    """

    span: Span
    credential: CredentialId
    genuine: bool


def new_secret(raw: bytes) -> Secret[str]:
    """The secret of a key, in letters, from exactly 32 random bytes."""
    return Secret(base32(raw))


def write_key(
    credential: CredentialId, secret: Secret[str], checksum_key: Secret[bytes]
) -> Secret[str]:
    """The key to hand out, once."""
    stem = f"adk_{credential.removeprefix(_ID_PREFIX)}_{secret.reveal()}"
    return Secret(stem + _checksum(stem, checksum_key))


def has_form(presented: str) -> bool:
    """Whether a text has the form of a key; nothing else is looked at."""
    return len(presented) == KEY_LENGTH and _FORM.fullmatch(presented) is not None


def read_key(key: str, checksum_key: Secret[bytes]) -> KeyText:
    """The pieces of a text that has the form; whether it is genuine is left to the caller."""
    stem, checksum = key[:-_CHECKSUM_LENGTH], key[-_CHECKSUM_LENGTH:]
    identifier = stem.split("_")[1]
    return KeyText(
        credential=CredentialId(_ID_PREFIX + identifier),
        secret=Secret(stem[-_SECRET_LENGTH:]),
        genuine=hmac.compare_digest(checksum, _checksum(stem, checksum_key)),
    )


def secret_digest(secret: Secret[str]) -> str:
    """What is kept of a key: lower-case hex SHA-256 of the ASCII letters of its secret."""
    return hashlib.sha256(secret.reveal().encode("ascii")).hexdigest()


def find_keys(text: str, checksum_key: Secret[bytes]) -> tuple[FoundKey, ...]:
    """Every place where a key stands, in order; for sweeps, exhibits and outgoing answers."""
    found = []
    for match in _ANYWHERE.finditer(text):
        pieces = read_key(match.group(1), checksum_key)
        span = Span(start=match.start(1), end=match.end(1))
        found.append(FoundKey(span=span, credential=pieces.credential, genuine=pieces.genuine))
    return tuple(found)


def _checksum(stem: str, checksum_key: Secret[bytes]) -> str:
    mac = hmac.digest(checksum_key.reveal(), _LABEL + stem.encode("ascii"), "sha256")
    return base32(mac[:_CHECKSUM_BYTES])
