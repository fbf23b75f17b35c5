"""Opaque ids: a prefix that says what kind, and 128 random bits that say nothing."""

import base64

from adyton.terms.ports import Entropy

_ID_BYTES = 16


def mint(prefix: str, entropy: Entropy) -> str:
    """A fresh id `<prefix>_<26 lower-case base32 characters>`."""
    text = base64.b32encode(entropy.token(_ID_BYTES)).decode("ascii")
    return f"{prefix}_{text.rstrip('=').lower()}"
