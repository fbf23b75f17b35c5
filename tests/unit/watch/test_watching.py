import pytest
from hypothesis import given
from hypothesis import strategies as st

from adyton.watch import DETECTORS, look, watch
from adyton.watch.probes import Probes
from adyton.watch.watching import base_rate
from adyton.watch.windows import History
from tests.unit.watch.log import DAY_S, KB, NOW_S, Log, when


@pytest.fixture
def log():
    return Log()


def test_a_signal_carries_detector_window_and_evidence(log):
    log.refused("per_a", reason="decoy")
    (signal,) = watch(log.entries, NOW_S)
    assert (signal.detector, signal.subjects, signal.evidence) == ("probes", ("per_a",), (0,))
    assert signal.window == (NOW_S - DAY_S, NOW_S)


def test_without_history_the_base_rate_says_so(log):
    log.refused("per_a", reason="decoy")
    (signal,) = watch(log.entries, NOW_S)
    assert signal.base_rate.per_thousand is None
    assert signal.base_rate.text.startswith("no history")


def test_the_base_rate_is_how_often_earlier_windows_would_have_called(log):
    for day in range(1, 11):
        log.asked("per_b", "desk", day)
    log.refused("per_b", reason="decoy", day=4)
    log.refused("per_a", reason="decoy")
    (signal,) = watch(log.entries, NOW_S)
    assert (signal.base_rate.per_thousand, signal.base_rate.windows) == (100, 10)


def test_days_on_which_nothing_happened_do_not_flatter_the_rate(log):
    log.refused("per_b", reason="decoy", day=30)
    for day in range(1, 8):
        log.refused("per_b", reason="decoy", day=day)
    rate = base_rate(Probes(), History.of(log.entries, NOW_S))
    assert (rate.per_thousand, rate.windows) == (1000, 8)


def test_what_could_not_be_judged_is_listed(log):
    log.took("per_a", 500 * KB)
    watched = look(log.entries, NOW_S)
    assert watched.signals == ()
    assert [(one.detector, one.subject) for one in watched.unjudged] == [("volume", "per_a")]


def test_an_ordinary_month_of_a_whole_team_gives_no_signal(log):
    for day in range(31):
        for number in range(6):
            busy = 1 + (day * 7 + number * 3) % 5
            for use in range(busy):
                at_s = when(day, 8) + number * 411 + use * use * 977
                size = 20_000 + 3_000 * ((day + number + use) % 4)
                log.request(f"per_{number}", at_s, client=f"desk {number}", size_bytes=size)
        log.refused(f"per_{day % 6}", name="an old name", day=day)
    assert watch(log.entries, NOW_S) == ()


def test_later_facts_are_not_looked_at(log):
    log.add("request.refused", NOW_S + 1, person="per_a", reason="decoy")
    assert watch(log.entries, NOW_S) == ()


def test_the_order_of_the_facts_makes_no_difference(log):
    for person in ("per_a", "per_b"):
        log.refused(person, reason="decoy")
        log.took(person, 300 * KB)
    assert set(watch(log.entries, NOW_S)) == set(watch(log.entries[::-1], NOW_S))


def test_detectors_have_names_of_their_own():
    assert [one.name for one in DETECTORS] == ["probes", "volume", "clients", "alike"]


FIELDS = st.sampled_from(
    ["reason", "person", "credential", "recipient", "client", "bytes_out", "size_bytes", "count"]
)
VALUES = st.none() | st.booleans() | st.integers(-5, 10**9) | st.sampled_from(["decoy", "", "x"])
TYPES = st.sampled_from(["request.refused", "answer.intended", "answer.closed", "copy.issued", "x"])


@given(
    st.lists(st.tuples(TYPES, st.dictionaries(FIELDS, VALUES), st.integers(-40, 1)), max_size=40)
)
def test_i7_no_fact_however_odd_breaks_a_look(facts):
    log = Log()
    for kind, public, day in facts:
        log.add(kind, NOW_S + day * DAY_S, **public)
    for signal in watch(log.entries, NOW_S):
        assert set(signal.evidence) <= {entry.index for entry in log.entries}
