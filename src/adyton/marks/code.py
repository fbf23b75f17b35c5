"""The fingerprinting code: which wording a copy has in which slot (docs/formats/marks.md).

Published; secret are the key and what follows from it. Bits of two copies are independent, which
is all that the wrong-copy bound rests on.
"""

import hmac
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from adyton.marks.fact_values import VALUES
from adyton.terms import CopyId, Malformed, Secret, VersionId

_DOMAIN = b"adyton/marks/1/"
_UNIFORM_BITS = 64
_COLLUDERS_NUMBERS = (2, 4, 6, 8)
CODE_BIASES = 2  # c0 of code version 1: one bias, 1/2 (fewest slots where slots are few)
KEY_BYTES_MIN = 32
_BIAS_UNIT = 1 << 32


def draw(key: Secret[bytes], *fields: str) -> bytes:
    """32 bytes that only a holder of `key` can tell from random, by the fields' exact texts."""
    message = bytearray(_DOMAIN)
    for field in fields:
        raw = field.encode()
        message += len(raw).to_bytes(4, "big") + raw
    return hmac.digest(_checked(key), bytes(message), "sha256")


def key_id(key: Secret[bytes]) -> str:
    """A public name of the key, to see that a copy was written with it."""
    return "mk_" + draw(key, "key-id").hex()[:16]


def code_bit(
    key: Secret[bytes], *, version: VersionId, copy: CopyId, slot: int, bias: Fraction
) -> int:
    """The wording (0 or 1) of a copy in a code slot; 1 with chance `bias` over random copies."""
    uniform = int.from_bytes(draw(key, "code", version, copy, str(slot))[:8], "big")
    return int(uniform < bias * (1 << _UNIFORM_BITS))


def fact_value(key: Secret[bytes], *, version: VersionId, copy: CopyId, slot: int) -> int:
    """The 16-bit value of a copy in a fact slot, uniform over random copies."""
    return int.from_bytes(draw(key, "fact", version, copy, str(slot))[:2], "big") % VALUES


def pilot_values(
    key: Secret[bytes], *, version: VersionId, choices: int, pilots: int
) -> dict[int, int]:
    """The slots that hold the same wording in every copy, and which.

    They show how much of a leak was misread, and whether a text went through our marking at all.
    The key chooses them, so neither a holder of copies nor another owner of the same text knows.
    """
    drawn = {slot: draw(key, "pilot", version, str(slot)) for slot in range(choices)}
    chosen = sorted(drawn, key=drawn.__getitem__)[:pilots]
    return {slot: drawn[slot][-1] & 1 for slot in sorted(chosen)}


def nuida(colluders: int) -> tuple[tuple[Fraction, Fraction], ...]:
    """The discrete biases of Nuida et al. for c0 colluders (2, 4, 6, 8), with their weights.

    Gauss-Legendre nodes x and weights w: bias (1+x)/2, weight proportional to
    w / sqrt(p (1-p)). Rounded to multiples of 2**-32, so that every machine has the same.
    """
    if colluders not in _COLLUDERS_NUMBERS:
        raise Malformed("number of colluders", mend="use 2, 4, 6 or 8")
    nodes, weights = np.polynomial.legendre.leggauss(colluders // 2)
    biases = (1 + nodes) / 2
    shares = weights / np.sqrt(biases * (1 - biases))
    return tuple(
        (Fraction(round(p * _BIAS_UNIT), _BIAS_UNIT), Fraction(round(w * _BIAS_UNIT), _BIAS_UNIT))
        for p, w in zip(biases.tolist(), (shares / shares.sum()).tolist(), strict=True)
    )


def slot_biases(
    key: Secret[bytes],
    *,
    version: VersionId,
    slots: Sequence[int],
    table: Sequence[tuple[Fraction, Fraction]] | None = None,
) -> dict[int, Fraction]:
    """The bias of each slot: shares of the table kept exactly, order shuffled by the key."""
    chosen = nuida(CODE_BIASES) if table is None else table
    total = sum(weight for _, weight in chosen)
    shuffled = sorted(slots, key=lambda slot: draw(key, "bias", version, str(slot)))
    biases: dict[int, Fraction] = {}
    for at, slot in enumerate(shuffled):
        share = Fraction(2 * at + 1, 2 * len(shuffled)) * total
        for bias, weight in chosen:
            share -= weight
            biases[slot] = bias
            if share < 0:
                break
    return biases


def _checked(key: Secret[bytes]) -> bytes:
    raw = key.reveal()
    if len(raw) < KEY_BYTES_MIN:
        raise Malformed(f"mark key, under {KEY_BYTES_MIN} bytes", mend="derive it from the version")
    return raw
