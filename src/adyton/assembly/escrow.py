"""Keys in escrow: what a home's data cannot be used without, sealed under a passphrase, apart.

The payload is JSON: the time, every file of `H/keys/`, and every body key. It is sealed under a
fresh key (AES-256-GCM), and that key in a key file (Argon2id). An escrow keeps alive what is
erased after it: destroy it as fast as your promise of erasure says.
"""

import base64
from dataclasses import dataclass
from pathlib import Path

import msgspec

from adyton.adapters import home_files
from adyton.adapters.clock import SystemClock, SystemEntropy
from adyton.adapters.sqlite import SqliteBodyKeys
from adyton.assembly.home import HomePaths
from adyton.crypto.bodies import KEY_BYTES, NONCE_BYTES, open_body, seal_body
from adyton.crypto.commitments import OPENING_BYTES
from adyton.crypto.keyfile import open_keyfile, seal_keyfile
from adyton.ledger.ports import BodyKey
from adyton.terms import Malformed, Secret

KIND = "adyton/escrow/v1"


class KeptKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One body key."""

    key_id: str
    subject: str
    month: str
    key: bytes


class Payload(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is sealed: the time, the files of `keys/` by name, the body keys."""

    made_at_s: int
    files: dict[str, bytes]
    body_keys: tuple[KeptKey, ...]


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    format: str
    keyfile: str
    sealed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What an escrow file now holds."""

    files: int
    body_keys: int


def collect(home: Path) -> Payload:
    """The keys of a home, in the clear; safe beside its owner."""
    paths = HomePaths.of(home)
    body_keys = SqliteBodyKeys(paths.state / "bodykeys.db")
    try:
        kept = tuple(
            KeptKey(key_id=one.key_id, subject=one.subject, month=one.month, key=one.key)
            for one in body_keys.every()
        )
    finally:
        body_keys.close()
    files = {
        place.name: home_files.read_small(place, limit_bytes=65_536)
        for place in home_files.list_files(paths.keys)
    }
    return Payload(made_at_s=int(SystemClock().now_s()), files=files, body_keys=kept)


def seal(home: Path, target: Path, passphrase: Secret[str]) -> Kept:
    """Write the keys of a home into the new file `target`, sealed."""
    payload, entropy = collect(home), SystemEntropy()
    key = entropy.token(KEY_BYTES)
    sealed = seal_body(
        key=key,
        nonce=entropy.token(NONCE_BYTES),
        opening=entropy.token(OPENING_BYTES),
        body=msgspec.json.encode(payload),
        receipt=KIND,
    )
    keyfile = seal_keyfile(
        Secret(key),
        kind=KIND,
        public={"made_at_s": str(payload.made_at_s)},
        passphrase=passphrase,
        entropy=entropy,
    )
    document = _File(
        format=KIND, keyfile=keyfile.decode(), sealed=base64.b64encode(sealed).decode()
    )
    home_files.reserve(target)
    home_files.write_private(target, msgspec.json.encode(document) + b"\n")
    return Kept(files=len(payload.files), body_keys=len(payload.body_keys))


def unseal(path: Path, passphrase: Secret[str]) -> Payload:
    """What an escrow file holds. Raises Refused (passphrase), Malformed, Tampered."""
    try:
        document = msgspec.json.decode(home_files.read_small(path), type=_File)
        sealed = base64.b64decode(document.sealed, validate=True)
    except (msgspec.DecodeError, ValueError) as error:
        raise Malformed(f"{path.name} is no escrow of keys") from error
    opened = open_keyfile(document.keyfile.encode(), kind=KIND, passphrase=passphrase)
    _, payload = open_body(key=opened.secret.reveal(), sealed=sealed, receipt=KIND)
    try:
        return msgspec.json.decode(payload, type=Payload)
    except msgspec.DecodeError as error:
        raise Malformed(f"{path.name} is an escrow of another version") from error


def body_key(kept: KeptKey) -> BodyKey:
    """The key as the ledger keeps it."""
    return BodyKey(key_id=kept.key_id, subject=kept.subject, month=kept.month, key=kept.key)
