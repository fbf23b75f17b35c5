"""Opaque ids: a prefix that says what kind, and 128 random bits that say nothing."""

from itertools import product

from adyton.terms.ports import Entropy

_ID_BYTES = 16
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = tuple(first + second for first, second in product(_ALPHABET, repeat=2))
_PAIR_BITS = 10
_MASK = (1 << _PAIR_BITS) - 1


def mint(prefix: str, entropy: Entropy) -> str:
    """A fresh id `<prefix>_<26 lower-case base32 characters>`."""
    return f"{prefix}_{base32(entropy.token(_ID_BYTES))}"


def base32(raw: bytes) -> str:
    """RFC 4648 base32 in lower case without padding, for lengths that make whole pairs of letters.

    Quicker than the standard library's, and asked for once in every request.
    """
    size = len(raw) * 8
    fill = -size % _PAIR_BITS
    bits = int.from_bytes(raw, "big") << fill
    shifts = range(size + fill - _PAIR_BITS, -1, -_PAIR_BITS)
    return "".join([_PAIRS[bits >> shift & _MASK] for shift in shifts])
