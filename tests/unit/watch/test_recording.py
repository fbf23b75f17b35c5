import json
from dataclasses import replace

import pytest

from adyton.adapters.memory_ledger import MemoryWorld
from adyton.ledger import rebuild
from adyton.watch import BaseRate, Severity, Signal, project, record

SIGNAL = Signal(
    detector="volume",
    subjects=("per_a", "key_b"),
    evidence=(4, 7, 9),
    base_rate=BaseRate(per_thousand=33, windows=30),
    severity=Severity.HIGH,
    window=(1_000, 87_400),
    summary="much more than usual",
)


@pytest.fixture
def ledger():
    return MemoryWorld().open([project])


def test_a_signal_on_record_can_be_read_back(ledger):
    record(ledger, SIGNAL)
    ((key, row),) = ledger.state.by_index("signals", "per_a")
    assert key.startswith("sig_")
    assert row == {
        "detector": "volume",
        "subjects": ["per_a", "key_b"],
        "evidence": [4, 7, 9],
        "severity": "high",
        "window_start": 1_000,
        "window_end": 87_400,
        "base_rate_per_thousand": 33,
        "base_rate_windows": 30,
        "base_rate": "33 of 1000 earlier windows (measured on 30)",
        "summary": "much more than usual",
        "raised_at": ledger.entries()[0].recorded_at_s,
    }


def test_the_same_finding_is_on_record_once_however_often_one_looks(ledger):
    assert record(ledger, SIGNAL) is not None
    longer = replace(SIGNAL, evidence=(4, 7, 9, 12), window=(2_000, 88_400))
    assert record(ledger, longer) is None
    assert record(ledger, replace(SIGNAL, evidence=(7, 9))) is not None
    assert record(ledger, replace(SIGNAL, subjects=("per_c",))) is not None
    assert len(ledger.entries()) == 3


def test_no_history_is_recorded_as_such(ledger):
    record(ledger, replace(SIGNAL, base_rate=BaseRate(per_thousand=None, windows=2)))
    ((_, row),) = ledger.state.scan("signals")
    assert row["base_rate_per_thousand"] == -1
    assert row["base_rate"] == "no history (2 earlier windows)"


def test_i8_the_summary_stays_out_of_the_tree(ledger):
    record(ledger, SIGNAL)
    assert "usual" not in json.dumps(dict(ledger.entries()[0].public))


def test_rebuilt_rows_equal_live_rows(ledger):
    record(ledger, SIGNAL)
    (row,) = [one for one in rebuild(ledger.entries(), [project]) if one.table == "signals"]
    assert (row.key, dict(row.data)) == next(iter(ledger.state.scan("signals")))
