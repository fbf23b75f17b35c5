from adyton.adapters.memory_ledger import SeededEntropy, memory_ledger
from adyton.sweep import project, record
from tests.unit.sweep.world import FOLDER, PLAN, ShelfOfFiles, a_key, sweeper


def recorded():
    ledger = memory_ledger([project])
    files = {"chats/leak.txt": PLAN.encode(), "env": a_key().encode(), "x.bin": b"\0"}
    result = sweeper(ShelfOfFiles({FOLDER: files})).sweep([FOLDER])
    promise = record(ledger, result, entropy=SeededEntropy())
    return ledger, result, promise


def test_each_exposure_and_then_the_sweep_go_on_record():
    ledger, _, promise = recorded()
    entries = ledger.entries()
    assert [entry.type for entry in entries] == ["exposure.found", "exposure.found", "sweep.done"]
    assert entries[-1].receipt == promise.receipt
    assert entries[-1].public["not_scanned"] == 1
    assert entries[-1].body["not_scanned"] == [
        ["/srv/share", "x.bin", "binary, and no protected file has prints"]
    ]


def test_rows_follow_from_the_facts():
    ledger, result, _ = recorded()
    ((_, exposure),) = ledger.state.by_index("exposures", "ast_plan")
    assert exposure["path"] == "chats/leak.txt"
    assert exposure["share_ppm"] == result.exposures[0].share_ppm
    ((sweep, row),) = ledger.state.scan("sweeps")
    assert exposure["sweep"] == sweep
    assert (row["exposures"], row["scanned_files"]) == (2, 2)


def test_i8_the_tree_holds_no_path_and_the_ledger_no_found_key():
    ledger, _, _ = recorded()
    for entry in ledger.entries():
        assert "leak.txt" not in repr(entry.public)
        assert "/srv" not in repr(entry.public)
        assert a_key() not in repr(entry)
