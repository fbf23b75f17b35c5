"""Shamir's secret sharing over GF(256) with the polynomial 0x11b, byte by byte.

Source: A. Shamir, "How to share a secret" (1979); the field is that of AES (FIPS 197, section 4).
Multiplication runs a fixed number of steps and looks nothing up in a table that is indexed by
a secret. A wrong share gives a wrong secret without any sign: callers compare each share with
its commitment before `join`, and the result with a key check value after it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from adyton.terms import Entropy, Malformed

MAX_SHARES = 255
"""The non-zero points of the field."""

_REDUCTION = 0x1B
_BITS = 8
_BYTE = 0xFF
_INVERSE_EXPONENT_BITS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One point: `x` in 1..255, `y` as long as the secret. `y` never shows in `repr`."""

    x: int
    y: bytes = field(repr=False)


def split(secret: bytes, *, threshold: int, count: int, entropy: Entropy) -> tuple[Share, ...]:
    """`count` shares, any `threshold` of which give the secret back; fewer tell nothing.

    A threshold of 1 gives every holder the secret itself: whoever composes trees forbids it
    where one person would then suffice. Raises Malformed for impossible numbers.
    """
    if not 1 <= threshold <= count <= MAX_SHARES:
        raise Malformed("threshold and number of shares do not fit together")
    if not secret:
        raise Malformed("an empty secret cannot be shared")
    rows = [bytes(secret), *(entropy.token(len(secret)) for _ in range(threshold - 1))]
    return tuple(Share(x=x, y=_evaluate(rows, x)) for x in range(1, count + 1))


def join(shares: Sequence[Share], *, threshold: int) -> bytearray:
    """The secret from exactly `threshold` distinct shares, in memory that the caller wipes.

    Raises Malformed when shares are too few, repeat a point, stand at x = 0 or differ in length.
    """
    if len(shares) != threshold or threshold < 1:
        raise Malformed("not the number of shares that the threshold asks for")
    points = [share.x for share in shares]
    if len(set(points)) != len(points) or not all(1 <= x <= MAX_SHARES for x in points):
        raise Malformed("shares repeat a point or stand outside the field")
    if len({len(share.y) for share in shares}) != 1:
        raise Malformed("shares differ in length")
    secret = bytearray(len(shares[0].y))
    for share in shares:
        weight = _weight_at_zero(share.x, points)
        for position, value in enumerate(share.y):
            secret[position] ^= multiply(weight, value)
    return secret


def commitment(*, label: bytes, context: bytes, share: bytes) -> bytes:
    """SHA-256 over length-prefixed label, context and encoded share: public, names a wrong one.

    It hides nothing by itself; a share has as much entropy as the secret, which is what hides.
    """
    digest = hashlib.sha256()
    for item in (label, context, share):
        digest.update(len(item).to_bytes(4, "big"))
        digest.update(item)
    return digest.digest()


def multiply(left: int, right: int) -> int:
    """The product in GF(256), in eight equal steps whatever the operands."""
    product = 0
    for _ in range(_BITS):
        product ^= left & -(right & 1)
        right >>= 1
        left = ((left << 1) & _BYTE) ^ (_REDUCTION & -(left >> (_BITS - 1)))
    return product


def inverse(value: int) -> int:
    """The multiplicative inverse, as value**254; the inverse of 0 does not exist and gives 0."""
    result = 1
    for _ in range(_INVERSE_EXPONENT_BITS):
        result = multiply(multiply(result, result), value)
    return multiply(result, result)


def _evaluate(rows: Sequence[bytes], x: int) -> bytes:
    """The polynomials whose coefficients are the columns of `rows`, at `x` (Horner)."""
    values = bytearray(len(rows[0]))
    for row in reversed(rows):
        for position, coefficient in enumerate(row):
            values[position] = multiply(values[position], x) ^ coefficient
    return bytes(values)


def _weight_at_zero(x: int, points: Sequence[int]) -> int:
    """Lagrange's weight of the point `x` for the value at zero."""
    weight = 1
    for other in points:
        if other != x:
            weight = multiply(weight, multiply(other, inverse(other ^ x)))
    return weight
