"""Drill worlds whose copies were issued by nobody: the texts are made here, without a mark."""

import functools
from collections.abc import Callable

import pytest

from adyton.drill.dice import Dice
from adyton.drill.leak import Drill, make_drill
from adyton.drill.papers import plain_wording
from adyton.drill.traffic import Issued, Scene
from adyton.drill.truth import Case
from adyton.drill.world import make_world

STARTED_S = 1_790_000_000
NOW_S = STARTED_S + 20


@functools.cache
def issue_all(seed: int) -> Scene:
    world = make_world(seed)
    issued = {}
    for at, one in enumerate(world.handouts):
        dice = Dice("test copy", seed, one.handle)
        issued[one.handle] = Issued(
            handout=one,
            copy=f"cpy_{dice.hexadecimal(26)}",
            text=plain_wording(world.paper(one.paper).master, dice),
            issued_at_s=STARTED_S + at // 4,
        )
    return Scene(world=world, issued=issued, started_s=STARTED_S, now_s=NOW_S)


@pytest.fixture(scope="session")
def scene_of() -> Callable[[int], Scene]:
    return issue_all


@pytest.fixture(scope="session")
def drill_of() -> Callable[[int, Case], Drill]:
    @functools.cache
    def make(seed: int, case: Case) -> Drill:
        scene = issue_all(seed)
        persons = {one.login: f"per_{one.login}" for one in scene.world.people}
        return make_drill(scene, case, persons=persons, nonce="00" * 16)

    return make
