"""Questions to a real home: fresh, whole or saying what is missing, and forgotten when erased."""

import base64
import json
import shutil
import sqlite3
from contextlib import closing

import pytest

from adyton.adapters.duckdb_timeline.segments import writer_lock
from adyton.assembly import init_home
from adyton.assembly.following import catch_up, standing
from adyton.assembly.operations import dispatch
from adyton.assembly.perimeter import Perimeter
from adyton.crypto.epochlink import Reason
from adyton.ledger.following import SILENT_S
from adyton.ledger.ports import Cursor
from adyton.ledger.questions import Question
from adyton.ledger.sealing import month_of
from adyton.terms import Fact, Missing, Secret, Tampered

PLANTED = "planted-agent-of-lea"
FACTS = 4200


class Home:
    """A home with more facts than one segment holds, and an imported log."""

    def __init__(self, folder, *, facts=0):
        self.founded = init_home(folder / "home", owner="Example Lab", operator="Op One")
        self.perimeter = Perimeter.open(self.founded.paths)
        self.paths, self.ledger = self.founded.paths, self.perimeter.ledger
        made = self.call("person.add", name="A", login="a", org=self.founded.org, roles=["auditor"],
                         employment="employee")  # fmt: skip
        self.auditor = self.perimeter.identity
        self.key = self.call("key.issue", person=made["person"])["key"]
        waiting = [self.ledger.submit(a_fact(number)) for number in range(facts)]
        assert all(one.result() for one in waiting)

    def call(self, operation, **params):
        return dispatch(self.perimeter, self.founded.key, operation, params)

    def audit(self, operation, **params):
        return dispatch(self.perimeter, Secret(self.key), operation, params)

    def ask(self, **question):
        return self.perimeter.questions.ask(Question(**question))

    def import_log(self, text=PLANTED):
        line = {"time": "2026-11-24T08:00:00Z", "event": "signin", "user": "lea",
                "ip": "192.0.2.77", "user_agent": text}  # fmt: skip
        data = base64.b64encode(json.dumps(line).encode()).decode()
        return self.call("sources.import", name="idp", kind="idp", data=data, skew_s=30)["source"]

    def erase(self, source):
        row = self.ledger.state.get("sources", source)
        self.ledger.erase(source, month_of(row["imported_at"]))

    def raw(self, text):
        """Files of the home that hold a text."""
        files = [one for one in self.paths.root.parent.rglob("*") if one.is_file()]
        return [one.name for one in files if text.encode() in one.read_bytes()]


def a_fact(number):
    person = f"per_{number % 50:026}"
    return Fact(type="bench.done", subjects=(person,), public={"note": f"word-{number}"})


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    place = tmp_path_factory.mktemp("full") / "type=prod" / "name=x" / "time=7"
    place.mkdir(parents=True)  # words that an engine for tables may take for columns
    home = Home(place, facts=FACTS)
    home.source = home.import_log()
    yield home
    home.perimeter.close()


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path)
    yield made
    made.perimeter.close()


def indexes(answer):
    return [index for index, _ in answer.facts]


def test_a_question_sees_the_newest_fact_at_once(full):
    for number in range(3):
        promise = full.ledger.append(a_fact(7_000_000 + number))
        answer = full.ask(text=f"word-{7_000_000 + number}")
        assert indexes(answer) == [promise.index]
        assert answer.complete
        assert answer.searched_to == promise.index + 1


def test_segments_and_the_newest_facts_answer_together(full):
    person = f"per_{7:026}"
    answer = full.ask(subject=person, limit=1000)
    assert len(answer.facts) >= FACTS // 50
    assert [one.subjects for _, one in answer.facts] == [(person,)] * len(answer.facts)
    assert (full.paths.timeline / "facts").is_dir()
    assert indexes(full.ask(subject=person, limit=3, newest=True)) == indexes(answer)[-3:]
    pages, after = [], -1
    while page := full.ask(subject=person, limit=30, after=after).facts:
        pages += page
        after = page[-1][0]
    assert [one for one, _ in pages] == indexes(answer)


def test_foreign_rows_stand_beside_the_facts_in_our_time(full):
    answer = full.ask(address="192.0.2.77")
    (row,) = answer.rows
    assert (row.source, row.line, row.log_time_s - row.time_s) == (full.source, 1, 30)
    assert answer.facts == []


