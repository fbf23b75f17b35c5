import re

import pytest

from adyton.marks import EpsilonLimits, mark_text, render_master
from adyton.terms import (
    CaseId,
    CopyId,
    Exhausted,
    PersonId,
    Secret,
    Unavailable,
    Verdict,
)
from adyton.trace import Disclosure, Disclosures, TraceLimits
from tests.unit.marks import leaks
from tests.unit.marks.leaks import FOREIGN, MASTER, VERSION, key, seeded
from tests.unit.trace.world import ASKER, ASSET, NAME, OTHER_VERSION, World


@pytest.fixture
def world():
    return World()


def named(finding):
    return [copy.copy for copy in finding.copies if copy.named]


def says(finding, word):
    return any(word in reason for reason in finding.reasons)


def inside(marked):
    """The text of a copy without its visible line."""
    return re.sub(r"Copy for [^\n]*\n", "", marked.text)


def test_a_posted_copy_is_a_leak_of_this_copy(world):
    finding = world.one(FOREIGN + world.copies[3].text)
    assert finding.verdict is Verdict.LEAK
    assert named(finding) == [world.copies[3].copy]
    assert finding.copies[0].log10_bound_milli < -20_000
    assert finding.suspects_considered == 9
    assert {match.version for match in finding.matches} == {VERSION}
    assert not says(finding, "tampered")


@pytest.mark.parametrize("words", [150, 300])
def test_a_cropped_and_reworked_extract_names_its_copy_or_nobody(world, words):
    for at, copy in enumerate(world.copies[:4]):
        rng = seeded(at)
        post = leaks.noise(leaks.crop(inside(copy), words, rng), 0.01, rng)
        finding = world.one(FOREIGN + post)
        assert finding.verdict is Verdict.LEAK
        assert named(finding) in ([copy.copy], [])
        assert words < 300 or named(finding)


def test_f1_a_victims_whole_copy_names_the_copy_and_no_person(world):
    finding = world.one(world.copies[5].text)
    assert named(finding) == [world.copies[5].copy]
    assert not re.search(r"per_|Reader", repr(finding))


def test_f2_a_victims_visible_line_on_another_copy_is_seen_and_the_inner_copy_named(world):
    victim, leaker = world.copies[0], world.copies[1]
    line = re.search(r"Copy for [^\n]*", victim.text)[0]
    finding = world.one(re.sub(r"Copy for [^\n]*", line, leaker.text))
    assert finding.verdict is Verdict.LEAK
    assert named(finding) == [leaker.copy]
    assert says(finding, "layers_disagree")
    assert says(finding, victim.copy)
    assert says(finding, "seal is genuine")
    assert says(finding, "tampered")


def test_f2_a_line_with_a_foreign_id_does_not_carry_its_seal(world):
    victim, leaker = world.copies[0], world.copies[1]
    finding = world.one(leaker.text.replace(leaker.copy, victim.copy))
    assert named(finding) == [leaker.copy]
    assert says(finding, "seal does not fit")


def test_f2_a_victims_details_in_another_copy_do_not_name_the_victim(world):
    victim, leaker = world.copies[0], world.copies[1]
    # The victim's details stand in the place of the leaker's.
    theirs = details(victim.text)
    mine = details(leaker.text)
    post = leaker.text
    for old, new in zip(mine, theirs, strict=True):
        post = post.replace(old, new)
    finding = world.one(re.sub(r"Copy for [^\n]*\n", "", post))
    assert named(finding) == [leaker.copy]
    assert finding.verdict is Verdict.LEAK
    assert says(finding, "layers_disagree")
    assert says(finding, "tampered")


def details(text):
    return [
        *re.findall(r"\S+\.example(?=,| )", text)[:1],
        *re.findall(r"REQ-\d+", text),
        *re.findall(r"number (\d{7})", text),
        *re.findall(r"Questions go to ([\w ]+),", text),
    ]


def test_two_copies_mixed_name_one_of_the_two_and_no_innocent(world):
    one, two = world.copies[0], world.copies[1]
    half = inside(one).index("## During the run")
    rest = inside(two)[inside(two).index("## During the run") :]
    finding = world.one(inside(one)[:half] + rest)
    assert set(named(finding)) <= {one.copy, two.copy}
    assert named(finding)


def test_another_owners_same_text_or_ours_with_random_wordings_is_never_called_clean(world):
    theirs = mark_text(MASTER, key=key(9), version=OTHER_VERSION, copy=CopyId("cpy_x"))
    finding = world.one(re.sub(r"Copy for [^\n]*\n", "", theirs))
    assert named(finding) == []
    assert finding.verdict is Verdict.UNSURE
    assert says(finding, "at random")


