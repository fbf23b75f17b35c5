"""The report: every sentence cites, every copy has its bound, and what cannot be known is said."""

import json

import pytest

from adyton.incident import Actions, Post, answer_of, evidence_bundle, report_of
from adyton.incident.report import bound_text, cited_indexes
from adyton.ledger.proof import examine_bundle
from adyton.terms import Verdict
from tests.unit.incident.test_persons import guilty
from tests.unit.incident.world import DAY, Attacker, Hands, World


@pytest.fixture
def world():
    return World()


def reported(world, *, weak=False, named=True, verdict=Verdict.LEAK, act=True):
    """A case from the post to its report."""
    _, copy = guilty(world)
    posted = world.now() + 3 * DAY
    world.import_logs(until_s=posted)
    case = world.open_case(posted_at_s=posted)
    found = world.finding(copy, weak=weak, named=named, verdict=verdict)
    world.cases.assess(case, findings=[found], post=Post(), by=world.opener)
    actions = Actions(
        ledger=world.ledger,
        entropy=world.entropy,
        cases=world.cases,
        containment=Hands(),
        retry=Attacker(),
    )
    for name in actions.plan(case, by=world.opener) if act else ():
        for login in ("a", "b"):
            actions.approve(name, by=world.person(login))
        actions.act(name, by=world.opener)
        actions.verify(name, by=world.opener)
    return report_of(
        world.cases.standing(case),
        case=world.cases.row(case),
        items=world.cases.items(case),
        actions=actions.listed(case),
        made_at_s=world.now(),
        epsilon={"finding": "1e-6", "case": "1e-5", "year": "1e-3"},
        labels={copy: "lea's copy", "per_" + "b" * 26: "Somebody Else"},
    )


def sentences(report):
    return [sentence for section in report["sections"] for sentence in section["sentences"]]


def test_every_sentence_cites_an_entry_that_exists(world):
    report = reported(world)
    last = world.ledger.entries(limit=10_000)[-1].index
    for sentence in sentences(report):
        assert sentence["cites"], sentence["text"]
        assert all(0 <= entry <= last for entry in sentence["cites"])


def test_the_report_is_json_without_floats(world):
    def floats(value):
        if isinstance(value, dict):
            return any(floats(inner) for inner in value.values())
        if isinstance(value, list | tuple):
            return any(floats(inner) for inner in value)
        return isinstance(value, float)

    report = reported(world)
    assert json.loads(json.dumps(report)) is not None
    assert not floats(report)


def test_i5_a_named_copy_stands_with_its_bound_its_assumptions_and_both_rates(world):
    report = reported(world)
    (copy,) = report["copies"]
    assert copy["bound"] == "6.3e-9"
    assert copy["named_at"] == {"1e-3": True, "1e-6": True}
    assert copy["assumptions"]
    text = " ".join(sentence["text"] for sentence in sentences(report))
    assert "6.3e-9" in text
    assert "mark keys were secret" in text


def test_i5_the_best_of_several_exhibits_pays_for_each_that_was_read(world):
    _, copy = guilty(world)
    findings = [world.finding(copy), *(world.finding() for _ in range(4))]
    document = world.solve(*findings, posted_at_s=world.now() + 3 * DAY)
    (shown,) = document["copies"]
    assert shown["exhibits_read"] == 5
    assert shown["log10_bound_milli"] == -8200 + 699  # five times as likely, rounded up


def test_i8_nobody_is_named_who_has_no_place_in_the_report(world):
    report = reported(world)
    assert list(report["labels"].values()) == ["lea's copy"]
    assert "Somebody Else" not in json.dumps(report)


def test_weak_marks_state_one_more_assumption(world):
    (copy,) = reported(world, weak=True)["copies"]
    assert "the online keys of answer marks were not stolen" in copy["assumptions"]


def test_the_report_says_what_was_closed_and_what_stays_open(world):
    text = " ".join(sentence["text"] for sentence in sentences(reported(world)))
    assert "tried again and was blocked" in text
    assert "not verifiable by us" in text


def test_the_report_says_what_software_cannot_do_and_what_no_log_holds(world):
    report = reported(world)
    titles = [section["title"] for section in report["sections"]]
    assert "What software cannot do" in titles
    text = " ".join(sentence["text"] for sentence in sentences(report))
    assert "names a copy, never a person" in text
    assert "In no log of ours" in text


def test_a_case_that_is_not_ours_claims_nothing_more(world):
    report = reported(world, verdict=Verdict.NOT_OURS, act=False)
    summary = " ".join(sentence["text"] for sentence in report["sections"][0]["sentences"])
    assert "not ours" in summary
    assert "Likeliest way out" not in summary
    assert report["persons"] == []


@pytest.mark.parametrize(
    ("milli", "text"),
    [(-8200, "6.3e-9"), (-3000, "1.0e-3"), (0, "1"), (500, "1"), (-300000, "1.0e-300")],
)
def test_bounds_read_like_numbers(milli, text):
    assert bound_text(milli) == text


def test_cites_are_found_wherever_they_stand():
    assert cited_indexes({"a": [{"cites": [3]}, {"b": {"cites": [1, 3]}}]}) == (1, 3)


def test_the_bundle_holds_report_exhibits_sources_and_verifies_offline(world):
    report = reported(world)
    files = evidence_bundle(
        report, html="<p>report</p>", sources=world.sources.listed(), ledger=world.ledger
    )
    assert {"report.json", "report.html", "exhibits.json", "sources.json"} <= set(files)
    for index in report["cited"]:
        assert f"facts/{index}.json" in files
    assert json.loads(files["exhibits.json"])["exhibits"][0]["digest"] == "ab" * 32
    assert f"bodies/{report['assessment']}.json" in files
    assert examine_bundle(files, anchor=world.ledger.vkey()).failures == []
    files = {**files, "exhibits.json": files["exhibits.json"] + b" "}
    assert examine_bundle(files).failures != []


def test_the_short_answer_has_the_shape_of_the_drills(world):
    _, copy = guilty(world)
    posted = world.now() + 3 * DAY
    world.import_logs(until_s=posted)
    answer = answer_of(world.solve(world.finding(copy), posted_at_s=posted))
    assert set(answer) == {"verdict", "copies", "persons", "pathways", "scope"}
    assert answer["verdict"] == "leak"
    assert answer["copies"] == [{"id": copy, "bound": pytest.approx(10**-8.2)}]
    assert answer["persons"][0]["tier"] == "lead"
    assert sum(one["p"] for one in answer["pathways"]) == pytest.approx(1)
    assert answer["pathways"] == sorted(answer["pathways"], key=lambda one: -one["p"])
    assert set(answer["scope"]) == {"affirmed", "possible", "excluded"}


def test_a_merely_listed_copy_is_no_copy_of_the_answer(world):
    _, copy = guilty(world)
    document = world.solve(world.finding(copy, named=False), posted_at_s=world.now() + DAY)
    assert answer_of(document)["copies"] == []
    assert document["copies"][0]["id"] == copy
