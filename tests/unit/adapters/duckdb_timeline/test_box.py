"""DuckDB reaches one folder and nothing else."""

import os

import pytest

from adyton.adapters.duckdb_timeline.box import opened, reporting
from adyton.terms import Exhausted, Unavailable


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM read_csv('{outside}')",
        "SELECT * FROM read_text('{inside}/../secret')",
        "COPY (SELECT 1) TO '{outside}.new'",
        "ATTACH '{outside}.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SELECT * FROM 'https://127.0.0.1/x.parquet'",
        "SET threads = 8",
        "SET enable_external_access = true",
        "SELECT * FROM planted",
    ],
)
def test_nothing_else_is_within_reach(tmp_path, query):
    planted = {"a": [1]}  # a variable of ours is no table
    inside, outside = tmp_path / "in", tmp_path / "secret"
    inside.mkdir()
    outside.write_text("secret", encoding="utf-8")
    with opened(inside, memory="64MB") as box, pytest.raises(Unavailable), reporting():
        box.execute(query.format(inside=inside, outside=outside)).fetchall()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["in", "secret"]
    assert planted


def test_too_large_a_question_ends_and_spills_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    wide = "SELECT range, md5(range::VARCHAR) AS m FROM range(20000000) ORDER BY m"
    with opened(tmp_path, memory="64MB") as box, pytest.raises(Exhausted), reporting():
        box.execute(wide).fetchone()
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - hidden names too
