"""Group commit under real threads."""

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest

from adyton.adapters.clock import SystemClock, SystemEntropy
from adyton.adapters.memory_ledger import ManualClock, MemoryBodyKeys, MemoryFacts, MemorySpace
from adyton.adapters.threads import SystemThreads
from adyton.ledger.envelope import parse_envelope
from adyton.ledger.reserve import LOOK_S, RESERVE_CHANGED, Reserve, ReserveWatch
from adyton.ledger.sealing import Bodies
from adyton.ledger.staging import Position
from adyton.ledger.writer import LANE_LIMIT, LANE_SHARE, MAX_BATCH, QUEUE_LIMIT, Writer
from adyton.terms import Conflict, Fact, Malformed, Row, Unavailable


class SlowFacts(MemoryFacts):
    """Waits in its first commit until it is let go, so that a batch builds up behind it."""

    def __init__(self):
        super().__init__()
        self.reached, self.go_on, self.batches = Event(), Event(), []

    def commit(self, facts, rows):
        self.reached.set()
        assert self.go_on.wait(30)
        self.batches.append(len(facts))
        super().commit(facts, rows)


def count(_entry, state):
    before = state.get("counts", "all") or {"n": 0}
    yield Row(table="counts", key="all", data={"n": before["n"] + 1})


@pytest.fixture
def store():
    return SlowFacts()


@pytest.fixture
def writer(store):
    made = Writer(
        store=store,
        bodies=Bodies(MemoryBodyKeys(), SystemEntropy()),
        projections=[count],
        clock=SystemClock(),
        entropy=SystemEntropy(),
        threads=SystemThreads(),
        position=Position(log="main", epoch=1, writer="owner"),
    )
    yield made
    store.go_on.set()
    made.stop()


FACT = Fact(type="a.done")
REFUSED = Fact(type="a.refused")


def held(writer, store):
    """The writer is inside its first commit."""
    first = writer.submit(FACT, None)
    assert store.reached.wait(30)
    return first


def test_facts_that_wait_are_committed_together_up_to_the_limit(writer, store):
    futures = [held(writer, store), *(writer.submit(FACT, None) for _ in range(300))]
    assert not any(one.done() for one in futures)
    store.go_on.set()
    assert [one.result(30).index for one in futures] == list(range(301))
    assert store.batches[0] == 1
    assert max(store.batches) <= MAX_BATCH
    assert len(store.batches) < 30
    assert store.state().get("counts", "all") == {"n": 301}


def test_a_guard_sees_the_facts_before_it_in_the_same_batch(writer, store):
    def only_once(state):
        if (state.get("counts", "all") or {"n": 0})["n"] > 1:
            message = "taken"
            raise Conflict(message)

    first = held(writer, store)
    futures = [writer.submit(FACT, only_once) for _ in range(5)]
    store.go_on.set()
    first.result(30)
    assert futures[0].result(30).index == 1
    for one in futures[1:]:
        with pytest.raises(Conflict):
            one.result(30)
    assert len(store.facts) == 2


def test_a_failed_commit_fails_the_whole_batch_and_whoever_waits_behind_it(writer, store):
    first = held(writer, store)
    futures = [writer.submit(FACT, None) for _ in range(MAX_BATCH + 5)]
    store.fail_next = Unavailable("disk full")
    store.go_on.set()
    for one in (first, *futures):
        with pytest.raises(Unavailable):
            one.result(30)
    assert store.facts == []
    with pytest.raises(Unavailable, match="stopped"):
        writer.submit(FACT, None)


def test_a_full_queue_is_a_refusal(writer, store):
    held(writer, store)
    for _ in range(QUEUE_LIMIT):
        writer.submit(FACT, None)
    with pytest.raises(Unavailable, match="queue is full"):
        writer.submit(FACT, None)


def test_a_cancelled_fact_is_not_recorded(writer, store):
    held(writer, store)
    future = writer.submit(FACT, None)
    assert future.cancel()
    last = writer.submit(FACT, None)
    store.go_on.set()
    assert last.result(30).index == 1


def test_many_threads_make_one_unbroken_chain(writer, store):
    store.go_on.set()
    with ThreadPoolExecutor(8) as pool:
        futures: list[Future] = list(pool.map(lambda _: writer.submit(FACT, None), range(400)))
    assert sorted(one.result(30).index for one in futures) == list(range(400))
    assert [parse_envelope(one.data).counter for one in store.facts] == list(range(400))


