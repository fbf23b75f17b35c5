import re

from adyton.adapters.memory_ledger import SeededEntropy
from adyton.crypto.ids import mint


def test_an_id_is_a_prefix_and_128_random_bits():
    entropy = SeededEntropy(1)
    first, second = mint("per", entropy), mint("per", entropy)
    assert first != second
    assert re.fullmatch(r"per_[a-z2-7]{26}", first)
