"""HPKE (RFC 9180) in one suite: X25519, HKDF-SHA256, AES-256-GCM, base mode, single shot.

Base mode does not say who sealed: whatever depends on the sender needs a signature besides.
There is no separate authenticated data, so everything that a message belongs to goes into
`info`, built with `bind` so that no two lists of fields give the same bytes.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from adyton.terms import Entropy, Malformed, Secret, Tampered

KEY_BYTES = 32
OVERHEAD_BYTES = 48
"""Encapsulated key and tag: what a sealed message is longer than its plaintext."""


class HpkeKey:
    """A private key; `public` is its raw public half (32 bytes)."""

    __slots__ = ("_private", "public")

    def __init__(self, private: Secret[bytes]) -> None:
        if len(private.reveal()) != KEY_BYTES:
            raise Malformed("an HPKE private key is 32 bytes")
        self._private = X25519PrivateKey.from_private_bytes(private.reveal())
        self.public: bytes = self._private.public_key().public_bytes_raw()

    @classmethod
    def generate(cls, entropy: Entropy) -> "HpkeKey":
        """A fresh key that exists in this process only."""
        return cls(Secret(entropy.token(KEY_BYTES)))

    def open(self, sealed: bytes, *, info: bytes) -> bytes:
        """The plaintext. Raises Tampered for another key, another `info` or changed bytes."""
        try:
            return _suite().decrypt(sealed, self._private, info=info)
        except (InvalidTag, ValueError) as error:
            raise Tampered("sealed message does not open with this key and context") from error


def seal(plaintext: bytes, *, public: bytes, info: bytes) -> bytes:
    """`plaintext` for the holder of `public`, readable only together with the same `info`."""
    if len(public) != KEY_BYTES:
        raise Malformed("an HPKE public key is 32 bytes")
    try:
        return _suite().encrypt(plaintext, X25519PublicKey.from_public_bytes(public), info=info)
    except ValueError as error:  # a point of small order: no secret could be shared with it
        raise Malformed("not a usable HPKE public key") from error


def bind(label: str, *fields: bytes) -> bytes:
    """A label and fields as one unambiguous byte string, each length-prefixed (32 bits)."""
    items = (label.encode(), *fields)
    return b"".join(len(item).to_bytes(4, "big") + item for item in items)


def _suite() -> Suite:
    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
