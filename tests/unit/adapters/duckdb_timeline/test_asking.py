"""The quick answer is the plain one; nothing damaged is answered from; no question is a query."""

import itertools

import pytest

from adyton.ledger.questions import Question
from adyton.terms import Unavailable
from tests.unit.adapters.duckdb_timeline.pieces import COVER, START_S, STEP, Lines, an_id


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lines")
    return Lines(folder / "it's a timeline", facts=9 * STEP + 50, sources=("src_a", "src_b"))


QUESTIONS = [
    {"subject": an_id("per", 25)},
    {"subject": an_id("cpy", 77)},
    {"subject": an_id("per", 25), "type": "lock.set"},
    {"subject": an_id("per", 25), "text": "word-13"},
    {"subject": "per_nobody"},
    {"type": "lock.set", "since_s": START_S + 40, "until_s": START_S + 90},
    {"type": "lock.set", "after": 200},
    {"type": "object.read", "address": "192.0.2.4"},
    {"text": "word-20"},
    {"text": '"word-200","size":200}'},
    {"text": "paper-29"},
    {"text": "nowhere to be found"},
    {"text": "1"},
    {"text": "%"},
    {"text": "' OR 1=1 --"},
    {"source": "src_b", "since_s": START_S + 10},
    {"address": "192.0.2.8", "until_s": START_S + 20},
    {"after_row": (START_S + 30, "src_a", 31)},
    {"since_s": START_S + 150},
]


@pytest.mark.parametrize("newest", [False, True])
@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_the_answer_is_what_a_search_one_by_one_finds(lines, question, newest):
    limit = 7
    found = lines.find(**question, limit=limit, newest=newest)
    facts, rows = lines.plain(**question)
    end = slice(-limit - 1, None) if newest else slice(limit + 1)
    assert sorted(found.positions) == facts[end]
    assert sorted(found.rows, key=lambda one: (one.time_s, one.source, one.line)) == rows[end]
    assert (found.end, found.gaps, found.unread) == (9 * STEP, (), {})


def test_sources_that_are_hidden_give_no_row(lines):
    found = lines.timeline.find(Question(text="paper"), hidden=frozenset({"src_a"}))
    assert {one.source for one in found.rows} == {"src_b"}


@pytest.mark.parametrize(
    ("part", "question"),
    [
        ("names", {"subject": an_id("per", 25)}),
        ("words", {"text": "word-100"}),
        ("grams", {"text": "word-10"}),
        ("main", {"type": "lock.set"}),
    ],
)
@pytest.mark.parametrize("damage", ["flipped", "cut", "gone", "other"])
def test_a_damaged_segment_is_a_gap_and_the_others_answer(tmp_path, part, question, damage):
    made = Lines(tmp_path / "t", facts=3 * STEP)
    file = next(made.folder.glob(f"facts/*-000000000128.{part}*"))
    data = bytearray(file.read_bytes())
    if damage == "gone":
        file.unlink()
    elif damage == "other":
        file.write_bytes(next(made.folder.glob(f"facts/*-000000000064.{part}*")).read_bytes())
    else:
        data[len(data) // 2] ^= 4
        file.write_bytes(data[:-1] if damage == "cut" else data)
    found = made.find(**question, limit=1000)
    facts, _ = made.plain(**question)
    assert [(gap.start, gap.end) for gap in found.gaps] == [(64, 127)]
    assert file.name in found.gaps[0].why
    assert list(found.positions) == [at for at in facts if not 64 <= at < 128]


def test_a_segment_that_is_damaged_after_it_was_looked_at_is_found(tmp_path):
    made = Lines(tmp_path / "t", facts=STEP)
    assert not made.find(type="lock.set").gaps
    file = next(made.folder.glob("facts/*.main.parquet"))
    data = bytearray(file.read_bytes())
    data[100] ^= 1
    file.write_bytes(data)
    assert made.find(type="lock.set").gaps


@pytest.mark.parametrize("part", ["0.parquet", "grams"])
def test_damaged_rows_are_unread_and_not_missing(tmp_path, part):
    made = Lines(tmp_path / "t", sources=("src_a", "src_b"))
    (made.folder / "rows" / f"src_a.{part}").write_bytes(b"PAR1")
    found = made.find(text="paper")
    assert list(found.unread) == ["src_a"]
    assert {one.source for one in found.rows} == {"src_b"}


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff\n", b"0" * 64 + b"\n{}"])
def test_a_damaged_list_holds_nothing(tmp_path, damage):
    made = Lines(tmp_path / "t", facts=STEP, sources=("src_a",))
    (made.folder / "segments.json").write_bytes(damage)
    found = made.find(text="word")
    assert (found.end, list(found.positions), list(found.rows)) == (0, [], [])
    assert made.timeline.sources() == frozenset()


def test_a_list_that_was_edited_is_damaged(tmp_path):
    made = Lines(tmp_path / "t", facts=STEP)
    place = made.folder / "segments.json"
    place.write_bytes(place.read_bytes().replace(b'"end":64', b'"end":63'))
    assert made.find(text="word").end == 0


def test_rows_carry_digest_skew_and_coverage_in_their_segment(tmp_path):
    import duckdb  # noqa: PLC0415 - as somebody else would read the file

    made = Lines(tmp_path / "t", sources=("src_a",))
    query = f"SELECT DISTINCT {', '.join(COVER)} FROM read_parquet($1)"  # noqa: S608
    with duckdb.connect() as other:
        found = other.execute(query, [str(made.folder / "rows" / "src_a.0.parquet")]).fetchall()
    assert found == [tuple(COVER.values())]


def test_segments_replaced_while_they_are_read_cost_no_answer(tmp_path, monkeypatch):
    made = Lines(tmp_path / "t", facts=2 * STEP)
    real, tries = made.timeline._find, itertools.count()

    def meanwhile(question, listed, hidden):
        if next(tries) == 0:
            made.put("src_new", 3, key="bdk_new")
            raise Unavailable("gone")
        return real(question, listed, hidden)

    monkeypatch.setattr(made.timeline, "_find", meanwhile)
    assert len(made.find(text="paper").rows) == 3
