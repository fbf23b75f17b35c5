from collections import Counter

import pytest

from adyton.drill.dice import Dice


def test_the_same_words_give_the_same_choices():
    first, second = Dice("a", 1), Dice("a", 1)
    assert [first.below(1000) for _ in range(50)] == [second.below(1000) for _ in range(50)]


def test_other_words_give_other_choices():
    first, second = Dice("a", 1), Dice("a", 2)
    assert [first.below(1000) for _ in range(50)] != [second.below(1000) for _ in range(50)]


def test_the_sequence_is_fixed_for_ever():
    dice = Dice("fixed", 7)
    assert [dice.below(100) for _ in range(6)] == [34, 15, 58, 79, 78, 47]


def test_a_fork_does_not_move_when_the_trunk_is_used():
    trunk = Dice("a")
    before = trunk.fork("b").below(10**6)
    trunk.below(10)
    assert trunk.fork("b").below(10**6) == before


@pytest.mark.parametrize(("low", "high"), [(0, 0), (3, 9), (-5, 5)])
def test_a_number_lies_between_its_bounds_and_reaches_both(low: int, high: int):
    dice = Dice("between", low, high)
    drawn = {dice.between(low, high) for _ in range(400)}
    assert drawn == set(range(low, high + 1))


def test_a_bag_gives_everything_once_before_it_gives_something_twice():
    dice = Dice("bag")
    drawn = [dice.draw("letters", ["a", "b", "c", "d"]) for _ in range(8)]
    assert sorted(drawn[:4]) == sorted(drawn[4:]) == ["a", "b", "c", "d"]


def test_shuffling_keeps_everything():
    assert sorted(Dice("shuffle").shuffled(range(40))) == list(range(40))


def test_a_share_of_a_hundred_is_about_that_share():
    dice = Dice("percent")
    assert 200 < Counter(dice.percent(25) for _ in range(1000))[True] < 300
