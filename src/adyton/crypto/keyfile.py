"""Private keys at rest under a passphrase: Argon2id (RFC 9106), then AES-256-GCM.

The file is one JSON object: `format`, `kind` (what the secret is for), `public` (what anybody may
know of it, such as public keys), `memory_kib`, `passes`, `lanes`, `salt`, `nonce`, `sealed`, byte
strings in hex. All but `sealed` is authenticated as associated data.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from adyton.crypto.canonical import canonical_json
from adyton.terms import Entropy, Malformed, Refused, Secret, TooLarge

FORMAT: Literal["adyton/keyfile/v1"] = "adyton/keyfile/v1"
MAX_FILE_BYTES = 65_536
MIN_PASSPHRASE = 8

_KEY_BYTES = 32
_SALT_BYTES = 16
_NONCE_BYTES = 12

Hex = Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{2})*$", max_length=MAX_FILE_BYTES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """How hard guessing is made. The default is RFC 9106's second choice, on one lane fewer."""

    memory_kib: int = 65_536
    passes: int = 3
    lanes: int = 2


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file as it stands; the ceilings keep a hostile file from eating the machine."""

    format: Literal["adyton/keyfile/v1"]
    kind: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    public: dict[str, str]
    memory_kib: Annotated[int, msgspec.Meta(ge=64, le=262_144)]
    passes: Annotated[int, msgspec.Meta(ge=1, le=10)]
    lanes: Annotated[int, msgspec.Meta(ge=1, le=8)]
    salt: Hex
    nonce: Hex
    sealed: Hex


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a key file held: the secret, and the public part that came with it."""

    secret: Secret[bytes]
    public: Mapping[str, str]


def seal_keyfile(
    secret: Secret[bytes],
    *,
    kind: str,
    public: Mapping[str, str],
    passphrase: Secret[str],
    entropy: Entropy,
    work: Work | None = None,
) -> bytes:
    """The bytes of a key file. Raises Malformed for a passphrase of fewer than 8 characters."""
    if len(passphrase.reveal()) < MIN_PASSPHRASE:
        raise Malformed("passphrase is too short", mend="use at least 8 characters")
    effort = work or Work()
    salt, nonce = entropy.token(_SALT_BYTES), entropy.token(_NONCE_BYTES)
    head: dict[str, str | int | dict[str, str]] = {
        "format": FORMAT,
        "kind": kind,
        "public": dict(public),
        "memory_kib": effort.memory_kib,
        "passes": effort.passes,
        "lanes": effort.lanes,
        "salt": salt.hex(),
        "nonce": nonce.hex(),
    }
    key = _stretch(passphrase, salt, effort)
    sealed = AESGCM(key).encrypt(nonce, secret.reveal(), canonical_json(head))
    return canonical_json({**head, "sealed": sealed.hex()}) + b"\n"


def open_keyfile(blob: bytes, *, kind: str, passphrase: Secret[str]) -> Opened:
    """The secret of a key file.

    Raises Malformed for what is no key file of this kind, Refused for a wrong passphrase or a
    changed file (the two cannot be told apart).
    """
    found = _parse(blob)
    if found.kind != kind:
        raise Malformed("key file is of another kind")
    salt, nonce = bytes.fromhex(found.salt), bytes.fromhex(found.nonce)
    if len(salt) != _SALT_BYTES or len(nonce) != _NONCE_BYTES:
        raise Malformed("key file: salt or nonce has the wrong length")
    effort = Work(memory_kib=found.memory_kib, passes=found.passes, lanes=found.lanes)
    fields = msgspec.to_builtins(found)
    sealed = bytes.fromhex(fields.pop("sealed"))
    try:
        secret = AESGCM(_stretch(passphrase, salt, effort)).decrypt(
            nonce, sealed, canonical_json(fields)
        )
    except InvalidTag as error:
        raise Refused(
            "key file does not open", mend="check the passphrase, or restore the file from backup"
        ) from error
    return Opened(secret=Secret(secret), public=found.public)


def read_public(blob: bytes, *, kind: str) -> Mapping[str, str]:
    """The public part alone, without the passphrase, and therefore not authenticated."""
    found = _parse(blob)
    if found.kind != kind:
        raise Malformed("key file is of another kind")
    return found.public


def _parse(blob: bytes) -> _File:
    if len(blob) > MAX_FILE_BYTES:
        raise TooLarge("key file is larger than any key file")
    try:
        return msgspec.json.decode(blob, type=_File)
    except (msgspec.MsgspecError, ValueError) as error:
        raise Malformed("not a key file", mend="give the file that `init` or `enroll` wrote") from (
            error
        )


def _stretch(passphrase: Secret[str], salt: bytes, work: Work) -> bytes:
    derivation = Argon2id(
        salt=salt,
        length=_KEY_BYTES,
        iterations=work.passes,
        lanes=work.lanes,
        memory_cost=work.memory_kib,
    )
    try:
        text = passphrase.reveal().encode()
    except UnicodeEncodeError:
        # `from None`: that error carries the whole passphrase
        raise Malformed("passphrase is not text", mend="use characters of UTF-8") from None
    return derivation.derive(text)
