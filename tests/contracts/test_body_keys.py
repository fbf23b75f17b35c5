"""`BodyKeys`: durable, newest first asked, and gone for good when destroyed."""

import pytest

from adyton.adapters.memory_ledger import MemoryBodyKeys
from adyton.adapters.sqlite import SqliteBodyKeys
from adyton.ledger.ports import BodyKey

SECRET = b"\xa5secret body key, 32 bytes long!"


def key(key_id, subject="per_a", month="2027-01", secret=SECRET):
    return BodyKey(key_id=key_id, subject=subject, month=month, key=secret)


@pytest.fixture(params=["memory", "sqlite"])
def keys(request, tmp_path):
    if request.param == "memory":
        yield MemoryBodyKeys()
        return
    made = SqliteBodyKeys(tmp_path / "bodykeys.db")
    yield made
    made.close()


def test_the_newest_key_of_a_subject_and_month_is_current(keys):
    assert keys.current("per_a", "2027-01") is None
    keys.add(key("bdk_2"))
    keys.add(key("bdk_1"))
    keys.add(key("bdk_3", month="2027-02"))
    keys.add(key("bdk_4", subject="per_b"))
    assert keys.current("per_a", "2027-01").key_id == "bdk_1"
    assert list(keys.of("per_a", "2027-01")) == ["bdk_2", "bdk_1"]
    assert keys.get("bdk_3") == key("bdk_3", month="2027-02")


def test_a_destroyed_key_is_gone_and_destroying_it_again_is_nothing(keys):
    keys.add(key("bdk_1"))
    keys.add(key("bdk_2", subject="per_b"))
    for _ in range(2):
        keys.destroy(["bdk_1", "bdk_unknown"])
    assert keys.get("bdk_1") is None
    assert keys.current("per_a", "2027-01") is None
    assert keys.get("bdk_2") is not None


def test_keys_outlive_the_process_and_destroyed_ones_are_in_no_file(tmp_path):
    path = tmp_path / "keys" / "bodykeys.db"
    keys = SqliteBodyKeys(path)
    other = bytes(range(32))
    keys.add(key("bdk_1"))
    keys.add(key("bdk_2", subject="per_b", secret=other))
    keys.close()

    def on_disk(secret):
        return any(secret in file.read_bytes() for file in path.parent.iterdir())

    assert on_disk(SECRET)
    keys = SqliteBodyKeys(path)
    assert keys.get("bdk_1").key == SECRET
    keys.destroy(["bdk_1"])
    assert not on_disk(SECRET)
    assert on_disk(other)
    keys.close()
    assert path.stat().st_mode & 0o077 == 0


def test_i8_a_key_does_not_show_itself():
    assert "secret" not in repr(key("bdk_1"))
