"""Opaque ids: a prefix that says what kind, and 128 random bits that say nothing."""

from itertools import product

from adyton.terms.ports import Entropy

_ID_LETTERS = 26
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = tuple(first + second for first, second in product(_ALPHABET, repeat=2))
_PAIR_BITS = 10
_MASK = (1 << _PAIR_BITS) - 1
# 5 bits of a random byte to each letter; to the last one 3, where 128 bits end.
_LETTERS = bytes(ord(_ALPHABET[one & 31]) for one in range(256))
_LAST = tuple(_ALPHABET[(one & 7) << 2] for one in range(256))


def mint(prefix: str, entropy: Entropy) -> str:
    """A fresh id `<prefix>_<26 lower-case base32 characters>`."""
    raw = entropy.token(_ID_LETTERS)
    return f"{prefix}_{raw[:-1].translate(_LETTERS).decode('ascii')}{_LAST[raw[-1]]}"


def base32(raw: bytes) -> str:
    """RFC 4648 base32 in lower case without padding, for lengths that make whole pairs of letters.

    Quicker than the standard library's, and asked for once with every key.
    """
    size = len(raw) * 8
    fill = -size % _PAIR_BITS
    bits = int.from_bytes(raw, "big") << fill
    shifts = range(size + fill - _PAIR_BITS, -1, -_PAIR_BITS)
    return "".join([_PAIRS[bits >> shift & _MASK] for shift in shifts])