def test_a_new_epoch_changes_no_answer_and_what_comes_after_it_is_found_too(home):
    home.import_log()
    home.ledger.submit(a_fact(1)).result()
    catch_up(home.paths)
    before = home.ask(text=PLANTED, newest=True)
    started = home.ledger.trees.turn(Reason.YEAR)
    home.ledger.submit(a_fact(2)).result()
    assert home.ask(text=PLANTED, newest=True).rows == before.rows
    catch_up(home.paths)
    (found,) = home.ask(type="epoch.started").facts
    assert home.ledger.entry(started.receipt).index == found[0] > 0
    assert home.perimeter.verify_record()[1] == ()


def test_thrown_away_the_timeline_comes_back_equal(full):
    questions = [{"text": "word-41"}, {"subject": f"per_{9:026}"}, {"type": "signin.ok"}]
    catch_up(full.paths)
    before = [full.ask(**one) for one in questions]
    listed = (full.paths.timeline / "segments.json").read_bytes()
    shutil.rmtree(full.paths.timeline)
    catch_up(full.paths)
    assert (full.paths.timeline / "segments.json").read_bytes() == listed
    assert [full.ask(**one) for one in questions] == before


def test_a_damaged_segment_is_told_and_made_again(full, caplog):
    catch_up(full.paths)
    file = next((full.paths.timeline / "facts").glob("*.names.parquet"))
    whole = file.read_bytes()
    full.ask(subject=f"per_{9:026}")  # a first question lets the followers look, and mend
    file.write_bytes(whole[:-9])
    answer = full.ask(subject=f"per_{9:026}")
    assert len(answer.facts) >= FACTS // 50
    assert file.name in answer.damaged[0]
    assert file.name in caplog.text
    assert file.read_bytes() == whole
    (facts, _) = standing(full.paths, size=full.ledger.clear.size(), now_s=full.perimeter.now_s())
    assert "made again" in facts["note"]


def test_what_cannot_be_made_again_is_not_searched_and_that_is_said(full, monkeypatch):
    catch_up(full.paths)
    monkeypatch.setattr("adyton.assembly.questions.catch_up", lambda _: False)
    file = next((full.paths.timeline / "facts").glob("*.names.parquet"))
    whole = file.read_bytes()
    file.unlink()
    answer = full.ask(subject=f"per_{9:026}", limit=1000)
    assert not answer.complete
    assert [(gap.start, gap.end) for gap in answer.gaps] == [(0, 4095)]
    assert all(index > 4095 for index in indexes(answer))
    file.write_bytes(whole)
    file.chmod(0o600)


def test_a_timeline_that_points_at_another_fact_is_not_believed(full, monkeypatch):
    found = full.perimeter.questions._timeline.find(Question(type="x.y"), hidden=frozenset())
    lying = type(found)(positions=[5], end=found.end)
    monkeypatch.setattr(full.perimeter.questions._timeline, "find", lambda *_, **__: lying)
    with pytest.raises(Tampered):
        full.ask(subject=f"per_{9:026}")


def test_erased_rows_are_in_no_answer_no_file_and_no_export(home):
    kept, gone = home.import_log("another agent"), home.import_log()
    assert {one.source for one in home.ask(text="agent").rows} == {kept, gone}
    assert home.raw("another agent")  # so that the search of the bytes below means something
    home.erase(gone)
    answer = home.ask(text="agent")
    assert ({one.source for one in answer.rows}, list(answer.erased)) == ({kept}, [gone])
    catch_up(home.paths)
    assert sorted(one.name for one in (home.paths.timeline / "rows").iterdir()) == [
        f"{kept}.0.parquet",
        f"{kept}.grams",
    ]
    assert home.raw(PLANTED) == []
    shutil.rmtree(home.paths.timeline)
    assert {one.source for one in home.ask(text="agent").rows} == {kept}
    assert home.raw(PLANTED) == []


