from fractions import Fraction

import numpy as np
import pytest

from adyton.marks.code import code_bit, fact_value
from adyton.marks.ranking import rank_copies
from adyton.marks.reader import Reading, read_symbols
from adyton.marks.tails import score_tail
from adyton.marks.writing import mark_text
from adyton.terms import Malformed
from tests.unit.marks import leaks
from tests.unit.marks.leaks import FOREIGN, MASTER, VERSION, copies, key, seeded

HALF = Fraction(1, 2)
EPSILON = Fraction(1, 1000)


def true_bits(copy, slots, seed=1):
    return [
        code_bit(key(seed), version=VERSION, copy=copy, slot=slot, bias=HALF)
        for slot in range(slots)
    ]


def values(copy, count, seed=1):
    return [(fact_value(key(seed), version=VERSION, copy=copy, slot=at),) for at in range(count)]


def reading(symbols, facts=()):
    return Reading(
        layout="",
        symbols=tuple(symbols),
        facts=tuple(facts),
        neutral_facts=0,
        pilots=0,
        truncated=False,
    )


def rank(read, suspects, seed=1, epsilon=EPSILON, **more):
    return rank_copies(
        read, key=key(seed), version=VERSION, copies=suspects, epsilon=epsilon, **more
    )


def channel(bits, rng, lost, flipped):
    return [None if rng.random() < lost else bit ^ (rng.random() < flipped) for bit in bits]


@pytest.mark.parametrize(
    ("suspects", "slots", "lost", "flipped", "epsilon"),
    [
        (5, 32, 0.2, 0.05, EPSILON),
        (20, 36, 0.2, 0.05, EPSILON),
        (100, 40, 0.2, 0.05, EPSILON),
        (20, 68, 0.4, 0.10, EPSILON),
        (20, 25, 0.0, 0.0, Fraction(1, 10**6)),
    ],
)
def test_the_slot_budgets_of_the_reference_name_the_source(suspects, slots, lost, flipped, epsilon):
    rng = seeded(f"{suspects}/{slots}")
    trials, right = 250, 0
    for trial in range(trials):
        crowd = copies(suspects, trial)
        symbols = channel(true_bits(crowd[0], slots), rng, lost, flipped)
        named = rank(reading(symbols), crowd, epsilon=epsilon).named
        assert not set(named) - {crowd[0]}
        right += named == (crowd[0],)
    # 95 % expected; 91 % is three standard deviations below.
    assert right >= 0.91 * trials


@pytest.mark.parametrize("attack", ["ones", "coin", "half"])
@pytest.mark.parametrize("epsilon", [1e-2, 1e-3])
def test_g1_a_hundred_thousand_innocents_are_named_no_more_often_than_epsilon(attack, epsilon):
    rng = np.random.default_rng(7)
    traces, suspects, slots = 10_000, 10, 50
    read = {
        "ones": np.ones((traces, 1, slots), dtype=np.int8),
        "coin": rng.integers(0, 2, (traces, 1, slots), dtype=np.int8),
        "half": np.tile(np.arange(slots, dtype=np.int8) % 2, (traces, 1, 1)),
    }[attack]
    innocents = rng.integers(0, 2, (traces, suspects, slots), dtype=np.int8)
    agreements = (innocents == read).sum(axis=2)
    tail = score_tail(slots, ())
    enough = min(hits for hits in range(slots + 1) if float(suspects * tail[hits]) <= epsilon)
    false = int((agreements >= enough).any(axis=1).sum())
    # Violated only if the lower end of the interval lies above epsilon (three deviations).
    assert false / traces - 3 * (epsilon / traces) ** 0.5 <= epsilon


def test_innocents_under_many_real_keys_are_hardly_ever_named():
    crowd = copies(9)
    text = mark_text(MASTER, key=key(0), version=VERSION, copy=crowd[0], label="Reader")
    read = read_symbols(text, MASTER)
    named = sum(bool(rank(read, crowd, seed=seed).named) for seed in range(1, 301))
    assert named <= 2  # 0.3 expected at most; three or more have a chance of 0.4 %


