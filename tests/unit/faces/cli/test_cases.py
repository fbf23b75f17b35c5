import argparse

import pytest

from adyton.faces.cli.cases import moment
from tests.perimeter import MASTER


def test_a_case_is_shown_planned_and_reported(adyton, case, tmp_path):
    number = case["case"]
    shown = adyton("incident", "show", number, by="investigator")
    assert shown.code == 0
    assert shown.out.startswith(f"{number}: leak\n")
    assert case["copy"] in shown.out
    planned = adyton("incident", "plan", number, by="investigator")
    assert planned.out.splitlines()[0].split() == [
        *("id", "what", "target", "status", "collateral", "undo"),
    ]
    report = adyton("incident", "report", number, "--out", tmp_path / "r.html", by="investigator")
    assert report.code == 0
    page = (tmp_path / "r.html").read_text()
    assert page.lower().startswith("<!doctype html>")
    assert "://" not in page.replace("http://www.w3.org/2000/svg", "")


def test_a_bundle_verifies_and_is_never_written_over(adyton, bundle, case):
    done = adyton("verify", bundle)
    lines = done.out.splitlines()
    assert (done.code, lines[0]) == (0, "every check holds")
    # what other tests erased in the perimeter that they share is told, and nothing else is
    assert all(one.startswith("bodies erased, by the log's word") for one in lines[1:])
    again = adyton("incident", "bundle", case["case"], "--out", bundle, by="investigator")
    assert again.code == 7
    assert again.err.startswith("adyton: b is not empty")


def test_bundle_and_report_stay_out_of_the_home(adyton, owner, case):
    for word in ("bundle", "report"):
        words = ("incident", word, case["case"], "--out", owner.home / word)
        assert adyton(*words, by="investigator").code == 3
        assert not (owner.home / word).exists()


def test_a_case_is_opened_from_files_and_closed(adyton, owner, tmp_path):
    (tmp_path / "post.txt").write_text("nothing that we know")
    words = ("incident", "open", tmp_path, "--purpose", "a rumour", "--second")
    done = adyton(*words, owner.ids["second investigator"], by="investigator")
    assert (done.code, done.err) == (0, "")
    case = done.out.strip()
    for by in ("second investigator", "operator"):
        assert adyton("incident", "approve", case, by=by).code == 0
    for word in ("act", "verify"):
        assert adyton("incident", word, case, by="investigator").out == "(none)\n"
    assert adyton("incident", "close", case, by="investigator").code == 0


def test_to_those_outside_a_case_it_does_not_exist(adyton, owner, case):
    owner.person("stranger", "investigator")
    words = ("--text", "it was not me")
    for command in (
        ("show", case["case"]),
        ("close", case["case"]),
        ("reply", case["case"], owner.ids["entitled"], *words),
        ("signoff", case["case"], owner.ids["entitled"]),
    ):
        theirs = adyton("incident", *command, by="stranger")
        none = adyton("incident", command[0], "cas_none", *command[2:], by="stranger")
        assert theirs.code == none.code == 4, command
        assert theirs.err == none.err


def test_bad_cases_are_told(adyton, owner, tmp_path):
    words = ("incident", "open", "--purpose", "p", "--second")
    unknown = adyton(*words, "per_x", MASTER, by="investigator")
    assert unknown.code == 4
    alone = adyton(*words, owner.ids["investigator"], MASTER, by="investigator")
    assert alone.code == 3
    second = owner.ids["second investigator"]
    missing = adyton(*words, second, tmp_path / "none.txt", by="investigator")
    assert (missing.code, missing.err) == (
        4,
        "adyton: there is nothing at none.txt: check the path\n",
    )


@pytest.mark.parametrize(
    "told", ["2026-11-24T10:00:00Z", "2026-11-24T10:00:00", "2026-11-24T11:00:00+01:00"]
)
def test_a_time_of_posting_is_read_with_its_zone(told):
    assert moment(told) == 1_795_514_400


def test_a_time_of_posting_that_is_none_is_a_usage_error():
    with pytest.raises(argparse.ArgumentTypeError, match="a time like"):
        moment("last week")