def test_random_wordings_around_a_copys_own_details_stay_a_leak(world):
    theirs = mark_text(MASTER, key=key(9), version=OTHER_VERSION, copy=CopyId("cpy_x"))
    for old, new in zip(details(theirs), details(world.copies[2].text), strict=True):
        theirs = theirs.replace(old, new)
    finding = world.one(re.sub(r"Copy for [^\n]*\n", "", theirs))
    assert named(finding) == []
    assert finding.verdict is Verdict.LEAK
    assert says(finding, "layers_disagree")


def test_the_unmarked_master_is_a_leak_of_no_copy(world):
    finding = world.one(render_master(MASTER))
    assert finding.verdict is Verdict.LEAK
    assert finding.copies == ()
    assert says(finding, "unmarked")


def test_an_unregistered_copy_with_our_marks_is_no_registered_copy(world):
    secret = mark_text(MASTER, key=key(1), version=VERSION, copy=CopyId("cpy_" + "z" * 26))
    finding = world.one(re.sub(r"Copy for [^\n]*\n", "", secret))
    assert named(finding) == []
    assert says(finding, "unregistered_copy")
    assert says(finding, "details are of no registered copy")


def test_without_a_session_the_verdict_stands_and_copies_wait_for_two_people(world):
    world.opened_versions.clear()
    finding = world.one(world.copies[3].text)
    assert finding.verdict is Verdict.LEAK
    assert finding.copies == ()
    assert any("two people" in missing for missing in finding.unread)
    assert says(finding, "a claim, until the mark inside is read")


def test_text_of_others_is_not_ours(world):
    finding = world.one(FOREIGN * 3)
    assert finding.verdict is Verdict.NOT_OURS
    assert finding.copies == ()


def test_a_fabricated_document_with_our_title_is_forged(world):
    finding = world.one(f"# {NAME}\n\n" + FOREIGN * 2)
    assert finding.verdict is Verdict.FORGED
    assert says(finding, "title")


def test_a_copy_line_over_foreign_text_is_forged(world):
    line = re.search(r"Copy for [^\n]*", world.copies[0].text)[0]
    finding = world.one(line + "\n\n" + FOREIGN * 2)
    assert finding.verdict is Verdict.FORGED
    assert finding.copies == ()


def test_a_bare_claim_is_unsubstantiated(world):
    (finding,) = world.trace(claims=[f"I have the {NAME}, write to me"]).findings
    assert finding.verdict is Verdict.UNSUBSTANTIATED


def test_i6_what_could_not_be_read_is_unsure_and_not_clean(world):
    finding = world.one(b"\x89PNG\r\n\x1a\n" + b"\x00" * 400)
    assert finding.verdict is Verdict.UNSURE
    assert finding.unread


@pytest.mark.parametrize("kind", list(Disclosure))
def test_a_disclosed_version_is_no_leak_and_names_nobody(world, kind):
    Disclosures(recorder=world.ledger).record(VERSION, kind, by=ASKER, reason="on the web page")
    finding = world.one(world.copies[3].text)
    assert finding.verdict is Verdict.OURS_NO_LEAK
    assert finding.copies == ()
    assert says(finding, kind.value)


def test_a_date_before_protection_clears_a_text_without_our_mark_only(world):
    before = int(world.clock.now_s()) - 1000
    plain = render_master(MASTER)
    marked = world.one(world.copies[3].text, posted_s=before)
    assert marked.verdict is Verdict.LEAK  # no copy existed then: the date is wrong
    few = " ".join(plain.split()[:90])
    assert world.one(few, posted_s=before).verdict is Verdict.OURS_NO_LEAK


def test_i6_a_date_that_the_bytes_state_clears_nothing(world):
    few = " ".join(render_master(MASTER).split()[:90])
    head = (
        "From: a@example.org\nMessage-ID: <1@example.org>\nDate: Mon, 01 Jan 2001 00:00:00 +0000\n"
    )
    finding = world.one(head + "\n" + few)
    assert finding.verdict is not Verdict.OURS_NO_LEAK
    assert world.one(few).verdict is Verdict.LEAK


def test_a_false_line_over_a_leak_without_a_mark_does_not_make_it_a_forgery(world):
    line = f"Copy for Somebody \u00b7 cpy_{'m' * 26} \u00b7 abcdefghijkl"
    few = " ".join(render_master(MASTER).split()[:90])
    finding = world.one(f"{line}\n\n{few}")
    assert finding.verdict is Verdict.LEAK
    assert named(finding) == []
    assert says(finding, "tampered")


