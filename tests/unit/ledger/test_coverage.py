"""The coverage map over hand-made signs of life, against times that a reader can check by eye."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adyton.ledger.coverage import Kind, coverage
from adyton.ledger.signs import Recordable, gaps, read_lives
from adyton.terms import Entry, ReceiptId

COULD, COULD_NOT, UNKNOWN = Recordable.COULD, Recordable.COULD_NOT, Recordable.UNKNOWN
ANSWERS = Kind(name="answers", through="answers", types=frozenset({"answer.closed"}))
ISSUES = Kind(name="issues", through="operations", types=frozenset({"copy.issued"}))
CHECKOUTS = Kind(name="checkouts", through="operations", quorum=True)
BOTH = ("operations", "answers")


class Record:
    def __init__(self):
        self.entries = []

    def add(self, at, kind, /, subjects=(), **public):
        self.entries.append(
            Entry(
                index=len(self.entries),
                receipt=ReceiptId("r"),
                type=kind,
                writer="owner",
                counter=len(self.entries),
                recorded_at_s=at,
                subjects=subjects,
                public=public,
                body=None,
            )
        )
        return self

    def sign(self, at, kind, *records, cosigned=True, reason="time"):
        return self.add(
            at, f"writer.{kind}", records=list(records), cosigned=cosigned, reason=reason
        )

    def beats(self, start, stop, *records, cosigned=True):
        for at in range(start, stop + 1, 60):
            self.sign(at, "beat", *records, cosigned=cosigned)
        return self

    def map(self, kind, since, until):
        found = coverage(self.entries, [kind], since_s=since, until_s=until)
        (one,) = [line for line in found if line.kind == kind.name]
        return [(span.start_s, span.end_s, span.state) for span in one.spans]

    def gaps(self):
        return gaps(read_lives(self.entries))


def test_a_stop_and_a_start_are_downtime_and_no_gap():
    record = Record().sign(100, "started", *BOTH).beats(160, 280, *BOTH)
    record.sign(300, "stopped", *BOTH, reason="closed").sign(900, "started", *BOTH)
    record.beats(960, 960, *BOTH)
    assert record.map(ANSWERS, 50, 1000) == [
        (50, 100, COULD_NOT),
        (100, 300, COULD),
        (300, 900, COULD_NOT),
        (900, 1000, COULD),
    ]
    assert record.gaps() == ()


@pytest.mark.parametrize("found", ["lost", "started"])
def test_i6_a_kill_is_a_stretch_of_which_nobody_knows(found):
    record = Record().sign(100, "started", *BOTH).beats(160, 220, *BOTH).sign(800, found, *BOTH)
    assert record.map(ANSWERS, 100, 800) == [(100, 220, COULD), (220, 800, UNKNOWN)]
    assert record.gaps() == (
        "owner: the writer ended without saying so, up to entry 3 (220 to 800)",
    )


def test_i6_commands_after_a_kill_do_not_make_the_killed_life_go_on():
    record = Record().sign(100, "started", *BOTH).sign(300, "lost")
    for at in (330, 360, 390):
        record.add(at, "copy.issued")
    assert record.map(ANSWERS, 100, 400) == [(100, 300, UNKNOWN), (300, 400, COULD_NOT)]
    assert [span for span in record.map(ISSUES, 300, 400) if span[2] is COULD] == [
        (at, at + 1, COULD) for at in (330, 360, 390)
    ]


def test_i6_silence_of_more_than_three_beats_is_unknown_and_a_gap():
    record = Record().sign(0, "started", *BOTH).beats(60, 60, *BOTH).beats(260, 260, *BOTH)
    assert record.map(ISSUES, 0, 260) == [(0, 60, COULD), (60, 260, UNKNOWN)]
    assert record.gaps() == ("owner: no sign of life for 200 s, up to entry 2 (60 to 260)",)


def test_any_entry_is_a_sign_of_life():
    record = Record().sign(0, "started", *BOTH)
    for at in range(100, 1000, 100):
        record.add(at, "copy.issued")
    assert record.map(ANSWERS, 0, 1000) == [(0, 1000, COULD)]


def test_a_record_without_signs_says_nothing_about_its_time():
    record = Record().add(100, "copy.issued").add(130, "copy.issued")
    assert record.map(ANSWERS, 0, 200) == [(0, 100, COULD_NOT), (100, 200, UNKNOWN)]
    assert record.gaps() == ()


def test_a_listener_counts_from_its_opening_to_its_closing():
    record = Record().sign(0, "started", "operations")
    record.sign(30, "beat", *BOTH, reason="opened").beats(90, 90, *BOTH)
    record.sign(120, "beat", "operations", reason="closed").beats(180, 180, "operations")
    assert record.map(ANSWERS, 0, 180) == [
        (0, 30, COULD_NOT),
        (30, 120, COULD),
        (120, 180, COULD_NOT),
    ]
    assert record.map(ISSUES, 0, 180) == [(0, 180, COULD)]


def test_i6_a_listener_that_died_between_two_beats_leaves_the_minute_unknown():
    record = Record().sign(0, "started", *BOTH).beats(60, 60, *BOTH)
    record.beats(120, 180, "operations")
    assert record.map(ANSWERS, 0, 180) == [
        (0, 60, COULD),
        (60, 120, UNKNOWN),
        (120, 180, COULD_NOT),
    ]


def test_what_waits_for_the_quorum_is_not_recordable_without_it():
    record = Record().sign(0, "started", *BOTH).beats(60, 60, *BOTH)
    record.beats(120, 180, *BOTH, cosigned=False).beats(240, 240, *BOTH)
    assert record.map(CHECKOUTS, 0, 240) == [
        (0, 60, COULD),
        (60, 120, UNKNOWN),
        (120, 180, COULD_NOT),
        (180, 240, UNKNOWN),
    ]
    assert record.map(ISSUES, 0, 240) == [(0, 240, COULD)]


def test_a_clock_put_forward_leaves_the_stretch_it_jumped_over_unknown():
    record = Record().sign(0, "started", *BOTH).beats(60, 60, *BOTH)
    record.add(3700, "clock.jumped", forward_ms=3_600_000, back_ms=0, mono_ms=10_000)
    record.beats(3720, 3720, *BOTH)
    assert record.map(ANSWERS, 0, 3720) == [
        (0, 60, COULD),
        (60, 3700, UNKNOWN),
        (3700, 3720, COULD),
    ]
    assert "the clock jumped 3600 s forward" in record.gaps()[0]


def test_a_clock_put_back_leaves_the_stretch_seen_twice_unknown():
    record = Record().sign(0, "started", *BOTH).beats(60, 960, *BOTH)
    record.add(500, "clock.jumped", forward_ms=0, back_ms=480_000, mono_ms=2_000)
    record.beats(560, 1100, *BOTH)
    found = record.map(ANSWERS, 0, 1100)
    assert found == [(0, 498, COULD), (498, 980, UNKNOWN), (980, 1100, COULD)]


def test_i6_times_that_go_back_without_a_word_are_doubted_all_the_same():
    record = Record().sign(0, "started", *BOTH).beats(60, 960, *BOTH)
    record.beats(500, 1100, *BOTH)
    assert (500, 960, UNKNOWN) in record.map(ANSWERS, 0, 1100)
    assert "the times of the entries go back" in record.gaps()[0]


def test_silence_since_the_last_sign_is_unknown_up_to_now():
    record = Record().sign(0, "started", *BOTH).beats(60, 120, *BOTH)
    assert record.map(ANSWERS, 0, 300) == [(0, 300, COULD)]
    assert record.map(ANSWERS, 0, 301) == [(0, 120, COULD), (120, 301, UNKNOWN)]


def imported(record, name, start, end, *, basis="stated", malformed=0):
    return record.add(
        9999,
        "source.imported",
        subjects=(name,),
        kind="idp",
        coverage_from_s=start,
        coverage_to_s=end,
        coverage_basis=basis,
        malformed=malformed,
    )


def sources(record, since, until):
    """What the map says of each log, and of kinds without one."""
    found = coverage(record.entries, [], since_s=since, until_s=until, sources=["idp", "mail"])
    return {
        (one.writer, one.kind): [(span.start_s, span.end_s, span.state) for span in one.spans]
        for one in found
        if one.writer != "owner"
    }


def test_i6_each_foreign_log_covers_what_was_stated_of_it_and_no_more():
    record = imported(Record(), "src_a", 100, 200)
    imported(record, "src_b", 150, 300, basis="observed")
    imported(record, "src_c", 400, 500, malformed=3)
    assert sources(record, 0, 600) == {
        ("src_a", "idp"): [(0, 100, COULD_NOT), (100, 200, COULD), (200, 600, COULD_NOT)],
        ("src_b", "idp"): [(0, 150, COULD_NOT), (150, 300, UNKNOWN), (300, 600, COULD_NOT)],
        ("src_c", "idp"): [(0, 400, COULD_NOT), (400, 500, UNKNOWN), (500, 600, COULD_NOT)],
        ("source", "mail"): [(0, 600, COULD_NOT)],
    }


def test_i6_a_log_that_was_erased_shows_nothing():
    record = imported(Record(), "src_a", 0, 600)
    imported(record, "src_b", 0, 600)
    record.add(10_000, "bodies.erased", subjects=("src_a",), month="1970-01", keys=[])
    record.add(10_000, "bodies.erased", subjects=("src_b",), month="1970-02", keys=[])
    record.add(10_000, "bodies.erased", subjects=("per_x",), month="1970-01", keys=[])
    assert sources(record, 0, 600) == {
        ("src_a", "idp"): [(0, 600, COULD_NOT)],
        ("src_b", "idp"): [(0, 600, COULD)],
        ("source", "mail"): [(0, 600, COULD_NOT)],
    }


def test_i6_no_log_covers_what_came_after_its_import():
    record = imported(Record(), "src_a", 0, 2**40)
    assert sources(record, 0, 12_000)["src_a", "idp"] == [
        (0, 9999, COULD),
        (9999, 12_000, COULD_NOT),
    ]


def test_i6_where_no_detector_looked_nobody_knows():
    record = Record().add(500, "watch.done", detectors=["probes"], **{"from": 100, "to": 500})
    found = coverage(record.entries, [], since_s=0, until_s=600, detectors=["probes", "volume"])
    lines = {one.kind: [span.state for span in one.spans] for one in found}
    assert lines["probes"] == [UNKNOWN, COULD, UNKNOWN]
    assert lines["volume"] == [UNKNOWN]


SIGNS = st.sampled_from(["started", "beat", "stopped", "lost"])


@given(st.lists(st.tuples(SIGNS, st.integers(-50, 400), st.booleans(), st.booleans())))
def test_the_map_never_has_holes_whatever_the_signs(steps):
    record, now = Record(), 1000
    for kind, step, listening, cosigned in steps:
        now = max(1, now + step)
        record.sign(now, kind, *(BOTH if listening else ("operations",)), cosigned=cosigned)
    for kind in (ANSWERS, CHECKOUTS):
        found = coverage(record.entries, [kind], since_s=500, until_s=2500)
        for line in found:
            ends = [500, *(span.end_s for span in line.spans)]
            assert [span.start_s for span in line.spans] == ends[:-1]
            assert ends[-1] == 2500
            assert sum(line.seconds(state) for state in Recordable) == 2000
            assert line.at(1500) in line.spans
            assert line.at(2500) is None
