"""The procedure of a case: what must come before what."""

import pytest

from adyton.incident import Post, findings_of
from adyton.terms import Conflict, Malformed, Missing, Refused, Tier
from adyton.trace import Traced
from tests.unit.incident.test_persons import guilty
from tests.unit.incident.world import DAY, World


@pytest.fixture
def world():
    return World()


def proposed_case(world):
    """A case in which an accusation is proposed."""
    person, copy = guilty(world)
    posted = world.now() + 3 * DAY
    world.import_logs(until_s=posted)
    case = world.open_case(posted_at_s=posted)
    world.cases.assess(case, findings=[world.finding(copy)], post=Post(), by=world.opener)
    return case, person


def tier(world, case):
    return world.cases.standing(case)["persons"][0]["tier"]


def test_a_case_needs_a_purpose_and_another_person(world):
    with pytest.raises(Malformed):
        world.cases.open(purpose=" ", by=world.opener, second=world.second)
    with pytest.raises(Refused):
        world.cases.open(purpose="why", by=world.opener, second=world.opener)
    with pytest.raises(Missing):
        world.cases.open(purpose="why", by=world.opener, second="per_nobody")


def test_evidence_comes_first(world):
    case = world.cases.open(purpose="why", by=world.opener, second=world.second)
    with pytest.raises(Conflict):
        world.cases.assess(case, findings=[], post=Post(), by=world.opener)


def test_every_question_is_a_fact_before_its_answer(world):
    case, _ = proposed_case(world)
    kinds = [item["kind"] for item in world.cases.items(case)]
    assert kinds.index("exhibit.preserved") < kinds.index("question.asked")
    assert kinds.index("question.asked") < kinds.index("case.assessed")


def test_a_case_does_not_exist_for_others(world):
    case, _ = proposed_case(world)
    with pytest.raises(Missing):
        world.cases.ask(case, question="who?", by=world.person("curious"))


def test_i5_an_accusation_takes_the_reply_and_two_signatures(world):
    case, person = proposed_case(world)
    with pytest.raises(Refused):
        world.cases.sign_off(case, person, by=world.opener)
    world.cases.reply(case, person, text="It was not me.", by=world.opener)
    world.cases.sign_off(case, person, by=world.opener)
    assert tier(world, case) == Tier.LEAD
    with pytest.raises(Conflict):
        world.cases.sign_off(case, person, by=world.opener)
    world.cases.sign_off(case, person, by=world.second)
    assert tier(world, case) == Tier.ACCUSE


def test_nobody_signs_under_their_own_accusation(world):
    case, person = proposed_case(world)
    world.cases.reply(case, person, text="declined", by=world.opener)
    with pytest.raises(Refused):
        world.cases.sign_off(case, person, by=person)


def test_signatures_do_not_outlive_the_assessment_they_were_given_for(world):
    case, person = proposed_case(world)
    copy = world.cases.standing(case)["copies"][0]["id"]
    world.cases.reply(case, person, text="declined", by=world.opener)
    for signer in (world.opener, world.second):
        world.cases.sign_off(case, person, by=signer)
    world.cases.assess(case, findings=[world.finding(copy)], post=Post(), by=world.second)
    assert tier(world, case) == Tier.LEAD


def test_nothing_is_signed_where_nothing_is_proposed(world):
    person = world.person("lea")
    copy = world.copy(person)
    case = world.open_case()
    world.cases.assess(case, findings=[world.finding(copy)], post=Post(), by=world.opener)
    world.cases.reply(case, person, text="declined", by=world.opener)
    with pytest.raises(Refused):
        world.cases.sign_off(case, person, by=world.opener)


def test_i11_a_case_closes_only_after_whoever_is_named_was_heard(world):
    case, person = proposed_case(world)
    with pytest.raises(Conflict):
        world.cases.close(case, by=world.opener, conclusion="done")
    world.cases.reply(case, person, text="declined", by=world.second)
    world.cases.close(case, by=world.opener, conclusion="done")
    assert world.cases.row(case)["status"] == "closed"
    with pytest.raises(Conflict):
        world.cases.ask(case, question="more?", by=world.opener)


def test_i8_no_name_purpose_or_text_stands_in_the_tree(world):
    case, person = proposed_case(world)
    world.cases.reply(case, person, text="SECRET-REPLY", by=world.opener)
    world.cases.ask(case, question="SECRET-QUESTION", by=world.opener)
    for entry in world.ledger.entries(limit=1000):
        clear = repr((entry.subjects, dict(entry.public)))
        for planted in ("SECRET", "find the way out", "post.txt", "dev-lea", "hand/paper.md"):
            assert planted not in clear, entry.type


def test_findings_keep_the_index_at_which_trace_recorded_them(world):
    recorded = world.finding()
    entry = world.ledger.entries(after=recorded.entry - 1, limit=1)[0]
    traced = Traced(
        question="qst",
        asked=entry.receipt,
        findings=(recorded.finding,),
        receipts={recorded.finding.exhibit: entry.receipt},
    )
    assert findings_of(traced, world.ledger) == (recorded,)
