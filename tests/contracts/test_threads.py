"""`Threads` and `Inbox`: in order, bounded, one step at a time."""

import threading

import pytest

from adyton.adapters.memory_ledger import InlineThreads
from adyton.adapters.threads import SystemThreads
from adyton.terms import Exhausted


@pytest.fixture(params=[InlineThreads, SystemThreads], ids=["inline", "system"])
def threads(request):
    return request.param()


def test_items_are_worked_on_in_order_until_the_work_ends(threads):
    inbox, done = threads.inbox(100), []

    def step():
        item = inbox.take(wait_s=None)
        done.append(item)
        return item != "end"

    join = threads.start("worker", inbox, step)
    for item in range(20):
        inbox.put(item)
    inbox.put_last("end")
    join()
    assert done == [*range(20), "end"]


def test_a_full_inbox_refuses_and_an_empty_one_gives_nothing(threads):
    inbox = threads.inbox(2)
    assert inbox.take(wait_s=0) is None
    inbox.put(1)
    inbox.put(2)
    with pytest.raises(Exhausted):
        inbox.put(3)
    assert [inbox.take(wait_s=0) for _ in range(3)] == [1, 2, None]


def test_a_lock_may_be_taken_again_by_its_holder(threads):
    lock = threads.lock()
    with lock, lock:
        pass


def test_the_last_item_goes_in_though_it_is_full():
    inbox = SystemThreads().inbox(1)
    inbox.put("first")
    inbox.put_last("last")
    assert inbox.take(wait_s=10) == "first"
    assert inbox.take(wait_s=10) == "last"


def test_tasks_together_all_run_to_their_end_and_a_failure_is_raised_after(threads):
    done = []

    def failing():
        done.append("failed")
        message = "no"
        raise Exhausted(message)

    tasks = [lambda: done.append("first"), failing, lambda: done.append("last")]
    with pytest.raises(Exhausted):
        threads.together(tasks)
    assert sorted(done) == ["failed", "first", "last"]
    threads.together([])


def test_tasks_together_run_at_once_where_there_are_threads():
    met = threading.Barrier(3, timeout=20)
    SystemThreads().together([met.wait] * 3)
