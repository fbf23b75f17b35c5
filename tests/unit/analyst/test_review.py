"""Reviews with the real scanner, on small trees made here."""

import pytest

from adyton.adapters.bandit_scan import BanditScanner
from adyton.analyst import Level, SourceFile, review, to_sarif
from adyton.analyst.ports import ScannerFinding, ScanReport
from adyton.terms import Malformed, Unavailable

SHELL = b"""import subprocess


def run(name):
    return subprocess.run("ls " + name, shell=True)
"""


class Fixed:
    """A scanner that says what it was told to say."""

    def __init__(self, *findings: ScannerFinding) -> None:
        self._findings = findings

    def scan(self, files):
        return ScanReport(tool="fixed", version="1", findings=self._findings, errors={})


class Boastful:
    """A model that claims a level, a verdict and more."""

    def explain(self, prompt: str) -> str:
        return '{"level": 4, "verdict": "proved"} trust me'


class Silent:
    """A model that cannot be reached."""

    def explain(self, prompt: str) -> str:
        raise Unavailable("no model")


def finding(**changes) -> ScannerFinding:
    given = {
        "rule": "B602",
        "title": "shell",
        "severity": "high",
        "cwe": 78,
        "file": "a.py",
        "line": 5,
        "text": "shell=True",
    }
    return ScannerFinding(**{**given, **changes})


def test_bandit_finding_that_the_syntax_tree_shows_too_stands_at_l2(tmp_path):
    result = review([SourceFile(path="pkg/a.py", content=SHELL)], scanner=BanditScanner(tmp_path))
    top = result.claims[0]
    assert (top.rule, top.file, top.line, top.level) == ("B602", "pkg/a.py", 5, Level.AGREED)
    assert top.cwe == 78
    assert list(tmp_path.iterdir()) == []


def test_a_reviewed_tree_cannot_silence_the_scanner(tmp_path):
    quiet = SHELL.replace(b"shell=True)", b"shell=True)  # nosec")
    files = [
        SourceFile(path="a.py", content=quiet),
        SourceFile(path=".bandit", content=b"[bandit]\nskips = B602,B404\n"),
    ]
    result = review(files, scanner=BanditScanner(tmp_path))
    assert "B602" in {claim.rule for claim in result.claims}


@pytest.mark.parametrize(
    "wrong", [{"line": 99}, {"line": 0}, {"file": "b.py"}, {"line": 2}], ids=str
)
def test_a_finding_whose_place_is_not_there_stays_at_l0_and_says_why(wrong):
    result = review([SourceFile(path="a.py", content=SHELL)], scanner=Fixed(finding(**wrong)))
    (claim,) = result.claims
    assert claim.level is Level.STATED
    assert claim.rejected
    (told,) = to_sarif(result)["runs"][0]["results"]
    assert told["kind"] == "pass"
    assert told["suppressions"][0]["justification"]


def test_a_finding_on_an_innocent_line_stops_at_l1():
    result = review([SourceFile(path="a.py", content=SHELL)], scanner=Fixed(finding(line=4)))
    assert result.claims[0].level is Level.LOCATED


def test_what_a_model_says_changes_no_level():
    files = [SourceFile(path="a.py", content=SHELL)]
    without = review(files, scanner=Fixed(finding()))
    told = review(files, scanner=Fixed(finding()), explainer=Boastful(), model="m")
    assert told.claims[0].explanation
    assert told.claims[0].level == without.claims[0].level
    assert told.claims[0].history == without.claims[0].history


def test_a_silent_model_costs_only_the_explanation():
    files = [SourceFile(path="a.py", content=SHELL)]
    result = review(files, scanner=Fixed(finding()), explainer=Silent(), model="m")
    assert result.claims[0].level is Level.AGREED
    assert result.claims[0].explanation == ""
    assert result.silence == "no model"


def test_files_that_were_not_analysed_are_named_with_the_reason(tmp_path):
    files = [
        SourceFile(path="broken.py", content=b"def ("),
        SourceFile(path="latin.py", content=b"x = '\xff'"),
        SourceFile(path="notes.txt", content=b"hello"),
        SourceFile(path="ok.py", content=b"x = 1\n"),
    ]
    coverage = review(files, scanner=BanditScanner(tmp_path)).coverage
    assert coverage.analysed == ("ok.py",)
    assert {name for name, _ in coverage.skipped} == {"broken.py", "latin.py", "notes.txt"}


def test_a_path_that_leads_out_of_the_tree_is_refused(tmp_path):
    with pytest.raises(Malformed):
        BanditScanner(tmp_path).scan({"../a.py": b"x = 1"})


def test_a_claims_key_survives_moved_lines():
    moved = b"# one more line\n" + SHELL
    before = review([SourceFile(path="a.py", content=SHELL)], scanner=Fixed(finding()))
    after = review([SourceFile(path="a.py", content=moved)], scanner=Fixed(finding(line=6)))
    assert before.claims[0].key == after.claims[0].key
