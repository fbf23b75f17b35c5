import sqlite3

import pytest

from adyton.adapters.facts_copy import FactsCopy, copy_facts
from adyton.adapters.sqlite import SqliteFacts
from adyton.ledger.ports import SealedBody, StoredFact
from adyton.terms import Row, Tampered, Unavailable


def fact(at):
    body = SealedBody(key_id="bdk_a", sealed=b"sealed") if at % 2 else None
    return StoredFact(index=at, receipt=f"rct_{at}", data=b"entry %d" % at, body=body)


@pytest.fixture(autouse=True)
def store(tmp_path):
    made = SqliteFacts(tmp_path / "live" / "state.db")
    made.commit([fact(at) for at in range(5)], [Row(table="t", key="k", data={"name": "Robin"})])
    yield made
    made.close()


def test_a_copy_holds_facts_and_bodies_of_one_moment_and_no_row(store, tmp_path):
    copy_facts(tmp_path / "live" / "state.db", tmp_path / "facts.db")
    store.commit([fact(5)], [])
    copy = FactsCopy(tmp_path / "facts.db")
    assert list(copy.read(0, 10)) == [fact(at) for at in range(5)]
    assert [one.index for one in copy.read(3, 1)] == [3]
    copy.close()
    assert b"Robin" not in (tmp_path / "facts.db").read_bytes()
    assert (tmp_path / "facts.db").stat().st_mode & 0o077 == 0


def test_looking_at_a_copy_changes_no_byte_and_makes_no_file(tmp_path):
    folder = tmp_path / "copy"
    folder.mkdir()
    copy_facts(tmp_path / "live" / "state.db", folder / "facts.db")
    before = (folder / "facts.db").read_bytes()
    copy = FactsCopy(folder / "facts.db")
    copy.read(0, 10)
    copy.close()
    assert [one.name for one in folder.iterdir()] == ["facts.db"]
    assert (folder / "facts.db").read_bytes() == before


def test_a_copy_can_be_a_fact_store_again(tmp_path):
    copy_facts(tmp_path / "live" / "state.db", tmp_path / "facts.db")
    again = SqliteFacts(tmp_path / "facts.db")
    again.commit([fact(5)], [])
    assert [one.index for one in again.read(0, 10)] == list(range(6))
    again.close()


def test_a_place_that_is_taken_or_a_source_that_is_gone_is_unavailable(tmp_path):
    copy_facts(tmp_path / "live" / "state.db", tmp_path / "facts.db")
    with pytest.raises(Unavailable):
        copy_facts(tmp_path / "live" / "state.db", tmp_path / "facts.db")
    with pytest.raises(Unavailable):
        copy_facts(tmp_path / "nothing.db", tmp_path / "second.db")


@pytest.mark.parametrize("cut", [0, 100, 5000])
def test_i7_a_damaged_copy_is_tampered_or_unavailable_and_no_bug(tmp_path, cut):
    copy_facts(tmp_path / "live" / "state.db", tmp_path / "facts.db")
    path = tmp_path / "facts.db"
    path.write_bytes(path.read_bytes()[:cut] if cut else b"no database at all" * 100)
    with pytest.raises((Tampered, Unavailable)):
        FactsCopy(path).read(0, 10)


def test_i7_a_column_of_another_type_is_tampered(tmp_path):
    copy_facts(tmp_path / "live" / "state.db", tmp_path / "facts.db")
    other = sqlite3.connect(tmp_path / "facts.db", isolation_level=None)
    other.execute("UPDATE entries SET data = 'text'")
    other.close()
    with pytest.raises(Tampered):
        FactsCopy(tmp_path / "facts.db").read(0, 10)
