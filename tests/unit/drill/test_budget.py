import pytest

from adyton.drill.budget import code_slots, nameable, needed_slots, surviving_slots
from adyton.drill.dice import Dice
from adyton.drill.papers import plain_wording, write_paper
from adyton.drill.transforms import TRANSFORMS, Survival, Transform, transform_named

MASTER = (
    "The nightly collector {{often|frequently}} stops early. Another {{big|large}} archive waits "
    "for the weekly review of {{fact:number}} records, {{because|as}} nobody opened it."
)


@pytest.mark.parametrize(
    ("posted", "count"),
    [
        ("The nightly collector often stops early. Another large archive waits for the week", 2),
        ("THE NIGHTLY COLLECTOR FREQUENTLY STOPS EARLY. ANOTHER", 1),
        ("the nightly collector rarely stops early", 0),
        ("for the weekly review of 12345 records, as nobody opened it.", 1),
        ("", 0),
    ],
)
def test_a_slot_survives_where_either_wording_stands_in_its_place(posted: str, count: int):
    assert surviving_slots(MASTER, posted) == count


@pytest.mark.parametrize(
    ("suspects", "survival", "least"),
    [
        (5, Survival.CLEAN, 13),
        (7, Survival.CLEAN, 15),
        (7, Survival.ROUGH, 36),
        (400, Survival.CLEAN, 20),
    ],
)
def test_the_budget_is_the_references_with_a_reserve(suspects: int, survival, least: int):
    assert least < needed_slots(suspects, survival) <= least * 1.2


def test_a_tenth_of_the_slots_are_pilots():
    assert code_slots(100) == 90


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("verbatim", True),
        ("markdown_stripped", True),
        ("retyped", True),
        ("typographic", True),
        ("merged", True),
        ("cropped_300", True),
        ("cropped_80", False),
    ],
)
def test_what_can_be_named_follows_from_the_transformation(name, expected):
    transform = transform_named(name)
    for seed in range(1, 7):
        paper = write_paper("threat_report", Dice("nameable", seed))
        copy = plain_wording(paper.master, Dice("copy", seed))
        posted = transform.apply(copy, Dice("post", seed))
        surviving = surviving_slots(paper.master, posted)
        assert nameable(surviving=surviving, transform=transform, suspects=7) is expected


def test_a_transformation_that_keeps_no_mark_is_never_nameable():
    summary = Transform(
        name="summary", mark_strength=0, survival=Survival.CLEAN, apply=lambda text, _dice: text
    )
    assert not nameable(surviving=500, transform=summary, suspects=2)


def test_a_paper_of_another_seed_holds_next_to_no_slot_of_ours():
    ours = write_paper("threat_report", Dice("ours"))
    theirs = plain_wording(write_paper("threat_report", Dice("theirs")).master, Dice("x"))
    assert surviving_slots(ours.master, theirs) <= 2


def test_every_transformation_states_its_class():
    assert {one.mark_strength for one in TRANSFORMS} == {1, 2}
