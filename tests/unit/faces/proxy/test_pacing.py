"""Bad requests share a bit of the loop's time, by a clock that the test turns."""

import pytest

from adyton.faces.proxy import pacing
from adyton.faces.proxy.pacing import Pace


class Loop:
    """A clock, and what is to be called when."""

    def __init__(self):
        self.now_s = 100.0
        self.due = []

    def now(self):
        return self.now_s

    def later(self, delay_s, call):
        self.due.append((self.now_s + delay_s, call))

    def run(self, seconds):
        end = self.now_s + seconds
        while self.due and min(self.due)[0] <= end:
            when, call = min(self.due, key=lambda one: one[0])
            self.due.remove((when, call))
            self.now_s = max(self.now_s, when)
            call()
        self.now_s = max(self.now_s, end)


class Sender:
    """Sends a bad request, and the next one as soon as it is refused."""

    def __init__(self, loop, pace, name, *, took_s=50e-6, again=True):
        self.loop, self.pace, self.name, self.took_s, self.again = loop, pace, name, took_s, again
        self.turns = []

    def take_turn(self):
        self.loop.now_s += self.took_s
        self.turns.append(self.loop.now_s)
        self.pace.refused("203.0.113.7", 1, self.took_s)
        if self.again:
            assert self.pace.wait(self, 200)


@pytest.fixture
def loop():
    return Loop()


@pytest.fixture
def pace(loop):
    return Pace(now=loop.now, later=loop.later)


def crowd(loop, pace, count, **given):
    pace.spend(pacing.PURSE_S)
    made = [Sender(loop, pace, number, **given) for number in range(count)]
    assert all(pace.wait(one, 200) for one in made)
    return made


def test_few_refusals_make_nobody_wait(loop, pace):
    for _ in range(1000):
        pace.refused("203.0.113.7", 1, 50e-6)
        loop.run(1e-3)
        assert not pace.crowded()


def test_many_refusals_make_the_next_wait_until_the_purse_has_filled(loop, pace):
    pace.spend(pacing.PURSE_S + 0.002)
    assert pace.crowded()
    loop.run(0.002 / pacing.SHARE + 1e-6)
    assert not pace.crowded()


def test_a_flood_gets_its_share_of_the_time_and_no_more(loop, pace):
    senders = crowd(loop, pace, 64)
    start = loop.now_s
    loop.run(10.0)
    took = sum(len(one.turns) * one.took_s for one in senders)
    assert 0.8 * pacing.SHARE < took / (loop.now_s - start) < 1.05 * pacing.SHARE


def test_who_came_first_is_served_first_and_all_alike(loop, pace):
    senders = crowd(loop, pace, 64)
    loop.run(1.0)
    firsts = [one.turns[0] for one in senders]
    assert firsts == sorted(firsts)
    counts = [len(one.turns) for one in senders]
    assert max(counts) - min(counts) <= 1


def test_nobody_waits_much_longer_than_half_a_second_in_a_full_line(loop, pace):
    """Others spend so much that the share alone would keep them for ever."""
    senders = crowd(loop, pace, pacing.PLACES, again=False)
    start = loop.now_s
    for _ in range(100):
        pace.spend(1000.0)
        loop.run(0.01)
    waited = [one.turns[0] - start for one in senders]
    assert min(waited) >= pacing.LONGEST_S
    assert max(waited) < pacing.LONGEST_S + 0.25


def test_nobody_passes_the_line_though_the_purse_has_filled(loop, pace):
    crowd(loop, pace, 1)
    loop.now_s += 1.0  # the tick is late
    assert pace.crowded()


def test_a_bit_is_all_that_a_good_request_waits_for(loop, pace):
    senders = crowd(loop, pace, 100, again=False)
    loop.now_s += 60.0  # all of them are late now
    _, tick = loop.due.pop()
    start = loop.now_s
    tick()
    assert loop.now_s - start < pacing.BIT_S + 2 * senders[0].took_s
    assert 0 < len([one for one in senders if one.turns]) < 100


def test_a_long_read_is_paid_off_but_not_for_ever(loop, pace):
    pace.spend(1000.0)
    loop.run(pacing.DEBT_S / pacing.SHARE + 0.01)
    assert not pace.crowded()


def test_the_line_is_bounded_in_number_and_bytes_and_whoever_leaves_makes_room(loop, pace):
    waiting = crowd(loop, pace, pacing.PLACES)
    late = Sender(loop, pace, "late")
    assert not pace.wait(late, 1)
    pace.forget(waiting[0])
    assert pace.wait(late, 1)
    most = pacing.PLACES_BYTES - (pacing.PLACES - 1) * 200 - 1
    assert not pace.wait(late, most + 1)  # who is in the line already
    assert pace.wait(late, most)
    pace.forget(late)
    pace.forget(late)
    assert pace.wait(late, most)


def test_no_timer_runs_where_nobody_waits(loop, pace):
    crowd(loop, pace, 3, again=False)
    loop.run(2.0)
    assert not loop.due
    assert not pace.crowded()


def test_one_that_fails_in_its_turn_keeps_nobody_behind_it(loop, pace):
    class Broken:
        def take_turn(self):
            raise RuntimeError

    pace.spend(pacing.PURSE_S)
    pace.wait(Broken(), 1)
    after = Sender(loop, pace, "after", again=False)
    pace.wait(after, 1)
    with pytest.raises(RuntimeError):
        loop.run(1.0)
    loop.run(1.0)
    assert after.turns


def test_a_source_is_noisy_for_as_long_as_much_of_it_is_refused(loop, pace):
    pace.refused("203.0.113.7", pacing.NOISE - 1, 1e-6)
    assert not pace.noisy("203.0.113.7")
    loop.run(pacing.WINDOW_S)
    pace.refused("203.0.113.7", 1, 1e-6)
    assert pace.noisy("203.0.113.7")
    assert not pace.noisy("203.0.113.8")
    loop.run(pacing.WINDOW_S)
    assert not pace.noisy("203.0.113.7")


def test_who_was_quiet_for_two_windows_is_forgotten(loop, pace):
    pace.refused("203.0.113.7", 100, 1e-6)
    loop.run(2 * pacing.WINDOW_S)
    assert not pace.noisy("203.0.113.7")


def test_a_line_that_is_served_turns_the_window_without_new_connections(loop, pace):
    crowd(loop, pace, 2)
    loop.run(3 * pacing.WINDOW_S)
    assert pace.noisy("203.0.113.7")


def test_sources_are_bounded_and_one_more_counts_as_noisy(loop, pace, monkeypatch):
    monkeypatch.setattr(pacing, "SOURCES", 3)
    for number in range(10):
        pace.refused(f"203.0.113.{number}", 1, 1e-6)
    assert pace.noisy("198.51.100.1")
    assert not pace.noisy("203.0.113.0")  # told apart, and quiet
    loop.run(2 * pacing.WINDOW_S)
    assert not pace.noisy("198.51.100.1")
