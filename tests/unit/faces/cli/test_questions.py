import argparse
import re

import msgspec
import pytest

from adyton.faces.cli.questions import fact_line, lines_of, moment, row_place, tell_missing
from adyton.faces.cli.terminal import Terminal
from adyton.ledger.sealing import month_of

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


@pytest.fixture
def source(adyton, tmp_path):
    """A foreign log with five rows of one second and one before it."""
    times = ["2026-11-24T07:00:00Z"] + 5 * ["2026-11-24T08:00:00Z"]
    rows = [
        {"time": time, "event": "signin", "user": "lea", "ip": "192.0.2.1", "user_agent": at}
        for at, time in enumerate(times)
    ]
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in [*rows, {"of": str(log)}]))
    done = adyton("sources", "import", log, "--kind", "idp", "--name", "n", "--json")
    assert done.code == 0, done.err
    return done.json["source"]


def test_rows_of_one_second_are_paged_without_loss_or_repetition(adyton, source):
    words, lines = ("--source", source, "--limit", "2"), []
    further = ()
    while further is not None:
        done = adyton("ledger", "query", *words, *further, by="auditor")
        assert done.code == 0, done.err
        lines += [line.split()[0] for line in done.out.splitlines()]
        found = re.search(r"(?m)there are more rows: .* go on with (--after-row) (\S+)$", done.err)
        further = found.groups() if found else None
    assert lines == [f"{source}:{at}" for at in range(1, 7)]


def test_pages_go_on_with_both_facts_and_rows(adyton, source):
    done = adyton("ledger", "query", "--limit", "2", by="auditor")
    after, row = re.search(r"--after (\d+) --after-row (\S+)", done.err).groups()
    assert done.out.splitlines()[-1].startswith(f"{after} ")
    further = adyton("ledger", "query", "--limit", "2", "--after", after, "--after-row", row,
                     by="auditor")  # fmt: skip
    assert set(further.out.splitlines()).isdisjoint(done.out.splitlines())
    assert source in further.out or source in done.out


@pytest.mark.parametrize("text", ["", "5", "a,b,c", "5,src_a", "5,src_a,-1", "5,src_a,\u0661"])
def test_what_is_no_place_among_rows_is_wrong_use(text):
    with pytest.raises(argparse.ArgumentTypeError):
        row_place(text)


def test_a_log_that_is_not_there_is_missing_and_an_erased_one_is_not_searched(
    adyton, owner, source
):
    done = adyton("ledger", "query", "--source", "src_none", by="auditor")
    assert (done.code, "foreign log" in done.err) == (4, True)
    ledger = owner.perimeter.ledger
    ledger.erase(source, month_of(ledger.state.get("sources", source)["imported_at"]))
    done = adyton("ledger", "query", "--source", source, by="auditor")
    assert (done.code, done.out) == (1, "")
    assert f"erased: the rows of {source}" in done.err


def test_an_answer_without_anything_says_so(adyton):
    done = adyton("ledger", "query", "--text", "nowhere to be found", by="auditor")
    assert (done.code, done.out, done.err.splitlines()[-1]) == (0, "", "nothing fits")


def test_a_log_that_claims_the_future_is_refused(adyton, tmp_path):
    log = tmp_path / "log"
    log.write_text('{"time": "2026-11-24T07:00:00Z", "event": "signin", "user": "x"}')
    done = adyton("sources", "import", log, "--kind", "idp", "--name", "n", "--from", "1",
                  "--to", "9999999999")  # fmt: skip
    assert (done.code, "ends ahead of now" in done.err) == (5, True)


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_an_export_into_a_folder_says_what_to_do(adyton, tmp_path, kind):
    done = adyton("ledger", "export", "--format", kind, "--out", tmp_path, by="auditor")
    assert (done.code, "is a folder: name a file in it" in done.err) == (5, True)
