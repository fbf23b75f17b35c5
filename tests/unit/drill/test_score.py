import pytest

from adyton.drill.score import score, wrong
from adyton.drill.truth import Case, Truth

LEAK = Truth(
    seed=1,
    case=Case.LEAK,
    variant="contractor",
    verdict="leak",
    copies=("cpy_a",),
    persons=("per_guilty",),
    pathway="contractor",
    nameable=True,
    nonce="n",
)
FRAMED = Truth(
    seed=1,
    case=Case.FRAMED,
    variant="F1",
    verdict="leak",
    copies=("cpy_a",),
    framed=("per_victim",),
    pathway="compromised_account",
    nameable=True,
    nonce="n",
)
NOTHING = Truth(seed=1, case=Case.NOT_OURS, variant="x", verdict="not_ours", nonce="n")
UNNAMEABLE = Truth(
    seed=1,
    case=Case.LEAK,
    variant="contractor",
    verdict="leak",
    copies=("cpy_a",),
    pathway="contractor",
    nonce="n",
)


def answer(verdict="leak", copies=(), accused=(), pathways=(("contractor", 0.7), ("unknown", 0.3))):
    return {
        "verdict": verdict,
        "copies": [{"id": one, "bound": 1e-6, "named": True} for one in copies],
        "persons": [{"id": one, "tier": "accuse"} for one in accused],
        "pathways": [{"id": name, "p": p} for name, p in pathways],
        "scope": {},
    }


def test_the_whole_truth_is_right():
    right = score(LEAK, answer(copies=["cpy_a"], accused=["per_guilty"]))
    assert (right.verdict, right.copy, right.pathway) == (True, True, True)
    assert not right.accused_innocent
    assert not wrong(LEAK, right)


@pytest.mark.parametrize(
    ("truth", "given"),
    [
        (LEAK, answer(verdict="not_ours", copies=["cpy_a"])),
        (LEAK, answer(copies=["cpy_b"])),
        (LEAK, answer(copies=["cpy_a", "cpy_b"])),
        (LEAK, answer(copies=[])),
        (LEAK, answer(copies=["cpy_a"], accused=["per_other"])),
        (LEAK, answer(copies=["cpy_a"], pathways=[("unknown", 0.9), ("contractor", 0.1)])),
        (LEAK, answer(copies=["cpy_a"], pathways=[])),
        (FRAMED, answer(copies=["cpy_a"], accused=["per_victim"])),
        (NOTHING, answer(verdict="leak")),
        (NOTHING, answer(verdict="not_ours", copies=["cpy_a"])),
        (NOTHING, answer(verdict="not_ours", accused=["per_other"])),
        (UNNAMEABLE, answer(copies=["cpy_b"])),
        (UNNAMEABLE, answer(accused=["per_other"])),
    ],
)
def test_any_of_these_is_wrong(truth: Truth, given):
    assert wrong(truth, score(truth, given))


@pytest.mark.parametrize(
    ("truth", "given"),
    [
        (FRAMED, answer(copies=["cpy_a"], pathways=[("unknown", 1.0)])),
        (NOTHING, answer(verdict="not_ours", pathways=[])),
        (UNNAMEABLE, answer(copies=[], pathways=[("unknown", 1.0)])),
        (UNNAMEABLE, answer(verdict="unsure", copies=[])),
        (UNNAMEABLE, answer(copies=["cpy_a"])),
    ],
)
def test_none_of_these_is_wrong(truth: Truth, given):
    assert not wrong(truth, score(truth, given))


def test_a_listed_copy_is_not_a_named_one():
    given = answer() | {"copies": [{"id": "cpy_b", "bound": 0.4, "named": False}]}
    assert score(UNNAMEABLE, given).copy is None


def test_accusing_the_one_who_did_it_is_no_accusation_of_an_innocent():
    right = score(LEAK, answer(copies=["cpy_a"], accused=["per_guilty", "per_other"]))
    assert right.accused_innocent
    assert right.accused == 2


def test_three_made_up_solvers_rank_as_known_beforehand():
    truths = [LEAK, FRAMED, NOTHING]

    def mistakes(solve) -> int:
        return sum(wrong(truth, score(truth, solve(truth))) for truth in truths)

    def all_knowing(truth):
        pathway = [(truth.pathway, 1.0)] if truth.pathway else []
        persons = truth.persons if truth.case is Case.LEAK else ()
        return answer(truth.verdict, truth.copies, persons, pathway)

    def abstaining(_truth):
        return answer("unsure", pathways=[])

    def accusing(_truth):
        return answer("leak", ["cpy_a"], ["per_reader"])

    assert mistakes(all_knowing) == 0
    assert 0 < mistakes(abstaining) <= mistakes(accusing) == 3
