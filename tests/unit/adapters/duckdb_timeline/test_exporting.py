"""An export is one file, whole, in order, whatever its size; nothing lies beside it afterwards."""

import duckdb
import pytest

from adyton.adapters.duckdb_timeline import exporting, write_export
from adyton.terms import Unavailable

COLUMNS = {"a": "VARCHAR", "index": "BIGINT"}


@pytest.fixture
def place(tmp_path):
    made = tmp_path / "it's out.parquet"
    made.touch()
    yield made
    assert [one.name for one in tmp_path.iterdir()] == [made.name]


def read(place):
    with duckdb.connect() as other:  # as somebody else would read the file
        return other.execute('SELECT a, "index" FROM read_parquet($1)', [str(place)]).fetchall()


def test_values_and_absent_values_come_back(place):
    write_export(place, COLUMNS, [("x'y", 1), (None, 2)])
    assert read(place) == [("x'y", 1), (None, 2)]


def test_nothing_is_an_empty_file_of_these_columns(place):
    write_export(place, COLUMNS, [])
    assert read(place) == []


def test_many_pieces_are_one_file_in_order(place, monkeypatch):
    monkeypatch.setattr(exporting, "PIECE_ROWS", 1500)
    write_export(place, COLUMNS, ((str(at), at) for at in range(4000)))
    assert read(place) == [(str(at), at) for at in range(4000)]


def test_more_than_the_memory_holds_can_be_exported(place, monkeypatch):
    monkeypatch.setattr(exporting, "WRITE_MEMORY", "64MB")
    monkeypatch.setattr(exporting, "_PIECE_CHARS", 2 << 20)
    text = "".join(chr(0x100 + at * at % 5000) for at in range(1_000))
    write_export(place, COLUMNS, ((f"{at}{text}", at) for at in range(30_000)))  # 60 MB
    with duckdb.connect() as other:
        query = 'SELECT count(*), sum("index"), min(length(a)) FROM read_parquet($1)'
        found = other.execute(query, [str(place)]).fetchone()
    assert found == (30_000, sum(range(30_000)), 1_001)


def test_what_fails_on_the_way_leaves_no_piece(place, monkeypatch):
    monkeypatch.setattr(exporting, "PIECE_ROWS", 2)

    def rows():
        yield from ((str(at), at) for at in range(5))
        raise Unavailable("gone")

    with pytest.raises(Unavailable):
        write_export(place, COLUMNS, rows())
