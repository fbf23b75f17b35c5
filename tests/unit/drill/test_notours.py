import pytest

from adyton.drill.budget import surviving_slots
from adyton.drill.dice import Dice
from adyton.drill.notours import ALARMS
from adyton.drill.world import make_world

WORLDS = [make_world(seed) for seed in range(1, 5)]


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: str(world.seed))
@pytest.mark.parametrize("variant", list(ALARMS))
def test_a_false_alarm_holds_next_to_nothing_of_ours(variant: str, world):
    alarm = ALARMS[variant](world, Dice("alarm", world.seed))
    assert alarm.verdict != "leak"
    assert all(surviving_slots(paper.master, alarm.text) <= 3 for paper in world.papers)


@pytest.mark.parametrize("variant", ["look_alike", "fabricated"])
def test_a_look_alike_and_a_forgery_carry_the_name_of_one_of_our_papers(variant: str):
    for world in WORLDS:
        text = ALARMS[variant](world, Dice("alarm", world.seed)).text
        assert any(paper.name in text for paper in world.papers)


def test_another_owner_uses_our_template():
    for world in WORLDS:
        text = ALARMS["other_owner"](world, Dice("alarm", world.seed)).text
        headings = [line for line in text.splitlines() if line.startswith("## ")]
        ours = [
            [line for line in paper.master.splitlines() if line.startswith("## ")]
            for paper in world.papers
        ]
        assert headings in ours
