"""`FactStore` and `State`: durable, atomic, contiguous, readable from every thread."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from adyton.adapters.memory_ledger import MemoryFacts
from adyton.adapters.sqlite import SqliteFacts
from adyton.ledger.erasing import ERASURES
from adyton.ledger.ports import SealedBody, StoredFact
from adyton.terms import Conflict, Row, Tampered, Unavailable


def fact(index, body=None):
    return StoredFact(index=index, receipt=f"rct_{index}", data=b"entry %d" % index, body=body)


def row(key, data, index="", table="t"):
    return Row(table=table, key=key, data=data, index=index)


class World:
    """One kind of store, and the way to close and open it again."""

    def __init__(self, kind, folder):
        self.path = folder / "state.db" if kind == "sqlite" else None
        self.store = self.opened()

    def opened(self):
        return MemoryFacts() if self.path is None else SqliteFacts(self.path)

    def reopen(self):
        if self.path is not None:
            self.store.close()
            self.store = self.opened()
        return self.store


@pytest.fixture(params=["memory", "sqlite"])
def world(request, tmp_path):
    made = World(request.param, tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def sqlite(tmp_path):
    made = World("sqlite", tmp_path)
    yield made
    made.store.close()


def test_what_was_committed_is_there_after_reopening(world):
    body = SealedBody(key_id="bdk_a", sealed=b"\0sealed")
    world.store.commit([fact(0), fact(1, body)], [row("a", {"n": 1, "text": "ä"}, "x")])
    store = world.reopen()
    assert list(store.read(0, 10)) == [fact(0), fact(1, body)]
    assert list(store.read(0, 10, bodies=False)) == [fact(0), fact(1)]
    assert store.find("rct_1") == fact(1, body)
    assert store.find("rct_2") is None
    assert store.state().get("t", "a") == {"n": 1, "text": "ä"}
    store.commit([fact(2)], [])
    assert [one.index for one in store.read(1, 10)] == [1, 2]
    assert [one.index for one in store.read(0, 1)] == [0]
    assert list(store.read(3, 10)) == []


def test_indexes_are_contiguous_and_nothing_comes_twice(world):
    world.store.commit([fact(0)], [])
    for facts in ([fact(0)], [fact(2)], [fact(1), fact(3)]):
        with pytest.raises(Conflict):
            world.store.commit(facts, [row("a", {})])
    assert len(world.store.read(0, 10)) == 1
    assert world.store.state().get("t", "a") is None


def test_a_receipt_stands_for_one_fact_and_a_refused_commit_changes_nothing(sqlite):
    sqlite.store.commit([fact(0)], [])
    twin = StoredFact(index=1, receipt="rct_0", data=b"other")
    with pytest.raises(Conflict):
        sqlite.store.commit([twin], [row("a", {})])
    assert sqlite.store.state().get("t", "a") is None
    sqlite.store.commit([fact(1)], [])


def test_a_commit_that_fails_at_its_last_row_leaves_no_fact(sqlite):
    with pytest.raises(TypeError):
        sqlite.store.commit([fact(0)], [row("a", {"n": 1}), row("b", {"n": object()})])
    assert list(sqlite.store.read(0, 10)) == []
    sqlite.store.commit([fact(0)], [row("a", {"n": 2})])
    assert sqlite.reopen().state().get("t", "a") == {"n": 2}


def test_rows_are_replaced_deleted_and_ordered(world):
    store, state = world.store, world.store.state()
    store.commit([fact(0)], [row("b", {"n": 1}, "x"), row("a", {"n": 2}, "x"), row("c", {}, "y")])
    assert list(state.scan("t")) == [("a", {"n": 2}), ("b", {"n": 1}), ("c", {})]
    assert list(state.by_index("t", "x")) == [("a", {"n": 2}), ("b", {"n": 1})]
    store.commit([fact(1)], [row("a", {"n": 3}, "y"), row("b", None)])
    assert list(state.by_index("t", "x")) == []
    assert list(state.by_index("t", "y")) == [("a", {"n": 3}), ("c", {})]
    assert state.get("t", "b") is None
    assert list(state.scan("other")) == []
    assert [one.key for one in state.rows()] == ["a", "c"]


def test_the_version_of_a_table_grows_with_its_rows_alone(world):
    state = world.store.state()
    before = state.version("t"), state.version("u")
    world.store.commit([fact(0)], [row("a", {})])
    middle = state.version("t")
    world.store.commit([fact(1)], [row("a", None)])
    assert before[0] < middle < state.version("t")
    assert state.version("u") == before[1]
    grown = state.version("t")
    assert world.reopen().state().version("t") >= grown


def test_every_thread_sees_a_commit_at_once_and_never_half_of_one(world):
    store, state, stop = world.store, world.store.state(), threading.Event()

    def watch():
        wrong = 0
        while not stop.is_set():
            rows = dict(state.scan("t"))
            wrong += len({data["n"] for data in rows.values()}) > 1
        return wrong

    with ThreadPoolExecutor(2) as pool:
        watchers = [pool.submit(watch) for _ in range(2)]
        for n in range(30):
            store.commit([fact(n)], [row(key, {"n": n}) for key in "abc"])
            assert state.get("t", "b") == {"n": n}
        stop.set()
        assert [one.result() for one in watchers] == [0, 0]


def test_a_full_disk_is_unavailable_and_nothing_is_half_written(sqlite):
    sqlite.store.commit([fact(0)], [row("a", {"n": 0})])
    pages = sqlite.store._writing.execute("PRAGMA page_count").fetchone()[0]
    sqlite.store._writing.execute(f"PRAGMA max_page_count = {pages}")
    big = StoredFact(index=1, receipt="rct_1", data=b"x" * 60_000)
    with pytest.raises(Unavailable, match=r"state\.db"):
        sqlite.store.commit([big], [row("a", {"n": 1})])
    assert [one.index for one in sqlite.store.read(0, 10)] == [0]
    assert sqlite.store.state().get("t", "a") == {"n": 0}
    store = sqlite.reopen()
    store.commit([big], [row("a", {"n": 1})])
    assert store.state().get("t", "a") == {"n": 1}


def test_the_database_flushes_at_every_commit_and_is_private(sqlite):
    pragma = sqlite.store._writing.execute
    assert pragma("PRAGMA journal_mode").fetchone() == ("wal",)
    assert pragma("PRAGMA synchronous").fetchone() == (2,)
    sqlite.store.commit([fact(0)], [])
    for path in sqlite.path.parent.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_damaged_or_foreign_file_is_tampered(tmp_path):
    (tmp_path / "state.db").write_bytes(b"this is no database, but it is long enough" * 100)
    with pytest.raises(Tampered, match=r"state\.db"):
        SqliteFacts(tmp_path / "state.db")


def test_a_place_that_cannot_be_written_is_unavailable(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Unavailable):
        SqliteFacts(tmp_path / "file" / "state.db")


def test_a_closed_store_is_unavailable(sqlite):
    sqlite.store.close()
    with pytest.raises(Unavailable):
        sqlite.store.read(0, 1)
    sqlite.store = sqlite.opened()


def test_the_state_cannot_be_written_past_the_log(sqlite):
    sqlite.store.commit([fact(0)], [])
    with pytest.raises(Unavailable):
        sqlite.store._readers.select("DELETE FROM entries", ())
    assert sqlite3.connect(sqlite.path).execute("SELECT COUNT(*) FROM entries").fetchone() == (1,)


def test_i7_what_no_store_can_hold_is_simply_not_there(world):
    world.store.commit([fact(0)], [row("a", {"n": 1})])
    state = world.store.state()
    assert state.get("t", "\udcff") is None
    assert list(state.by_index("t", "\udcff")) == []
    assert world.store.find("\udcff") is None
    assert list(world.store.read(2**63, 1)) == []


@pytest.mark.parametrize(
    ("change", "ask"),
    [
        ("UPDATE entries SET data = 'text'", lambda store: store.read(0, 1)),
        ("UPDATE bodies SET sealed = 5", lambda store: store.find("rct_0")),
        ("UPDATE state_rows SET json = '{'", lambda store: store.state().get("t", "a")),
        ("UPDATE state_rows SET json = x'ff'", lambda store: list(store.state().scan("t"))),
    ],
)
def test_i7_a_column_of_another_type_is_tampered_and_no_bug_of_ours(sqlite, change, ask):
    sqlite.store.commit([fact(0, SealedBody(key_id="bdk_a", sealed=b"s"))], [row("a", {"n": 1})])
    other = sqlite3.connect(sqlite.path, isolation_level=None)
    other.execute(change)
    other.close()
    with pytest.raises(Tampered):
        ask(sqlite.store)


def test_i11_what_a_row_was_before_an_erasure_is_in_no_page_of_any_file(sqlite):
    """The sealed body is gone with its key; the row that was made of it must not outlive it."""
    for at in range(40):
        data = {"name": f"Robin Example {at}", "more": "x" * 300}
        sqlite.store.commit([fact(at)], [row(f"{at:02}", data, f"Robin Example {at}")])
    blank = [row(f"{at:02}", {"name": ""}) for at in range(20)]
    gone = [row(f"{at:02}", None) for at in range(20, 40)]
    sqlite.store.commit([fact(40)], [*blank, *gone, row("0", {}, table=ERASURES)])
    for path in sqlite.path.parent.iterdir():
        assert b"Robin Example" not in path.read_bytes(), path
