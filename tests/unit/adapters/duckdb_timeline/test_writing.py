"""Segments: merged alike, mended from the same facts, private, and killed anywhere still whole."""

import os
from threading import get_ident
from unittest import mock

import pytest

from adyton.adapters import home_files
from adyton.adapters.duckdb_timeline import TimelineWriter, writing
from adyton.adapters.duckdb_timeline.followers import LOOK_AGAIN
from adyton.adapters.duckdb_timeline.segments import writer_lock
from adyton.ledger.questions import ForeignRow
from adyton.terms import Conflict, Exhausted, Tampered, Unavailable
from tests.unit.adapters.duckdb_timeline.pieces import COVER, STEP, Feed, Lines, an_id


def names(folder):
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file())


def test_segments_merge_by_size_and_nothing_is_left_over(tmp_path):
    made = Lines(tmp_path / "t", facts=7 * STEP, fan=2)
    sizes = [one.end - one.start for one in made.writer.list.facts]
    assert sizes == [4 * STEP, 2 * STEP, STEP]
    assert len(names(tmp_path / "t")) == 1 + 3 * 4
    question = {"subject": an_id("per", 25), "limit": 1000}
    assert list(made.find(**question).positions) == made.plain(**question)[0]


def test_thrown_away_it_comes_back_byte_for_byte(tmp_path):
    made = Lines(tmp_path / "t", facts=3 * STEP, sources=("src_a",), fan=2)
    again = Lines(tmp_path / "again", facts=3 * STEP, sources=("src_a",), fan=2)
    assert made.writer.list == again.writer.list  # with the digest of every file


@pytest.mark.parametrize("part", ["main", "names", "words", "grams"])
def test_a_damaged_segment_is_made_again_and_told(tmp_path, part):
    made = Lines(tmp_path / "t", facts=3 * STEP)
    before = made.writer.list
    file = next(made.folder.glob(f"facts/*-000000000128.{part}*"))
    file.write_bytes(b"nonsense")
    position, note = made.follower.check(made.feed, 3 * STEP)
    assert (position, made.writer.list) == (3 * STEP, before)
    assert file.name in note
    assert made.writer.segments.problem(one for seg in before.facts for one in seg.files) == ""


def test_what_is_damaged_is_never_merged_into_something_whole(tmp_path):
    made = Lines(tmp_path / "t", facts=3 * STEP, fan=2)
    next(made.folder.glob("facts/*-000000000192.names*")).write_bytes(b"nonsense")
    made.feed = Feed(4 * STEP)
    with pytest.raises(Tampered):
        made.follow()
    position, note = made.follower.check(made.feed, 4 * STEP)
    assert (position, "made again" in note) == (4 * STEP, True)
    assert [one.end - one.start for one in made.writer.list.facts] == [2 * STEP, STEP, STEP]


def test_another_record_is_begun_anew(tmp_path):
    made = Lines(tmp_path / "t", facts=2 * STEP)
    made.feed.facts = [*made.feed.facts[:-1], made.feed.facts[0]]
    position, note = made.follower.check(made.feed, 2 * STEP)
    assert (position, made.writer.list.facts) == (0, ())
    assert "another" in note


def test_a_list_that_is_damaged_is_begun_anew_and_told(tmp_path):
    Lines(tmp_path / "t", facts=STEP)
    (tmp_path / "t" / "segments.json").write_bytes(b"nonsense")
    writer = TimelineWriter(tmp_path / "t", write=home_files.write_private)
    assert (writer.list.end, names(tmp_path / "t")) == (0, ["segments.json"])
    assert "begun anew" in writer.note


def test_facts_that_do_not_follow_are_refused(tmp_path):
    made = Lines(tmp_path / "t", facts=3 * STEP)
    made.writer.clear_facts()
    with pytest.raises(Tampered):
        made.follower.take(made.feed.read(STEP, STEP))
    with pytest.raises(Tampered):
        made.follower.take([*made.feed.read(0, 10), *made.feed.read(11, 10)])


def test_forgotten_rows_are_in_no_file(tmp_path):
    made = Lines(tmp_path / "t", sources=("src_a", "src_b"))
    made.writer.forget_rows(["bdk_src_a", "bdk_unknown"])
    assert names(tmp_path / "t") == [
        "rows/src_b.0.parquet",
        "rows/src_b.grams",
        "segments.json",
    ]
    assert {one.source for one in made.find(text="paper").rows} == {"src_b"}


def test_everything_is_its_owners_alone(tmp_path):
    Lines(tmp_path / "t", facts=STEP, sources=("src_a",))
    found = [tmp_path / "t", *(tmp_path / "t").rglob("*")]
    assert [str(one) for one in found if one.stat().st_mode & 0o077] == []


@pytest.mark.parametrize("dies_at", range(9))
def test_killed_at_any_flush_or_rename_the_old_or_the_new_stands(tmp_path, monkeypatch, dies_at):
    made = Lines(tmp_path / "t", facts=STEP, sources=("src_a",))
    left, mine = dies_at, get_ident()

    def dying(real):
        def step(*given, **named):
            nonlocal left
            if get_ident() != mine:  # threads of other tests flush too
                return real(*given, **named)
            left -= 1
            if left < 0:
                raise KeyboardInterrupt
            return real(*given, **named)

        return step

    made.feed = Feed(2 * STEP)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", dying(os.fsync))
        try:
            made.follow()
            made.writer.forget_rows(["bdk_src_a"])
        except KeyboardInterrupt:
            pass
    again = TimelineWriter(tmp_path / "t", write=home_files.write_private)
    assert again.list.end in {STEP, 2 * STEP}
    listed = [one for seg in (*again.list.facts, *again.list.rows) for one in seg.files]
    assert again.segments.problem(listed) == ""
    assert len(names(tmp_path / "t")) == 1 + len(listed)


