"""C2SP signed notes: a text that people can read, and signature lines below it.

Steps of `open_note`, in the order of the specification:

1. the bytes are UTF-8 without control characters and split into text and signature lines;
2. lines by keys that we do not know are ignored, so that logs may add witnesses;
3. a line by a key that we know must verify, else the whole note is Tampered;
4. at least one known key signed, else Tampered.

The caller checks that the keys which verified are those it needs (`Note.signers`), and when.
Key types: 0x01 Ed25519 over the text; 0x04 Ed25519 cosignature/v1 over a time and the text; 0x06
ML-DSA-44 cosignature over cosigner, time, and the three lines of a checkpoint (`mldsa`).
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from adyton.crypto.lines import decode_base64
from adyton.crypto.mldsa import MLDSA44_PUBLIC_BYTES, cosigned_message, mldsa_holds, mldsa_key
from adyton.terms.errors import Malformed, Tampered, TooLarge

__all__ = [
    "COSIGNATURE",
    "ED25519",
    "MAX_NOTE_BYTES",
    "MAX_SIGNATURES",
    "MLDSA44",
    "Note",
    "Signature",
    "Signer",
    "VerifierKey",
    "decode_base64",
    "open_note",
    "parse_note",
    "parse_signature_lines",
    "parse_skey",
    "parse_vkey",
]

ED25519 = 0x01
COSIGNATURE = 0x04
MLDSA44 = 0x06
MAX_NOTE_BYTES = 1_000_000
MAX_SIGNATURES = 100  # the specification wants at least 16
_KEY_ID_BYTES = 4
_SEED_BYTES = 32
_TIME_BYTES = 8
_MAX_TIME_S = 2**63 - 1
_PUBLIC_BYTES = {ED25519: 32, COSIGNATURE: 32, MLDSA44: MLDSA44_PUBLIC_BYTES}
_FIRST_PRINTABLE = 0x20
_SIGNATURE_START = "— "


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """A public key with its name, as in `name+hash+base64` (a vkey)."""

    name: str
    algorithm: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The four bytes that mark this key's signatures."""
        content = self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public
        return hashlib.sha256(content).digest()[:_KEY_ID_BYTES]

    def __str__(self) -> str:
        material = base64.b64encode(bytes([self.algorithm]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{material}"

    def holds(self, text: str, signature: bytes) -> bool:
        """Whether `signature` is this key's over `text`."""
        if self.algorithm == ED25519:
            return _ed25519_holds(self.public, signature, text.encode())
        time_s = int.from_bytes(signature[:_TIME_BYTES], "big")
        signature = signature[_TIME_BYTES:]
        if time_s > _MAX_TIME_S:
            return False
        if self.algorithm == COSIGNATURE:
            return _ed25519_holds(self.public, signature, _cosigned(time_s, text))
        try:
            message = cosigned_message(text, cosigner=self.name, time_s=time_s)
        except Malformed:
            return False
        # at time 0 a cosigner does not say that it knows of no larger tree: no use to us
        return time_s > 0 and mldsa_holds(self.public, signature, message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature line."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        material = base64.b64encode(self.key_id + self.signature).decode()
        return f"{_SIGNATURE_START}{self.name} {material}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A text with signature lines; `signers` are the keys whose line was verified."""

    text: str
    signatures: tuple[Signature, ...]
    signers: tuple[VerifierKey, ...] = ()

    def to_bytes(self) -> bytes:
        """The note as it is written."""
        return f"{self.text}\n{''.join(map(str, self.signatures))}".encode()


class Signer:
    """A private key with its name, of one of the three types. All have seeds of 32 bytes."""

    __slots__ = ("_private", "_seed", "key")

    def __init__(self, *, name: str, seed: bytes, algorithm: int = ED25519) -> None:
        _check_name(name)
        if len(seed) != _SEED_BYTES or algorithm not in _PUBLIC_BYTES:
            raise Malformed("a signing key has the wrong type or length")
        self._seed = seed
        self._private = (
            mldsa_key(seed) if algorithm == MLDSA44 else Ed25519PrivateKey.from_private_bytes(seed)
        )
        self.key = VerifierKey(
            name=name, algorithm=algorithm, public=self._private.public_key().public_bytes_raw()
        )

    def sign(self, text: str) -> Signature:
        """This key's line over `text` (type 0x01)."""
        return self._line(self._private.sign(text.encode()))

    def cosign(self, text: str, *, time_s: int) -> Signature:
        """This key's line over a checkpoint's text, at `time_s` (types 0x04 and 0x06)."""
        message = (
            cosigned_message(text, cosigner=self.key.name, time_s=time_s)
            if self.key.algorithm == MLDSA44
            else _cosigned(time_s, text)
        )
        return self._line(time_s.to_bytes(_TIME_BYTES, "big") + self._private.sign(message))

    def to_skey(self) -> str:
        """The private key as text: `PRIVATE+KEY+name+hash+base64`. A secret."""
        material = base64.b64encode(bytes([self.key.algorithm]) + self._seed).decode()
        return f"PRIVATE+KEY+{self.key.name}+{self.key.key_id.hex()}+{material}"

    def _line(self, signature: bytes) -> Signature:
        return Signature(name=self.key.name, key_id=self.key.key_id, signature=signature)


def parse_vkey(text: str) -> VerifierKey:
    """The key written as `name+hash+base64`. Raises Malformed."""
    name, key_id, material = _split_key(text, "a verifier key")
    key = VerifierKey(name=name, algorithm=material[0], public=material[1:])
    if _PUBLIC_BYTES.get(key.algorithm) != len(key.public):
        raise Malformed("a verifier key is of an unknown type or length")
    if key.key_id != key_id:
        raise Malformed("a verifier key does not match its own hash")
    return key


def parse_skey(text: str) -> Signer:
    """The private key written as `PRIVATE+KEY+name+hash+base64`. Raises Malformed."""
    if not text.startswith("PRIVATE+KEY+"):
        raise Malformed("a signing key does not start with PRIVATE+KEY")
    name, key_id, material = _split_key(text.removeprefix("PRIVATE+KEY+"), "a signing key")
    signer = Signer(name=name, seed=material[1:], algorithm=material[0])
    if signer.key.key_id != key_id:
        raise Malformed("a signing key does not match its own hash")
    return signer


def parse_note(data: bytes, *, limit_bytes: int = MAX_NOTE_BYTES) -> Note:
    """Text and signature lines, nothing verified. Raises Malformed."""
    if len(data) > limit_bytes:
        raise TooLarge("a signed note is over its limit")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("a signed note is not UTF-8") from error
    if any(ord(char) < _FIRST_PRINTABLE and char != "\n" for char in whole):
        raise Malformed("a signed note holds a control character")
    text, gap, block = whole.rpartition("\n\n")
    if not gap or not block.endswith("\n"):
        raise Malformed("a signed note has no signature block")
    lines = block[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise TooLarge("a signed note has over 100 signatures")
    return Note(text=text + "\n", signatures=tuple(_parse_signature(line) for line in lines))


def open_note(
    data: bytes, keys: Sequence[VerifierKey], *, limit_bytes: int = MAX_NOTE_BYTES
) -> Note:
    """The note with the keys that verified. Raises Malformed or Tampered (see the steps above)."""
    # (1): read it
    note = parse_note(data, limit_bytes=limit_bytes)
    known = {(key.name, key.key_id): key for key in keys}
    signers: dict[VerifierKey, None] = {}
    lines: list[Signature] = []
    for line in note.signatures:
        # (2): pass over strangers; drop what a known key says a second time
        key = known.get((line.name, line.key_id))
        if key in signers:
            continue
        lines.append(line)
        if key is None:
            continue
        # (3): try those we know
        if not key.holds(note.text, line.signature):
            raise Tampered("a signature by a known key does not verify")
        signers[key] = None
    # (4): demand one
    if not signers:
        raise Tampered("no known key signed the note")
    return Note(text=note.text, signatures=tuple(lines), signers=tuple(signers))


def parse_signature_lines(data: bytes) -> tuple[Signature, ...]:
    """Signature lines on their own, as a witness answers them. Raises Malformed."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("a signature line is not UTF-8") from error
    if not text.endswith("\n") or text.count("\n") > MAX_SIGNATURES:
        raise Malformed("signature lines are cut or too many")
    return tuple(_parse_signature(line) for line in text[:-1].split("\n"))


def _parse_signature(line: str) -> Signature:
    name, _, material = line.removeprefix(_SIGNATURE_START).partition(" ")
    if not line.startswith(_SIGNATURE_START):
        raise Malformed("a signature line does not start with a dash")
    _check_name(name)
    data = decode_base64(material, what="a signature line")
    if len(data) <= _KEY_ID_BYTES:
        raise Malformed("a signature line is too short")
    return Signature(name=name, key_id=data[:_KEY_ID_BYTES], signature=data[_KEY_ID_BYTES:])


def _split_key(text: str, what: str) -> tuple[str, bytes, bytes]:
    name, _, rest = text.partition("+")
    hexed, _, encoded = rest.partition("+")
    _check_name(name)
    material = decode_base64(encoded, what=what)
    try:
        key_id = bytes.fromhex(hexed)
    except ValueError as error:
        raise Malformed(f"{what} has no hash") from error
    if len(key_id) != _KEY_ID_BYTES or key_id.hex() != hexed or not material:
        raise Malformed(f"{what} has a hash or key of the wrong length")
    return name, key_id, material


def _check_name(name: str) -> None:
    if not name or "+" in name or any(char.isspace() for char in name) or not name.isprintable():
        raise Malformed("a key name is empty, or holds a space or a plus sign")


def _cosigned(time_s: int, text: str) -> bytes:
    return f"cosignature/v1\ntime {time_s}\n{text}".encode()


def _ed25519_holds(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
