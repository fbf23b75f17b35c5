"""Hiding commitments: a digest that says nothing about a short text until it is opened.

`HMAC-SHA256(r, body)` with 32 random bytes r kept beside the body. A bare digest of a name or an
address could be guessed; this cannot, and erasing r erases the link.
"""

import hashlib
import hmac

from adyton.terms.errors import Tampered

OPENING_BYTES = 32


def commit(opening: bytes, body: bytes) -> str:
    """The commitment to `body` under the random 32 bytes `opening`, as hex."""
    return hmac.new(opening, body, hashlib.sha256).hexdigest()


def check_commitment(commitment: str, opening: bytes, body: bytes, *, what: str) -> None:
    """Raise Tampered, naming `what`, unless `body` and `opening` are what was committed to."""
    if len(opening) != OPENING_BYTES or not hmac.compare_digest(
        commit(opening, body).encode(), commitment.encode()
    ):
        raise Tampered(f"{what} is not what its fact commits to")