def test_a_text_of_another_organisation_with_the_same_template_names_nobody():
    crowd = copies(9)
    theirs = mark_text(MASTER, key=key(77), version=VERSION, copy=copies(1, 5)[0], label="Reader")
    ranking = rank(read_symbols(theirs, MASTER), crowd)
    assert ranking.named == ()
    assert not any(standing.plausible for standing in ranking.standings)
    assert ranking.foreign_facts == 5


ROUGH = {
    "crop": lambda text, rng: leaks.crop(text, 300, rng),
    "crop, reflow": lambda text, rng: leaks.reflow(
        leaks.strip_markdown(leaks.crop(text, 300, rng))
    ),
    "crop, misread": lambda text, rng: leaks.noise(leaks.crop(text, 300, rng), 0.03, rng),
    "retype": leaks.retype,
    "edit": lambda text, rng: leaks.edit(text, 0.1, rng),
    "lower, misread": lambda text, rng: FOREIGN + leaks.noise(leaks.lower(text), 0.03, rng),
}


@pytest.mark.parametrize("change", ROUGH.values(), ids=ROUGH)
def test_the_right_copy_and_no_other_is_named_after_a_rough_way_out(change):
    for seed in range(4):
        rng = seeded(seed)
        crowd = copies(9, seed)
        text = mark_text(MASTER, key=key(seed), version=VERSION, copy=crowd[4], label="Reader")
        ranking = rank(read_symbols(change(text, rng), MASTER), crowd, seed=seed)
        assert ranking.named == (crowd[4],)
        assert not ranking.layers_disagree


def test_150_words_with_two_details_suffice():
    named = 0
    for seed in range(10):
        crowd = copies(9, seed)
        text = mark_text(MASTER, key=key(seed), version=VERSION, copy=crowd[4], label="Reader")
        start = text.index("## Before the run")
        part = " ".join(text[start:].split()[:150])
        named += rank(read_symbols(part, MASTER), crowd, seed=seed).named == (crowd[4],)
    assert named == 10


def test_details_alone_name_where_wordings_do_not_speak_against_it():
    crowd = copies(9)
    ranking = rank(reading([None] * 20, values(crowd[3], 2)), crowd)
    assert ranking.named == (crowd[3],)
    assert ranking.copies[0].log10_bound_milli == -8678  # 9 * 2**-32, rounded up


def test_f2_details_taken_from_a_victims_copy_do_not_name_the_victim():
    leaker, victim, *rest = copies(9)
    for slots in (12, 20, 60):
        read = reading(true_bits(leaker, slots), values(victim, 2))
        ranking = rank(read, [leaker, victim, *rest])
        assert victim not in ranking.named
        assert ranking.layers_disagree
    assert ranking.named == (leaker,)


def test_two_sources_are_both_named():
    one, two, *rest = copies(9)
    mixed = true_bits(one, 160)[:80] + true_bits(two, 160)[80:]
    ranking = rank(reading(mixed), [one, two, *rest])
    assert set(ranking.named) == {one, two}


def test_more_suspects_and_more_tries_weaken_the_bound_by_their_number():
    crowd = copies(8)
    read = reading(true_bits(crowd[0], 30))
    once = rank(read, crowd).copies[0].log10_bound_milli
    assert once == -8127  # 8 * 2**-30, rounded up
    assert rank(read, crowd, tries=10).copies[0].log10_bound_milli == once + 1000


def test_a_spent_budget_lists_without_naming():
    crowd = copies(5)
    ranking = rank(reading(true_bits(crowd[0], 60)), crowd, permitted=lambda: False)
    assert ranking.named == ()
    assert ranking.copies[0].copy == crowd[0]
    assert not ranking.permitted


def test_nothing_read_or_nobody_registered_names_nobody():
    assert rank(reading([None] * 40), copies(5)).copies == ()
    assert rank(reading([0] * 40), []).copies == ()


def test_a_nonsense_question_is_refused():
    with pytest.raises(Malformed):
        rank(reading([0]), copies(2), tries=0)
    with pytest.raises(Malformed):
        rank(reading([0]), copies(2), epsilon=Fraction(2))


def test_the_bound_is_a_whole_number():
    crowd = copies(3)
    (named,) = rank(reading(true_bits(crowd[0], 40)), crowd).copies
    assert type(named.log10_bound_milli) is int
