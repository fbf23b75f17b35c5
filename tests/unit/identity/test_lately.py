import pytest

from adyton.adapters.memory_ledger import ManualClock, SeededEntropy, memory_ledger
from adyton.identity.lately import REMEMBERED, RefusedLately
from adyton.terms import Unidentified
from tests.policy.world import World


def test_a_key_refused_by_a_wrong_clock_is_good_again_when_the_clock_is():
    world = World()
    _, key = world.key(world.person(), days=1)
    world.clock.advance(2 * 86_400)
    for _ in range(2):
        with pytest.raises(Unidentified):
            world.identity.authenticate(key.reveal())
    world.clock.advance(-2 * 86_400)
    assert world.identity.authenticate(key.reveal())


def test_a_text_is_looked_at_again_once_a_key_was_issued():
    world = World()
    _, key = world.key(world.person())
    wrong = key.reveal()[:-1] + ("a" if key.reveal()[-1] != "a" else "b")
    with pytest.raises(Unidentified):
        world.identity.authenticate(wrong)
    lately = world.identity._lately
    assert lately.holds(lately.digest(wrong))
    world.key(world.person())
    assert not lately.holds(lately.digest(wrong))


def test_a_flood_of_different_texts_is_remembered_within_bounds_and_not_in_clear():
    entropy = SeededEntropy(3)
    lately = RefusedLately(state=memory_ledger().state, clock=ManualClock(), entropy=entropy)
    for number in range(2 * REMEMBERED + 5):
        lately.add(lately.digest(f"adk_{number}"), lately.versions())
    _, known = lately._known
    assert 0 < len(known) <= REMEMBERED
    assert {len(one) for one in known} == {32}
