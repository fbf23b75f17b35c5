"""`FactFeed`: what is committed, in order, without a way to write."""

import sqlite3

import pytest

from adyton.adapters.sqlite import SqliteBodyKeys, SqliteFacts
from adyton.adapters.sqlite_feed import SqliteFeed
from adyton.ledger.ports import BodyKey, SealedBody, StoredFact
from adyton.terms import Tampered, Unavailable

BODY = SealedBody(key_id="bdk_a", sealed=b"\0sealed")
KEY = BodyKey(key_id="bdk_a", subject="per_a", month="2026-11", key=b"k" * 32)


def fact(index, body=None):
    return StoredFact(index=index, receipt=f"rct_{index}", data=b"entry %d" % index, body=body)


@pytest.fixture
def world(tmp_path):
    store = SqliteFacts(tmp_path / "a #?%.db")
    keys = SqliteBodyKeys(tmp_path / "keys.db")
    feed = SqliteFeed(tmp_path / "a #?%.db", tmp_path / "keys.db")
    yield store, keys, feed
    feed.close()
    keys.close()
    store.close()


def test_each_commit_is_seen_at_once_and_bodies_only_when_asked_for(world):
    store, keys, feed = world
    assert (feed.size(), list(feed.read(0, 9))) == (0, [])
    store.commit([fact(0), fact(1, BODY)], [])
    assert feed.size() == 2
    assert list(feed.read(0, 9)) == [fact(0), fact(1)]
    assert [one.index for one in feed.read(1, 1)] == [1]
    assert (feed.body(0), feed.body(1)) == (None, BODY)
    keys.add(KEY)
    assert feed.key("bdk_a") == KEY
    keys.destroy(["bdk_a"])
    assert feed.key("bdk_a") is None


def test_reading_neither_writes_nor_holds_up_the_writer(world):
    store, _, feed = world
    store.commit([fact(0)], [])
    for connection in (feed._facts, feed._keys):
        with pytest.raises(sqlite3.OperationalError):
            connection.execute("CREATE TABLE t (a)")
    feed.read(0, 1)
    store.commit([fact(1)], [])
    assert feed.size() == 2


def test_no_store_is_made_by_looking(tmp_path):
    with pytest.raises(Unavailable):
        SqliteFeed(tmp_path / "none.db", tmp_path / "none.db")
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_bytes_is_tampered(world, tmp_path):
    store, _, feed = world
    store.commit([fact(0)], [])
    editor = sqlite3.connect(tmp_path / "a #?%.db")
    editor.execute("UPDATE entries SET data = 'text'")
    editor.commit()
    editor.close()
    with pytest.raises(Tampered):
        feed.read(0, 1)
