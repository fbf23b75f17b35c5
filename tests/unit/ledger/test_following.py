"""Followers: every fact in order, at least once, and visibly where they stand."""

import pytest

from adyton.adapters.memory_ledger import ManualClock
from adyton.ledger.following import SIGN_OF_LIFE_S, Following, Step
from adyton.ledger.ports import StoredFact
from adyton.terms import Unavailable


class Feed:
    def __init__(self, size=0):
        self.facts = [StoredFact(index=at, receipt=f"rct_{at}", data=b"") for at in range(size)]

    def add(self, count):
        self.facts += Feed(len(self.facts) + count).facts[len(self.facts) :]

    def size(self):
        return len(self.facts)

    def read(self, start, limit):
        return [one for one in self.facts if start <= one.index < start + limit]

    def body(self, index):
        raise AssertionError

    def key(self, key_id):
        raise AssertionError


class Cursors:
    def __init__(self):
        self.kept, self.stored = {}, 0

    def load(self, name):
        return self.kept.get(name)

    def store(self, name, cursor):
        self.kept[name], self.stored = cursor, self.stored + 1


class Notes:
    """Keeps what it is given; fails at an index as often as it is told."""

    name, least, most = "notes", 1, 3

    def __init__(self, *, failing_at=-1, error=None):
        self.taken, self.failing_at, self.error, self.mended = [], failing_at, error, (None, "")

    def take(self, facts):
        for one in facts:
            if one.index == self.failing_at:
                raise self.error
            self.taken.append(one.index)
        return facts[-1].index + 1

    def check(self, feed, position):
        again, note = self.mended
        self.mended = (None, "")
        return (position if again is None else again), note

    def begin_anew(self):
        self.taken.clear()


class World:
    def __init__(self, size=0, follower=None):
        self.feed, self.cursors, self.clock = Feed(size), Cursors(), ManualClock()
        self.follower = follower or Notes()
        self.restart()

    def restart(self):
        self.following = Following(
            feed=self.feed, follower=self.follower, cursors=self.cursors, clock=self.clock
        )

    def run(self):
        while (came_to := self.following.step()) is Step.MORE:
            pass
        return came_to

    @property
    def cursor(self):
        return self.cursors.kept["notes"]


def test_every_fact_comes_in_order_and_a_restart_goes_on_from_the_cursor():
    world = World(7)
    assert world.run() is Step.IDLE
    world.restart()
    world.feed.add(2)
    assert world.run() is Step.IDLE
    assert world.follower.taken == list(range(9))
    assert world.cursor.position == 9


def test_what_was_done_but_not_yet_noted_comes_again():
    world = World(2)
    world.run()
    world.feed.add(2)

    def full(*_):
        raise Unavailable("disk full")

    world.cursors.store, kept = full, world.cursors.store
    with pytest.raises(Unavailable):
        world.run()
    world.cursors.store = kept
    world.restart()
    world.run()
    assert world.follower.taken == [0, 1, 2, 3, 2, 3]
    assert world.cursor.position == 4


def test_a_cursor_is_stored_only_after_the_work():
    world = World(3)
    seen = []
    world.follower.take = lambda facts: seen.append(world.cursor.position) or facts[-1].index + 1
    world.run()
    assert seen == [0]
    assert world.cursor.position == 3


def test_a_follower_that_fails_stands_there_says_why_and_is_tried_again():
    world = World(5, Notes(failing_at=4, error=Unavailable("no room")))
    assert world.run() is Step.FAILED
    assert (world.cursor.position, world.cursor.failed) == (3, "no room")
    world.follower.failing_at = -1
    assert world.run() is Step.IDLE
    assert (world.cursor.position, world.cursor.failed) == (5, "")
    assert world.follower.taken == [0, 1, 2, 3, 3, 4]


def test_a_bug_of_ours_is_noted_and_comes_out():
    world = World(1, Notes(failing_at=0, error=ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        world.run()
    assert world.cursor.failed == "a bug of ours: ZeroDivisionError"


def test_fewer_facts_than_are_worth_a_call_wait():
    world = World(2)
    world.follower.least = 3
    assert world.run() is Step.IDLE
    assert world.follower.taken == []
    world.feed.add(1)
    world.run()
    assert world.follower.taken == [0, 1, 2]


def test_an_idle_follower_gives_a_sign_of_life_and_does_not_write_all_the_time():
    world = World(1)
    world.run()
    before = world.cursors.stored
    world.run()
    assert world.cursors.stored == before
    world.clock.advance(SIGN_OF_LIFE_S)
    world.run()
    assert world.cursor.at_s == world.clock.now_s()


def test_a_shorter_record_is_another_record():
    world = World(5)
    world.run()
    world.feed.facts = world.feed.facts[:2]
    world.run()
    assert world.follower.taken == [0, 1]
    assert "begun anew" in world.cursor.note


def test_what_was_mended_is_told_and_done_again_from_there():
    world = World(4)
    world.run()
    world.follower.mended = (1, "half of it was damaged: made again")
    world.run()
    assert world.follower.taken == [0, 1, 2, 3, 1, 2, 3]
    assert world.cursor.note == "half of it was damaged: made again"


def test_a_gap_in_the_facts_is_no_place_to_step_over():
    world = World(4)
    del world.feed.facts[1]
    world.feed.size = lambda: 4
    assert world.run() is Step.FAILED
    assert "gap" in world.cursor.failed
    assert world.follower.taken == []
