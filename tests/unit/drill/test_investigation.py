import base64
import json
from pathlib import Path

import pytest

from adyton.drill.clock import WorldClock
from adyton.drill.demo import hand_over
from adyton.drill.investigation import Investigation, coverage, matched_assets, time_posted
from adyton.drill.truth import Case
from adyton.drill.world import INVESTIGATORS, OPERATOR, make_world
from tests.unit.drill.conftest import NOW_S, MemoryPerimeter

FIRST, SECOND = INVESTIGATORS
PEOPLE = {one.login: f"per_{one.login}" for one in make_world(1).people}
MATCH = {"asset": "ast_1", "share_ppm": 900_000}
ANSWER = {"verdict": "leak", "copies": [], "persons": [], "pathways": [], "scope": {}}
ANSWERS: dict[str, object] = {
    "sources.import": {"rows": 9},
    "sweep.run": {"exposures": []},
    "watch.run": {"signals": []},
    "trace.run": {"findings": [{"verdict": "leak", "matches": [MATCH]}]},
    "incident.open": {"case": "cas_1"},
    "incident.plan": {"actions": [{"id": "act_1"}]},
    "incident.verify": {"actions": [{"id": "act_1", "closed": True}]},
    "incident.show": {
        "persons": [
            {"id": "per_a", "tier": "lead", "proposed": "accuse"},
            {"id": "per_b", "tier": "lead"},
            {"id": "per_c", "tier": "none"},
        ]
    },
    "incident.answer": ANSWER,
    "incident.report": {"json": {"title": "report"}},
    "incident.bundle": {"files": {"a/b.json": base64.b64encode(b"{}").decode()}},
}


def investigated(folder: Path, answers: dict[str, object] = ANSWERS):
    perimeter = MemoryPerimeter(answers)
    lines: list[str] = []
    outcome = Investigation(
        folder,
        perimeter,
        people=PEOPLE,
        render=lambda document: f"<html>{document['title']}</html>",
        clock=WorldClock(),
        say=lines.append,
    ).run()
    return perimeter, outcome, lines


@pytest.fixture
def folder(tmp_path: Path, drill_of) -> Path:
    hand_over(drill_of(2, Case.LEAK), tmp_path)
    return tmp_path


def test_both_logs_are_imported_with_what_they_cover(folder: Path):
    perimeter, _, _ = investigated(folder)
    imported = {str(params["kind"]): params for _, params in perimeter.of("sources.import")}
    assert set(imported) == {"idp", "object_store"}
    for params in imported.values():
        assert params["coverage_from"] < params["coverage_to"] < NOW_S


def test_what_matched_is_opened_by_two_others_and_traced_again(folder: Path):
    perimeter, _, _ = investigated(folder)
    ((login, asked),) = perimeter.of("asset.request")
    assert (login, asked["asset"], asked["purpose"]) == (FIRST, "ast_1", "trace")
    assert len(perimeter.of("asset.approve")) == 2
    assert len(perimeter.of("trace.run")) == 2


def test_a_plan_is_approved_by_two_who_did_not_make_it(folder: Path):
    perimeter, outcome, _ = investigated(folder)
    assert [login for login, _ in perimeter.of("incident.plan")] == [FIRST]
    assert {login for login, _ in perimeter.of("incident.approve")} == {SECOND, OPERATOR}
    assert outcome.actions == (("act_1", True),)


def test_whoever_is_named_is_heard_and_every_proposal_is_signed_by_both(folder: Path):
    perimeter, _, _ = investigated(folder)
    heard = [params["person"] for _, params in perimeter.of("incident.reply")]
    signed = [(login, params["person"]) for login, params in perimeter.of("incident.signoff")]
    assert heard == ["per_a", "per_b"]
    assert signed == [(FIRST, "per_a"), (SECOND, "per_a")]
    names = [name for _, name, _ in perimeter.calls]
    assert names.index("incident.reply") < names.index("incident.signoff")


def test_the_report_goes_into_the_bundle(folder: Path):
    perimeter, outcome, _ = investigated(folder)
    assert outcome.report == "<html>report</html>"
    assert outcome.bundle == {"a/b.json": b"{}"}
    assert perimeter.of("incident.bundle")[0][1]["html"] == outcome.report


def test_an_ordinary_week_opens_no_case(tmp_path: Path, drill_of):
    hand_over(drill_of(2, Case.NONE), tmp_path)
    perimeter, outcome, _ = investigated(tmp_path)
    names = {name for _, name, _ in perimeter.calls}
    assert names == {"sources.import", "sweep.run", "watch.run"}
    assert outcome.answer["verdict"] == "unsubstantiated"


def test_the_investigators_see_nothing_but_the_folder(folder: Path):
    perimeter, _, _ = investigated(folder)
    sent = json.dumps([params for _, name, params in perimeter.calls if name != "asset.request"])
    assert "nameable" not in sent
    brought = [params["files"] for _, params in perimeter.of("incident.open")]
    assert [one["name"] for one in brought[0]] == ["thread.txt"]


def test_the_time_of_a_post_is_the_one_that_it_states(folder: Path, tmp_path: Path):
    assert time_posted(folder / "post") == NOW_S
    assert time_posted(tmp_path / "nothing") == 0


def test_a_match_by_a_note_of_the_template_alone_is_not_opened():
    small = {"asset": "ast_2", "share_ppm": 20_000}
    assert matched_assets([{"matches": [small, MATCH]}]) == ["ast_1"]
    assert matched_assets([{"matches": [small]}]) == ["ast_2"]
    assert matched_assets([{}]) == []


def test_a_log_covers_from_its_first_to_its_last_row():
    rows = b'{"time": "2026-09-21T14:13:20Z"}\n{"time": "2026-09-21T14:13:21Z"}\n'
    assert coverage(rows) == (1_790_000_000, 1_790_000_001)
