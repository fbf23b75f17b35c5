import itertools

import pytest

from adyton.marks.canonical import canonical
from adyton.marks.fact_values import (
    CANDIDATES_MAX,
    FACT_KINDS,
    VALUES,
    is_neutral,
    read_value,
    shapes,
    write_value,
)
from tests.unit.marks.leaks import noise, seeded


def core(kind, value):
    shape = shapes()[kind]
    return canonical(write_value(kind, value)[len(shape.prefix) :].removesuffix(shape.suffix))


@pytest.mark.parametrize("kind", FACT_KINDS)
def test_all_values_are_written_differently(kind):
    assert len({write_value(kind, value) for value in range(VALUES)}) == VALUES


@pytest.mark.parametrize("kind", FACT_KINDS)
def test_a_clean_detail_reads_as_its_value_alone(kind):
    rng = seeded(1)
    for value in [0, VALUES - 1, *rng.sample(range(VALUES), 40)]:
        assert read_value(kind, core(kind, value)) == (value,)


@pytest.mark.parametrize("kind", FACT_KINDS)
def test_one_misread_character_keeps_the_value_among_few(kind):
    rng = seeded(2)
    kept = 0
    for value in rng.sample(range(VALUES), 60):
        text = core(kind, value)
        at = rng.randrange(len(text))
        # In digits, a misread digit: O for 0 and l for 1 are put right before.
        other = rng.choice("0123456789" if kind in {"ticket", "number"} else "xqz")
        found = read_value(kind, text[:at] + other + text[at + 1 :])
        assert len(found) <= 10
        kept += value in found
    assert kept >= 57


def test_letters_that_look_like_digits_are_put_right():
    digits = core("ticket", 4321)
    assert read_value("ticket", digits.replace("1", "l").replace("0", "o")) == (4321,)


@pytest.mark.parametrize("kind", FACT_KINDS)
def test_something_else_reads_as_nothing(kind):
    assert read_value(kind, "the bench itself") == ()
    assert read_value(kind, "") == ()


@pytest.mark.parametrize("kind", FACT_KINDS)
def test_a_noisy_detail_never_reads_as_very_many_values(kind):
    rng = seeded(3)
    for value in rng.sample(range(VALUES), 40):
        assert len(read_value(kind, noise(core(kind, value), 0.15, rng))) <= CANDIDATES_MAX


@pytest.mark.parametrize("kind", FACT_KINDS)
def test_the_masters_neutral_detail_is_known_and_is_no_value(kind):
    shape = shapes()[kind]
    neutral = canonical(shape.neutral[len(shape.prefix) :].removesuffix(shape.suffix))
    assert is_neutral(kind, neutral)
    assert read_value(kind, neutral) == ()


def test_words_of_a_table_are_apart_enough_to_be_told_from_each_other():
    for shape in shapes().values():
        for table in shape.tables:
            assert len(set(table)) == len(table)
            for one, two in itertools.combinations(table, 2):
                assert one.casefold() != two.casefold()


def test_hosts_are_in_a_reserved_domain():
    assert write_value("host", 12345).endswith(".example")
