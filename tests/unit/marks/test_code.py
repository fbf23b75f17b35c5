from collections import Counter
from fractions import Fraction

import pytest

from adyton.marks.code import (
    code_bit,
    draw,
    fact_value,
    key_id,
    nuida,
    pilot_values,
    slot_biases,
)
from adyton.terms import Malformed, Secret
from tests.unit.marks.leaks import VERSION, copies, key

HALF = Fraction(1, 2)
FROZEN_BITS = "00110100110001010011111011000010"
FROZEN_VALUE = 19572


def bits(mark_key, copy, bias=HALF, slots=400):
    return [
        code_bit(mark_key, version=VERSION, copy=copy, slot=slot, bias=bias)
        for slot in range(slots)
    ]


def test_the_same_copy_has_the_same_bits_for_ever():
    (copy,) = copies(1)
    # Frozen: copies in the field are read with this for ever.
    assert "".join(map(str, bits(key(1), copy, slots=32))) == FROZEN_BITS
    assert fact_value(key(1), version=VERSION, copy=copy, slot=0) == FROZEN_VALUE


def test_bits_of_two_copies_of_two_keys_and_of_two_versions_agree_in_half_of_the_slots():
    one, two = copies(2)
    for other in (bits(key(1), two), bits(key(2), one)):
        agreements = sum(a == b for a, b in zip(bits(key(1), one), other, strict=True))
        assert 150 < agreements < 250


def test_a_bias_is_the_share_of_ones():
    (copy,) = copies(1)
    assert 60 < sum(bits(key(1), copy, bias=Fraction(1, 5))) < 100


def test_fields_cannot_run_into_each_other():
    assert draw(key(1), "ab", "c") != draw(key(1), "a", "bc")


def test_a_short_key_is_refused():
    with pytest.raises(Malformed):
        key_id(Secret(b"short"))


@pytest.mark.parametrize(
    ("colluders", "biases", "weights"),
    [
        (2, [0.5], [1.0]),
        (4, [0.21132, 0.78868], [0.5, 0.5]),
        (6, [0.11270, 0.5, 0.88730], [0.33201, 0.33598, 0.33201]),
        (8, [0.06943, 0.33001, 0.66999, 0.93057], [0.24833, 0.25167, 0.25167, 0.24833]),
    ],
)
def test_nuida_biases_are_those_of_the_literature(colluders, biases, weights):
    table = nuida(colluders)
    assert [float(bias) for bias, _ in table] == pytest.approx(biases, abs=1e-5)
    assert [float(weight) for _, weight in table] == pytest.approx(weights, abs=1e-5)


def test_an_odd_number_of_colluders_is_refused():
    with pytest.raises(Malformed):
        nuida(3)


def test_biases_are_shared_out_exactly_and_shuffled_by_the_key():
    table = nuida(4)
    one = slot_biases(key(1), version=VERSION, slots=range(100), table=table)
    two = slot_biases(key(2), version=VERSION, slots=range(100), table=table)
    assert sorted(Counter(one.values()).values()) == [50, 50]
    assert one != two


def test_code_version_1_has_one_bias():
    assert set(slot_biases(key(1), version=VERSION, slots=range(90)).values()) == {HALF}


def test_pilots_are_the_keys_secret():
    one, two = (pilot_values(key(seed), version=VERSION, choices=100, pilots=10) for seed in (1, 2))
    assert len(one) == len(two) == 10
    assert one.keys() != two.keys()
