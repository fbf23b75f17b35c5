import itertools

import pytest

from adyton.marks.carriers import find_swaps
from adyton.marks.regions import Regions, quiet_regions
from tests.unit.marks.leaks import MASTER

FILLER = "plain words that carry nothing at all in any way " * 20


def swapped(text):
    return [(swap.here, swap.there) for swap in find_swaps(FILLER + text, Regions([]))]


@pytest.mark.parametrize(
    ("text", "here", "there"),
    [
        ("we do not know", "do not", "don't"),
        ("Don't ask", "Don't", "Do not"),
        ("we came in order to see", "in order to", "to"),
        ("it took about 20 minutes", "about", "around"),
        ("it took three days", "three", "3"),
        ("it took 3 days", "3", "three"),
        ("at 40% of it", "%", " percent"),
        ("at 40 percent of it", " percent", "%"),
        ("red, green, and blue", ",", ""),
        ("red, green, blue and black", "", ","),
        ("the Organization of it", "Organization", "Organisation"),
    ],
)
def test_an_equivalent_pair_is_found(text, here, there):
    assert swapped(text) == [(here, there)]


@pytest.mark.parametrize(
    "text",
    [
        "we came to see",  # "to" does not always mean "in order to"
        "think about it",
        "version 3 days off",  # hyphens and dots make it part of something else
        "the file do-not-touch is there",
        "see organize.example for it",
        "lunch, Anna and Bert went",  # a comma after "Anna" would change who went
        "before we go",
    ],
)
def test_what_could_change_the_meaning_is_left_alone(text):
    assert swapped(text.replace("3 days", "1.3 days")) == []


def test_at_most_three_percent_of_the_words_are_touched():
    text = "we do not know, they do not know, and it is not known. " * 40
    swaps = find_swaps(text, Regions([]))
    assert 0 < sum(len(swap.here.split()) for swap in swaps) <= len(text.split()) * 3 / 100


def test_nothing_in_quiet_regions_is_swapped():
    text = FILLER + "\n\n> we do not know\n\n`do not` and [do not](x) and\n\n# Do not\n"
    assert find_swaps(text, quiet_regions(text)) == []


def test_swaps_do_not_meet_and_stand_where_they_say():
    swaps = find_swaps(MASTER, quiet_regions(MASTER))
    assert all(MASTER[swap.start : swap.end] == swap.here for swap in swaps)
    assert all(one.end < two.start for one, two in itertools.pairwise(swaps))