def test_stopping_commits_what_waits(writer, store):
    futures = [held(writer, store), *(writer.submit(FACT, None) for _ in range(3))]
    store.go_on.set()
    writer.stop()
    assert all(one.done() and one.exception() is None for one in futures)
    with pytest.raises(Unavailable, match="closed"):
        writer.submit(FACT, None)


def test_whoever_comes_while_it_ends_is_refused_and_does_not_wait_for_ever(writer, store):
    first = held(writer, store)
    with ThreadPoolExecutor(1) as pool:
        ending = pool.submit(writer.stop)
        while not writer._closing:
            pass
        with pytest.raises(Unavailable, match="closed"):
            writer.submit(FACT, None)
        store.go_on.set()
        ending.result(30)
    assert first.result(30).index == 0


def test_the_lane_takes_a_few_and_none_of_the_room_of_entitled_facts(writer, store):
    held(writer, store)
    offered = [writer.offer(REFUSED) for _ in range(LANE_LIMIT + 50)]
    assert len([one for one in offered if one]) == LANE_LIMIT
    entitled = [writer.submit(FACT, None) for _ in range(300)]
    assert not any(one.promise.done() for one in offered if one)  # durable before acknowledged
    store.go_on.set()
    assert len({one.result(30).index for one in entitled}) == 300
    taken = [one for one in offered if one]
    assert {one.promise.result(30).receipt for one in taken} == {one.receipt for one in taken}
    assert writer.offer(REFUSED) is not None


def test_entitled_facts_wait_for_no_more_than_a_few_of_the_lane(writer, store):
    held(writer, store)
    for _ in range(LANE_LIMIT):
        writer.offer(REFUSED)
    entitled = writer.submit(FACT, None)
    store.go_on.set()
    assert entitled.result(30).index <= 1 + 2 * LANE_SHARE


def test_stopping_commits_what_the_lane_took(writer, store):
    held(writer, store)
    offered = [writer.offer(REFUSED) for _ in range(LANE_SHARE * 3)]
    store.go_on.set()
    writer.stop()
    assert all(one.promise.done() and one.promise.exception() is None for one in offered)
    with pytest.raises(Unavailable, match="closed"):
        writer.offer(REFUSED)


@pytest.fixture
def disk():
    return MemorySpace()


@pytest.fixture
def at_the_floor(store, disk):
    """A writer whose lane took three facts while it wrote, and whose disk is full since."""
    clock = ManualClock()
    made = Writer(
        store=store,
        bodies=Bodies(MemoryBodyKeys(), SystemEntropy()),
        projections=[],
        clock=clock,
        entropy=SystemEntropy(),
        threads=SystemThreads(),
        position=Position(log="main", epoch=1, writer="owner"),
        reserve=ReserveWatch(space=disk, reserve=Reserve(), clock=clock),
    )
    first = held(made, store)
    offered = [made.offer(REFUSED) for _ in range(3)]
    disk.free_bytes = 1
    clock.advance(LOOK_S)
    store.go_on.set()
    first.result(30)
    made.alone(lambda: None)
    yield made, offered, clock
    made.stop()


def kinds(store):
    return [parse_envelope(one.data) for one in store.read(0, 100)]


def test_what_the_lane_took_before_the_floor_waits_for_room(at_the_floor, disk):
    writer, offered, clock = at_the_floor
    assert not any(one.promise.done() for one in offered)
    disk.free_bytes = 1 << 40
    clock.advance(LOOK_S)
    writer.look_at_disk()
    assert [one.promise.result(30).index for one in offered] == [3, 4, 5]


def test_what_a_stop_at_the_floor_takes_out_of_the_lane_is_told(at_the_floor, store):
    writer, offered, _ = at_the_floor
    writer.stop()
    assert all(isinstance(one.promise.exception(30), Unavailable) for one in offered)
    told = [one.public["dropped"] for one in kinds(store) if one.type == RESERVE_CHANGED]
    assert told == [0, 3]


def test_a_writer_at_the_floor_with_a_lane_that_waits_does_not_spin(at_the_floor, monkeypatch):
    writer, offered, _ = at_the_floor
    looks = []
    monkeypatch.setattr(writer, "_told", lambda: looks.append(1) or ())
    Event().wait(0.2)
    assert len(looks) < 5
    monkeypatch.undo()
    assert len(offered) == 3


def test_a_fact_without_form_is_malformed_before_it_is_queued(writer):
    for work in (lambda fact: writer.submit(fact, None), writer.offer):
        with pytest.raises(Malformed):
            work(Fact(type="a.done", public={"share": 0.5}))
