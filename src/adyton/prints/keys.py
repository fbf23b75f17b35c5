"""The key of the prints and the sub-keys that follow from it."""

import hashlib
from functools import cached_property

from adyton.terms import Malformed, Secret

KEY_BYTES = 32  # the shortest key taken: 256 bits
SIV_KEY_BYTES = 64  # AES-SIV with AES-256 (RFC 5297 section 2.2)
HASH_BYTES = 6  # 48 bits: 10**7 postings meet 10**6 foreign hashes by chance 0.04 times
ORDER_BYTES = 8


class PrintKey:
    """The secret without which prints say nothing. Who has it can confirm guesses of the content.

    Sub-keys are BLAKE2b of a label under the key (RFC 7693 keyed mode); each use has its own.
    """

    def __init__(self, secret: Secret[bytes]) -> None:
        if len(secret.reveal()) < KEY_BYTES:
            raise Malformed("the print key is too short", mend=f"give {KEY_BYTES} bytes or more")
        self._secret = secret

    def _derive(self, label: bytes, size_bytes: int) -> bytes:
        key = hashlib.sha512(self._secret.reveal()).digest()
        return hashlib.blake2b(label, key=key, digest_size=size_bytes).digest()

    @cached_property
    def _macs(self) -> dict[bytes, "hashlib.blake2b"]:
        labels = (b"gram", b"words", b"block")
        return {
            label: hashlib.blake2b(key=self._derive(label, SIV_KEY_BYTES), digest_size=HASH_BYTES)
            for label in labels
        }

    @cached_property
    def order(self) -> tuple[int, int]:
        """Two odd numbers that decide which k-grams a window keeps, so that nobody can aim."""
        raw = self._derive(b"order", 2 * ORDER_BYTES)
        return (
            int.from_bytes(raw[:ORDER_BYTES], "big") | 1,
            int.from_bytes(raw[ORDER_BYTES:], "big") | 1,
        )

    def hashes(self, label: bytes, items: list[bytes]) -> bytes:
        """The keyed hashes of `items`, `HASH_BYTES` each, joined. Label: gram, words or block."""
        base = self._macs[label]
        digests = []
        for item in items:
            mac = base.copy()
            mac.update(item)
            digests.append(mac.digest())
        return b"".join(digests)

    def sealing_key(self) -> bytes:
        """The AES-SIV key that print blobs are sealed under."""
        return self._derive(b"seal", SIV_KEY_BYTES)
