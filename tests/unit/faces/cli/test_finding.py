import json

import pytest

from tests.perimeter import MASTER

SIGN_IN = '{"time": "2026-01-01T00:00:00Z", "event": "signin", "user": "guest-1"}'
SHELL = "import subprocess\n\n\ndef run(name):\n    subprocess.run('ls ' + name, shell=True)\n"


def test_a_log_that_is_not_ours_is_imported_and_listed(adyton, tmp_path):
    (tmp_path / "idp.jsonl").write_text(f"{SIGN_IN}\nno json\n")
    words = ("--kind", "idp", "--name", "sign-ins", "--skew", "3")
    done = adyton("sources", "import", tmp_path / "idp.jsonl", *words)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("src_")
    assert done.out.endswith(": 1 rows, 1 lines not read\n")
    assert "sign-ins" in adyton("sources", "list").out


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """An empty folder to be in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("sources", "import", "none.log", "--kind", "idp", "--name", "n"), 4, "there is no file"),
        (("sources", "import", ".", "--kind", "idp", "--name", "n"), 5, "is a folder"),
        (("sources", "import", "log", "--kind", "odd", "--name", "n"), 5, "kind: no packaged"),
        (
            ("sources", "import", "log", "--kind", "x", "--name", "n", "--mapping", "log"),
            5,
            "",
        ),
        (("sweep", "none"), 4, "a place to sweep is not there"),
        (("trace", "none"), 4, "there is nothing at none"),
        (("analyst", "review", "none"), 4, "there is nothing at none"),
    ],
)
def test_bad_input_is_one_line_and_its_exit_code(adyton, elsewhere, words, code, says):
    (elsewhere / "log").write_bytes(b"\xff\xfe[")
    by = "operator" if words[0] in {"sources", "sweep"} else "entitled"
    done = adyton(*words, by="investigator" if words[0] == "trace" else by)
    assert (done.code, done.out) == (code, "")
    assert says in done.err
    assert done.err.count("\n") == 1


def test_a_stray_file_is_an_exposure_and_exit_1(adyton, tmp_path):
    (tmp_path / "clean.txt").write_text("nothing")
    (tmp_path / "clean.txt").chmod(0o600)
    clean = adyton("sweep", tmp_path / "clean.txt")
    assert (clean.code, clean.out) == (0, "(none)\nscanned 1 files, 0 not scanned\n")
    found = adyton("sweep", MASTER.parent)
    assert found.code == 1
    assert "runbook.md" in found.out


def test_watch_tells_of_signals_by_exit_code(adyton):
    done = adyton("watch", "--json")
    assert done.code == (1 if done.json["signals"] else 0)


def test_trace_names_what_a_file_is(adyton, tmp_path):
    (tmp_path / "a.txt").write_text("Nothing of this was ever ours, and nobody said so.")
    done = adyton("trace", tmp_path / "a.txt", by="investigator")
    assert (done.code, done.err) == (0, "")
    assert ": not_ours" in done.out


def test_a_tree_is_reviewed_and_sarif_written_outside_the_home(adyton, owner, tmp_path):
    (tmp_path / "tree" / "pkg").mkdir(parents=True)
    (tmp_path / "tree" / "pkg" / "a.py").write_text(SHELL)
    words = ("analyst", "review", tmp_path / "tree", "--sarif")
    done = adyton(*words, tmp_path / "out.sarif", by="entitled")
    assert (done.code, done.err) == (0, "")
    assert "L2     B602  pkg/a.py:5" in done.out
    assert json.loads((tmp_path / "out.sarif").read_text())["version"] == "2.1.0"
    assert adyton(*words, owner.home / "out.sarif", by="entitled").code == 3


def test_a_model_that_nobody_serves_explains_nothing_and_records_no_review(adyton, owner, tmp_path):
    (tmp_path / "a.py").write_text(SHELL)
    before = owner.perimeter.ledger.state.version("entries")
    done = adyton("analyst", "review", tmp_path / "a.py", "--explain", "m", by="entitled")
    assert (done.code, done.out) == (9, "")
    assert done.err == "adyton: no model proxy is serving here: start adyton serve\n"
    assert owner.perimeter.ledger.state.version("entries") == before
