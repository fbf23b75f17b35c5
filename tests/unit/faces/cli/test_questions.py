import argparse

import msgspec
import pytest

from adyton.faces.cli.questions import fact_line, lines_of, moment, tell_missing
from adyton.faces.cli.terminal import Terminal

COMPLETE = {"complete": True, "gaps": [], "unread": {}, "erased": [], "damaged": []}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("1800000000", 1_800_000_000),
        ("2027-01-15", 1_799_971_200),
        ("2027-01-15T08:00", 1_800_000_000),
        ("2027-01-15T08:00:00Z", 1_800_000_000),
        ("2027-01-15T09:00:00+01:00", 1_800_000_000),
    ],
)
def test_a_time_is_utc_where_it_does_not_say(text, seconds):
    assert moment(text) == seconds


@pytest.mark.parametrize("text", ["", "now", "-5", "2027-13-01", "\u0661"])
def test_what_is_no_time_is_wrong_use(text):
    with pytest.raises(argparse.ArgumentTypeError):
        moment(text)


def test_facts_and_rows_stand_by_time():
    fact = {
        "index": 3, "time": 20, "type": "lock.set", "subjects": [], "public": {}, "body": "sealed"
    }  # fmt: skip
    row = {"source": "src_a", "line": 1, "time": 10, "says": {"action": "object.read"}}
    lines = list(lines_of({"facts": [fact], "rows": [row]}))
    assert [line.split()[0] for line in lines] == ["src_a:1", "3"]


@pytest.mark.parametrize(
    ("body", "said"),
    [("none", ""), ("sealed", ""), ("erased", " (body erased)"), ("lost", " (body lost)")],
)
def test_a_body_that_is_gone_is_told_beside_its_fact(body, said):
    fact = {"index": 3, "time": 20, "type": "a.done", "subjects": [], "public": {}, "body": body}
    assert fact_line(fact) == f"3 1970-01-01T00:00:20Z a.done{said}"


def test_what_was_not_searched_is_said(capsys):
    coverage = {
        "gaps": [{"from": 1, "to": 9, "why": "the timeline is behind"}],
        "unread": {"src_a": "damaged"},
        "erased": ["src_b"],
        "damaged": ["timeline/x is missing"],
    }
    tell_missing(Terminal(as_json=True), coverage)
    seen = capsys.readouterr()
    assert seen.out == ""
    for word in ("facts 1 to 9", "src_a: damaged", "rows of src_b", "x is missing"):
        assert word in seen.err


def test_an_answer_that_is_not_complete_exits_1(adyton, owner, monkeypatch):
    real = owner.perimeter.questions.ask

    def behind(question):
        found = real(question)
        return type(found)(facts=found.facts, unread={"src_a": "not in the timeline yet"})

    assert adyton("ledger", "query", "--limit", "1", "--json", by="auditor").code == 0
    monkeypatch.setattr(owner.perimeter.questions, "ask", behind)
    done = adyton("ledger", "query", "--limit", "1", "--json", by="auditor")
    assert (done.code, done.json["coverage"]["complete"]) == (1, False)
    assert "not searched: src_a" in done.err


@pytest.mark.parametrize("kind", ["jsonl", "ocsf"])
def test_an_export_holds_every_fact_once_in_pages(adyton, owner, tmp_path, monkeypatch, kind):
    monkeypatch.setattr("adyton.faces.cli.questions.PAGE", 7)
    size = owner.perimeter.ledger.clear.size()
    out = tmp_path / "out"
    done = adyton("ledger", "export", "--format", kind, "--out", out, by="auditor")
    assert done.code == 0, done.err
    rows = [msgspec.json.decode(line) for line in out.read_text().splitlines()]
    if kind == "jsonl":
        indexes = [one["index"] for one in rows if one["kind"] == "fact"]
    else:
        told = [one["metadata"] for one in rows]
        indexes = [one["sequence"] for one in told if one["uid"].startswith("rct_")]
    assert indexes[:size] == list(range(size))
    assert len(set(indexes)) == len(indexes)
