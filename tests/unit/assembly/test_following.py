"""The child that follows takes up imports and erasures by itself, alone writes, ends with serve."""

import os
import signal
import threading

import pytest

from adyton.adapters.clock import SystemClock
from adyton.assembly.followers import follow
from adyton.assembly.following import all_followers, catch_up, cursors_of, followed
from adyton.ledger.following import Step
from adyton.terms import Conflict
from tests.unit.assembly.test_questions import PLANTED, Home


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path)
    yield made
    made.perimeter.close()


def until(true, *, tries=600):
    for _ in range(tries):
        if true():
            return
        threading.Event().wait(0.05)
    raise AssertionError("it did not come about")


def caught_up(home):
    cursor = cursors_of(home.paths).load("rows")
    return cursor is not None and cursor.position == home.ledger.clear.size()


def test_a_child_follows_by_itself_is_started_again_and_ends(home):
    source = home.import_log()
    place = home.paths.timeline / "rows" / f"{source}.0.parquet"
    with followed(home.paths) as child:
        until(place.exists)
        assert catch_up(home.paths) is False  # it alone writes
        first = child.pid()
        os.kill(first, signal.SIGKILL)
        home.erase(source)
        until(lambda: not place.exists())
        assert home.raw(PLANTED) == []
        second = child.pid()
        assert second != first
        until(lambda: caught_up(home))
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)
    assert catch_up(home.paths) is True


def test_followers_run_once_at_a_time(home):
    with all_followers(home.paths, SystemClock()):
        with pytest.raises(Conflict), all_followers(home.paths, SystemClock()):
            pass
        answer = home.ask(text="nobody said this")
        assert answer.complete  # few facts: searched in the ledger itself


def test_one_that_fails_keeps_no_other_from_its_work(monkeypatch):
    monkeypatch.setattr("adyton.assembly.followers.AFTER_FAILURE_S", 0.01)
    reader, writer = os.pipe()

    class Counting:
        def __init__(self, came_to, *, last=-1):
            self.came_to, self.last, self.steps = came_to, last, 0

        def step(self):
            self.steps += 1
            if self.steps == self.last:
                os.close(writer)
            return self.came_to

    failing, working = Counting(Step.FAILED), Counting(Step.MORE, last=3)
    follow([failing, working], reader)
    os.close(reader)
    assert failing.steps == working.steps == 3
