"""Sealed bodies: AES-256-GCM over the opening of the commitment and the body, bound to a receipt.

Wire form: nonce (12 bytes, random), ciphertext, tag (16). Plaintext: r (32 bytes), body bytes.
Associated data: the receipt id, so that a body cannot be moved to another fact.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adyton.crypto.commitments import OPENING_BYTES
from adyton.terms.errors import Tampered

KEY_BYTES = 32
NONCE_BYTES = 12


def seal_body(*, key: bytes, nonce: bytes, opening: bytes, body: bytes, receipt: str) -> bytes:
    """The sealed form; `nonce` is 12 fresh random bytes (at most 2**32 bodies a key)."""
    return nonce + AESGCM(key).encrypt(nonce, opening + body, receipt.encode())


def open_body(
    *, key: bytes, sealed: bytes, receipt: str, what: str = "a sealed body"
) -> tuple[bytes, bytes]:
    """(opening, body bytes) of a sealed body. Raises Tampered, naming `what`."""
    try:
        plain = AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], receipt.encode())
    except (InvalidTag, ValueError) as error:
        raise Tampered(f"{what} does not open under its key") from error
    if len(plain) < OPENING_BYTES:
        raise Tampered(f"{what} is too short")
    return plain[:OPENING_BYTES], plain[OPENING_BYTES:]
