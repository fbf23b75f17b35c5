"""A text is looked for only where it may be, and nothing of what was erased is remembered."""

import pytest

from adyton.adapters.duckdb_timeline import sparing
from adyton.adapters.duckdb_timeline.segments import SegmentList
from adyton.adapters.duckdb_timeline.sparing import Grams, Span, joined
from adyton.ledger.questions import ForeignRow
from adyton.terms import Tampered
from tests.unit.adapters.duckdb_timeline.pieces import COVER, STEP, Lines


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    return Lines(tmp_path_factory.mktemp("t") / "t", facts=8 * STEP, sources=("src_a",))


def test_only_the_blocks_that_may_hold_a_text_are_read(lines):
    (one,) = lines.writer.list.facts
    grams = Grams(lines.writer.segments)
    assert grams.spans(one, '"word-200","size":200}') == [Span(3 * STEP, 4 * STEP - 1)]
    assert grams.spans(one, "nowhere to be found") == []
    assert grams.spans(one, "word") == [Span(0, 8 * STEP - 1)]


def test_a_text_in_many_places_is_one_span(lines, monkeypatch):
    (one,) = lines.writer.list.facts
    apart = Grams(lines.writer.segments).spans(one, "word-11")
    assert len(apart) > 1
    monkeypatch.setattr(sparing, "MOST_SPANS", 1)
    assert Grams(lines.writer.segments).spans(one, "word-11") == [
        Span(apart[0].low, apart[-1].high)
    ]


def test_a_foreign_log_without_the_text_is_not_read(lines):
    (one,) = lines.writer.list.rows
    grams = Grams(lines.writer.segments)
    assert grams.may_hold(one, ["paper-29", "192.0.2.4"])
    assert not grams.may_hold(one, ["paper-29", "nowhere"])


def test_grams_of_an_erased_log_are_forgotten_with_their_file(tmp_path):
    made = Lines(tmp_path / "t", facts=STEP)
    row = ForeignRow(source="src_x", line=1, time_s=1, log_time_s=1, says={"agent": "planted"})
    made.writer.put_rows(source="src_x", entry=0, key_id="bdk_x", cover=COVER, rows=[row])
    grams = Grams(made.writer.segments)
    (one,) = made.writer.list.rows
    assert grams.may_hold(one, ["planted"])
    made.writer.forget_rows(["bdk_x"])
    grams.keep(made.writer.list)
    assert grams._kept == {}
    assert list((made.folder / "rows").iterdir()) == []


def test_damaged_grams_are_tampered(tmp_path):
    made = Lines(tmp_path / "t", facts=STEP)
    (one,) = made.writer.list.facts
    (made.folder / one.grams.name).write_bytes(b"\0" * 8192)
    grams = Grams(made.writer.segments)
    grams.keep(SegmentList())
    with pytest.raises(Tampered, match="grams"):
        grams.spans(one, "word")


def test_spans_that_follow_each_other_are_joined():
    spans = [Span(0, 3), Span(4, 7), Span(9, 9), Span(10, 12), Span(20, 21)]
    assert list(joined(spans)) == [Span(0, 7), Span(9, 12), Span(20, 21)]
    assert list(joined([])) == []