def test_i6_copies_that_cannot_be_compared_are_no_sign_that_it_is_not_ours(world):
    own = world.opened_versions[VERSION]
    world.opened_versions[VERSION] = type(own)(master=own.master, key=Secret(b"k" * 32))
    assert world.one(inside(world.copies[3])).verdict is Verdict.LEAK


def test_a_leak_stays_a_leak_though_the_version_was_published_later(world):
    posted = int(world.clock.now_s())
    world.clock.advance(1000)
    Disclosures(recorder=world.ledger).record(
        VERSION, Disclosure.PUBLISHED, by=ASKER, reason="after the leak"
    )
    finding = world.one(world.copies[3].text, posted_s=posted)
    assert named(finding) == [world.copies[3].copy]
    assert world.one(world.copies[3].text).verdict is Verdict.OURS_NO_LEAK


def test_a_text_of_a_model_answer_lists_the_answer_as_weak_evidence(world):
    copy = CopyId("cpy_" + "q" * 26)
    world.answer(copy, FOREIGN * 2)
    finding = world.one("look what it told me:\n\n" + FOREIGN * 2)
    assert finding.verdict is Verdict.LEAK
    assert [(item.copy, item.named, item.weak) for item in finding.copies] == [(copy, False, True)]


def test_a_second_version_costs_a_try_and_the_right_one_names(world):
    other = MASTER.replace("Three people must agree", "Four people must agree")
    world.protect(OTHER_VERSION, other, seed=2)
    marked = world.issue("Reader of two", version=OTHER_VERSION)
    finding = world.one(inside(marked))
    assert named(finding) == [marked.copy]
    assert finding.verdict is Verdict.LEAK


def test_the_question_is_on_record_before_readings_and_these_before_findings(world):
    traced = world.trace(world.copies[3].text)
    types = [entry.type for entry in world.ledger.entries()]
    order = ["trace.asked", "reading.made", "epsilon.spent", "finding.made"]
    assert [kind for kind in types if kind in order] == order
    assert traced.receipts[traced.findings[0].exhibit]
    rows = [row for _, row in world.ledger.state.by_index("findings", traced.question)]
    assert rows[0]["verdict"] == "leak"
    assert rows[0]["copies"][0]["copy"] == world.copies[3].copy


def test_i8_reasons_copies_and_symbols_are_not_in_the_tree(world):
    world.trace(world.copies[3].text)
    for entry in world.ledger.entries():
        if entry.type in {"reading.made", "finding.made"}:
            assert not {"reasons", "copies", "symbols", "facts"} & set(entry.public)


def test_a_spent_budget_lists_the_copy_without_naming_it():
    world = World(epsilon=EpsilonLimits(finding_ppb=1_000_000, case_ppb=1_000_000))
    case = CaseId("cas_" + "c" * 26)
    first = world.one(world.copies[3].text, case=case)
    second = world.one(world.copies[4].text, case=case)
    assert named(first) == [world.copies[3].copy]
    assert named(second) == []
    assert second.copies[0].copy == world.copies[4].copy
    assert says(second, "budget is spent")


def test_questions_are_limited_per_person_and_hour_and_refusals_are_not_answered():
    world = World(limits=TraceLimits(questions_per_hour=2), readers=1)
    world.trace(FOREIGN)
    world.trace(FOREIGN)
    with pytest.raises(Exhausted):
        world.trace(FOREIGN)
    world.trace(FOREIGN, by=PersonId("per_" + "j" * 26))
    world.clock.advance(3601)
    world.trace(FOREIGN)


def test_when_the_ledger_cannot_record_nothing_is_answered(world):
    class Broken:
        state = world.ledger.state

        def append(self, fact, *, guard=None):
            raise Unavailable("the ledger")

    world.tracer._recorder = Broken()
    with pytest.raises(Unavailable):
        world.trace(world.copies[3].text)


def test_copies_of_another_key_are_said_to_be_incomparable(world):
    own = world.opened_versions[VERSION]
    world.opened_versions[VERSION] = type(own)(master=own.master, key=Secret(b"k" * 32))
    finding = world.one(inside(world.copies[3]))
    assert named(finding) == []
    assert any("9 copies" in missing for missing in finding.unread)


def test_several_exhibits_give_a_finding_each_and_one_verdict(world):
    traced = world.trace(FOREIGN * 3, world.copies[2].text)
    assert [finding.verdict for finding in traced.findings] == [Verdict.NOT_OURS, Verdict.LEAK]
    assert traced.verdict is Verdict.LEAK
    assert ASSET in {match.asset for match in traced.findings[1].matches}


def test_no_person_is_named_though_nearly_all_copies_are_one_persons(world):
    for copy in world.copies[:3]:
        assert "per_" not in repr(world.one(inside(copy)))