def test_a_full_disk_is_unavailable_and_the_old_list_stands(tmp_path):
    made = Lines(tmp_path / "t", facts=STEP)
    made.writer.segments._write = lambda *_: (_ for _ in ()).throw(OSError(28, "full"))
    made.feed = Feed(2 * STEP)
    with pytest.raises(Unavailable):
        made.follow()
    assert made.find(text="word-1").end == STEP


def test_one_process_writes(tmp_path):
    with writer_lock(tmp_path / "t"), pytest.raises(Conflict), writer_lock(tmp_path / "t"):
        pass
    with writer_lock(tmp_path / "t"):
        assert writing.SEGMENT_FACTS == 4096


def test_a_file_that_could_not_be_filled_does_not_stay(tmp_path, monkeypatch):
    """It may hold rows that are erased before anybody tries again."""
    made = Lines(tmp_path / "t")
    before = names(tmp_path / "t")
    monkeypatch.setattr(made.writer.segments, "settle", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        made.put("src_x", 3, key="bdk_x")
    assert names(tmp_path / "t") == before


def test_a_large_damaged_segment_is_made_again_in_pieces_and_comes_out_the_same(tmp_path):
    made = Lines(tmp_path / "t", facts=9 * STEP)
    before = made.writer.list
    assert [one.end - one.start for one in before.facts] == [8 * STEP, STEP]
    (made.folder / before.facts[0].main.name).write_bytes(b"nonsense")
    most = 0

    def counted(box, facts):
        nonlocal most
        most = max(most, len(facts))
        return insert(box, facts)

    insert = writing._insert
    with mock.patch.multiple(writing, SEGMENT_FACTS=STEP, _insert=counted):
        position, note = made.follower.check(made.feed, 9 * STEP)
    assert (position, "made again" in note, most) == (9 * STEP, True, STEP)
    assert made.writer.list == before
    assert made.writer.segments.problem(one for seg in before.facts for one in seg.files) == ""


def test_segments_too_long_to_be_merged_stay_apart_and_answer(tmp_path, monkeypatch):
    def too_long(*_):
        raise Exhausted("no memory")

    monkeypatch.setattr(TimelineWriter, "_join", too_long)
    made = Lines(tmp_path / "t", facts=9 * STEP)
    assert len(made.writer.list.facts) == 9
    assert list(made.find(text="word-20", limit=1000).positions) == made.plain(text="word-20")[0]


def test_a_log_of_mostly_strange_signs_can_be_taken_in(tmp_path, monkeypatch):
    """Every byte that is no UTF-8 becomes three."""
    monkeypatch.setattr(writing, "WRITE_MEMORY", "128MB")
    monkeypatch.setattr(writing, "_PART_CHARS", 4 << 20)
    made = Lines(tmp_path / "t")
    says = {"action": "other", **dict.fromkeys(("agent", "object", "place"), "\ufffd" * 2048)}
    rows = [
        ForeignRow(source="src_a", line=at, time_s=at // 9, log_time_s=5, says=says)
        for at in range(3000)  # 57 MB
    ]
    made.writer.put_rows(source="src_a", entry=0, key_id="bdk_a", cover=COVER, rows=rows)
    assert len(made.writer.list.rows[0].parts) > 1
    assert list(made.find(source="src_a", limit=1000).rows) == rows[:1001]


@pytest.mark.parametrize("damage", [None, b"nonsense"])
def test_where_the_list_is_lost_every_follower_begins_anew(tmp_path, damage):
    made = Lines(tmp_path / "t", facts=STEP, sources=("src_a",))
    cursor = made.folder / "rows.cursor"
    cursor.write_bytes(b"{}")
    TimelineWriter(made.folder, write=home_files.write_private)
    assert cursor.exists()
    if damage is None:
        (made.folder / "segments.json").unlink()
    else:
        (made.folder / "segments.json").write_bytes(damage)
    TimelineWriter(made.folder, write=home_files.write_private)
    assert not cursor.exists()


def test_a_bit_that_changes_while_times_stay_is_found_in_time(tmp_path):
    made = Lines(tmp_path / "t", facts=2 * STEP, sources=("src_a",))
    made.follower.check(made.feed, 2 * STEP)
    file = made.folder / made.writer.list.facts[1].words.name
    data, looks = bytearray(file.read_bytes()), file.stat()
    data[100] ^= 1
    file.write_bytes(data)
    os.utime(file, ns=(looks.st_atime_ns, looks.st_mtime_ns))
    files = [name for name in names(made.folder) if "/" in name]
    notes = [made.follower.check(made.feed, 2 * STEP)[1] for _ in range(LOOK_AGAIN * len(files))]
    assert [one for one in notes if file.name in one] == [one for one in notes if one]
    assert len([one for one in notes if one]) == 1
    assert not any(notes[: LOOK_AGAIN - 1])  # not hashed at every look
