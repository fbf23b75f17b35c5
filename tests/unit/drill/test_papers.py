import itertools
import re

import pytest

from adyton.drill.dice import Dice
from adyton.drill.papers import FACT, SLOT, handling_note, kinds, plain_wording, plural, write_paper
from adyton.drill.world import make_world

SEEDS = range(1, 9)
PAPERS = [paper for seed in SEEDS for paper in make_world(seed).papers]
NUMBERS = [str(at) for at in range(len(PAPERS))]


def said(paper) -> str:
    return plain_wording(paper.master, Dice("said"))


@pytest.mark.parametrize("paper", PAPERS, ids=NUMBERS)
def test_a_paper_has_the_length_and_the_slots_that_marks_need(paper):
    assert 900 <= len(said(paper).split()) <= 1500
    assert paper.slots() >= 80
    assert 4 <= len(FACT.findall(paper.master)) <= 6


@pytest.mark.parametrize("paper", PAPERS, ids=NUMBERS)
def test_slots_are_spread_evenly(paper):
    tenths = [0] * 10
    for slot in SLOT.finditer(paper.master):
        tenths[slot.start() * 10 // len(paper.master)] += 1
    assert min(tenths) >= 5


@pytest.mark.parametrize("paper", PAPERS, ids=NUMBERS)
def test_the_two_wordings_of_a_slot_differ_and_hold_the_same_numbers(paper):
    for first, second in SLOT.findall(paper.master):
        assert first != second
        assert re.findall(r"\d+", first) == re.findall(r"\d+", second)
        assert first[0].isupper() == second[0].isupper()


@pytest.mark.parametrize("paper", PAPERS, ids=NUMBERS)
def test_nothing_of_the_grammar_is_left_in_a_paper(paper):
    text = said(paper)
    assert re.findall(r"[<>{}|]", text) == []
    assert all(sentence[0].isupper() for sentence in re.findall(r"(?<=\.\s)\w", text))


@pytest.mark.parametrize("kind", list(kinds()))
def test_papers_of_different_seeds_share_the_template_and_hardly_a_phrase(kind: str):
    def phrases(seed: int) -> set[tuple[str, ...]]:
        text = said(write_paper(kind, Dice("phrases", seed))).replace(handling_note(), "")
        words = re.findall(r"[a-z]+", text.lower())
        return {tuple(words[at : at + 5]) for at in range(len(words) - 4)}

    for first, second in itertools.combinations(map(phrases, SEEDS), 2):
        assert len(first & second) < 0.03 * len(first)


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ("apologys", "apologies"),
        ("detonation boxs", "detonation boxes"),
        ("switchs", "switches"),
        ("censuss", "censuses"),
        ("days", "days"),
        ("across", "across"),
        ("months", "months"),
    ],
)
def test_plurals_are_those_of_english(said: str, right: str):
    assert plural(said) == right


def test_the_same_dice_write_the_same_paper():
    first, second = (write_paper("threat_report", Dice("same", 3)) for _ in range(2))
    assert first == second


def test_another_owner_has_the_words_of_neither_wording_alone():
    paper = write_paper("system_prompt", Dice("other"))
    text = plain_wording(paper.master, Dice("wording"))
    first = SLOT.sub(lambda slot: slot[1], paper.master)
    second = SLOT.sub(lambda slot: slot[2], paper.master)
    assert text not in {FACT.sub("", first), FACT.sub("", second)}
