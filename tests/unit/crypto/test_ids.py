import base64
import re

import pytest

from adyton.adapters.memory_ledger import SeededEntropy
from adyton.crypto.ids import base32, mint


def test_an_id_is_a_prefix_and_128_random_bits():
    entropy = SeededEntropy(1)
    first, second = mint("per", entropy), mint("per", entropy)
    assert first != second
    assert re.fullmatch(r"per_[a-z2-7]{26}", first)


def test_every_id_is_the_one_spelling_of_its_16_bytes_and_no_bit_of_them_stands_still():
    entropy, ones, zeros = SeededEntropy(2), 0, 0
    for _ in range(200):
        letters = mint("per", entropy).removeprefix("per_").upper()
        raw = base64.b32decode(letters + "======")
        assert base64.b32encode(raw).decode().rstrip("=") == letters
        number = int.from_bytes(raw, "big")
        ones, zeros = ones | number, zeros | ~number
    assert ones & zeros & (1 << 128) - 1 == (1 << 128) - 1


@pytest.mark.parametrize("size", [10, 16, 32])  # checksums, ids, secrets
def test_letters_are_those_of_rfc_4648(size):
    entropy = SeededEntropy(size)
    for raw in (b"\0" * size, b"\xff" * size, *(entropy.token(size) for _ in range(50))):
        assert base32(raw) == base64.b32encode(raw).decode().rstrip("=").lower()