def test_a_lost_import_is_told_as_lost_and_never_as_erased(home):
    lost = home.import_log()
    with closing(sqlite3.connect(home.paths.state / "bodykeys.db")) as keys:
        keys.execute("DELETE FROM body_keys WHERE subject = ?", (lost,))
        keys.commit()
    answer = home.ask(text="agent")
    assert (list(answer.erased), answer.complete) == ([], False)
    assert answer.unread == {lost: "its rows are lost: no erasure explains it"}
    (fact,) = home.audit("ledger.query", type="source.imported")["facts"]
    shown = home.audit("ledger.show", fact=str(fact["index"]))
    exported = home.audit("ledger.export", type="source.imported")["facts"]
    assert [one["body"] for one in (fact, shown, *exported)] == ["lost"] * 3
    (problem,) = home.audit("ledger.verify")["problems"]
    said = f"bodies: 1 are lost, no erasure explains it: entries {fact['index']}"
    assert problem == said
    checks = {one["id"]: one for one in home.call("doctor.facts")["checks"]}
    assert (checks["record.holds"]["ok"], checks["record.holds"]["text"]) == (False, said)


def test_an_erasure_that_nobody_followed_is_caught_up_with(home):
    gone = home.import_log()
    home.ask(text="agent")
    home.erase(gone)
    cursor = home.paths.timeline / "rows.cursor"
    ahead = Cursor(position=home.ledger.clear.size(), at_s=1)
    cursor.write_text(json.dumps({"position": ahead.position, "at_s": 1, "failed": "", "note": ""}))
    catch_up(home.paths)
    assert list((home.paths.timeline / "rows").iterdir()) == []


def test_rows_are_found_though_no_follower_can_write(home, monkeypatch):
    monkeypatch.setattr("adyton.assembly.questions.catch_up", lambda _: False)
    for number in range(6):
        home.import_log(f"agent-{number}")
    answer = home.ask(text="agent-", limit=9)
    assert len(answer.rows) == 4
    assert len(answer.unread) == 2
    assert not answer.complete


def test_one_fact_by_receipt_or_index(home):
    promise = home.ledger.append(a_fact(1))
    for what in (promise.receipt, str(promise.index)):
        shown = dispatch(home.perimeter, secret(home.key), "ledger.show", {"fact": what})
        assert (shown["index"], shown["public"]) == (promise.index, {"note": "word-1"})
        assert (shown["body"], shown["receipt"]) == ("none", promise.receipt)
    for what in ("rct_none", "99999999", "-1", "x" * 300):
        with pytest.raises(Missing):
            dispatch(home.perimeter, secret(home.key), "ledger.show", {"fact": what})


def test_every_question_is_a_fact_before_its_answer(home):
    for operation, asked in (
        ("ledger.query", {"text": "needle"}),
        ("ledger.tail", {}),
        ("ledger.show", {"fact": "0"}),
    ):
        home.perimeter.reads.end()  # as if a minute had passed
        dispatch(home.perimeter, secret(home.key), operation, asked)
        last = home.ledger.entries(after=home.ledger.clear.size() - 2)[0]
        assert (last.type, last.public["operation"]) == ("record.read", operation)
    sealed = home.ask(type="record.read").facts[0][1]
    assert "needle" not in json.dumps(dict(sealed.public))


def test_pages_of_one_reading_are_recorded_once_a_minute(home):
    home.perimeter.reads.end()
    before = len(home.ask(type="record.read", limit=1000).facts)
    for _ in range(5):
        dispatch(home.perimeter, secret(home.key), "ledger.export", {})
    assert len(home.ask(type="record.read", limit=1000).facts) - before in {1, 2}


@pytest.mark.parametrize(
    ("cursor", "state"),
    [
        ({"position": 9_990, "at_s": 1000, "failed": ""}, "ok"),
        ({"position": 4, "at_s": 1000, "failed": ""}, "behind"),
        ({"position": 9_990, "at_s": 1000, "failed": "disk full"}, "failing"),
        ({"position": 9_990, "at_s": 1000 - SILENT_S - 1, "failed": ""}, "silent"),
    ],
)
def test_a_follower_that_lags_or_fails_is_seen(home, cursor, state):
    assert [one["state"] for one in standing(home.paths, size=9, now_s=9)] == ["never", "never"]
    catch_up(home.paths)
    (home.paths.timeline / "rows.cursor").write_text(json.dumps({**cursor, "note": ""}))
    with writer_lock(home.paths.timeline):
        _, rows = standing(home.paths, size=10_000, now_s=1000)
    assert rows["state"] == state
    _, rows = standing(home.paths, size=10_000, now_s=1000)
    assert rows["state"] == ("failing" if state == "failing" else "at rest")


def secret(text):
    from adyton.terms import Secret  # noqa: PLC0415 - one line's worth

    return Secret(text)
