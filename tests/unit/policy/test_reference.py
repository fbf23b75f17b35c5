"""Two judges, one law: the plain twin must rule as Cedar does, reasons included."""

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adyton.policy import ENTITLED_ACTS, CedarJudge, ReferenceJudge
from adyton.policy.question import AssetView, EntitlementView, Question
from adyton.terms import Act, AssetKind, Binding, Employment, PersonId, Role

CEDAR = CedarJudge.shipped()
TWIN = ReferenceJudge()
IDS = st.sampled_from(["ast_a", "ast_b"])
COMPARTMENTS = st.sampled_from(["", "cmp_a", "cmp_b"])
PURPOSES = st.sampled_from(["", "test", "review"])
TIMES = st.integers(0, 3)

ASSETS = st.builds(
    AssetView,
    id=IDS,
    kind=st.sampled_from(AssetKind),
    compartment=COMPARTMENTS,
    bound_only=st.booleans(),
)
HELD = st.builds(
    EntitlementView,
    act=st.sampled_from(Act),
    asset=st.one_of(st.just(""), IDS),
    compartment=COMPARTMENTS,
    purpose=PURPOSES,
    until_s=TIMES,
)
QUESTIONS = st.builds(
    Question,
    person=st.just(PersonId("per_x")),
    roles=st.frozensets(st.sampled_from(Role)),
    employment=st.sampled_from(Employment),
    act=st.sampled_from(Act),
    asset=st.none() | ASSETS,
    now_s=TIMES,
    credential_until_s=TIMES,
    binding=st.sampled_from(Binding),
    purpose=PURPOSES,
    entitlement=st.none() | HELD,
)


def entitled(act: Act) -> Question:
    return Question(
        person=PersonId("per_x"),
        roles=frozenset(),
        employment=Employment.EMPLOYEE,
        act=act,
        asset=AssetView(id="ast_a", kind=AssetKind.WEIGHTS, compartment="cmp_a", bound_only=False),
        now_s=1,
        credential_until_s=2,
        binding=Binding.NONE,
        purpose="",
        entitlement=EntitlementView(
            act=act, asset="ast_a", compartment="cmp_a", purpose="", until_s=2
        ),
    )


@given(QUESTIONS)
@example(entitled(Act.INFER))
@example(entitled(Act.READ))
@example(entitled(Act.CHECKOUT))
@example(entitled(Act.SERVE))
@example(entitled(Act.REVIEW))
@settings(max_examples=400)
def test_both_judges_rule_alike(question):
    cedar, twin = CEDAR.decide(question), TWIN.decide(question)
    assert cedar.allowed == twin.allowed
    unusable = question.asset is None and question.act.value in {
        "infer", "read", "checkout", "serve", "review"
    }  # fmt: skip
    assert unusable or cedar.reasons == twin.reasons


@given(st.sampled_from(Act), st.data())
@settings(max_examples=300)
def test_both_judges_rule_alike_one_step_from_an_allow(act, data):
    question = entitled(act)
    field = data.draw(st.sampled_from(["act", "asset", "entitlement", "rest"]))
    if field == "act":
        question = replace(question, act=data.draw(st.sampled_from(Act)))
    elif field == "asset":
        question = replace(question, asset=data.draw(ASSETS))
    elif field == "entitlement":
        name = data.draw(st.sampled_from(["act", "asset", "compartment", "purpose", "until_s"]))
        changed = {name: getattr(data.draw(HELD), name)}
        question = replace(question, entitlement=replace(question.entitlement, **changed))
    else:
        drawn = data.draw(QUESTIONS)
        question = replace(drawn, act=act, asset=question.asset, entitlement=question.entitlement)
    cedar, twin = CEDAR.decide(question), TWIN.decide(question)
    assert (cedar.allowed, cedar.reasons) == (twin.allowed, twin.reasons)


@pytest.mark.parametrize("act", sorted(ENTITLED_ACTS))
@pytest.mark.parametrize(
    "changed",
    [
        {"act": Act.AUDIT},
        {"asset": "ast_b"},
        {"compartment": "cmp_b"},
        {"purpose": "sales"},
        {"until_s": 1},
    ],
)
def test_each_part_of_an_entitlement_is_looked_at_by_both(act, changed):
    question = entitled(act)
    question = replace(question, entitlement=replace(question.entitlement, **changed))
    assert not CEDAR.decide(question).allowed
    assert not TWIN.decide(question).allowed


def test_an_entitlement_opens_exactly_its_own_act():
    for act in ("infer", "read", "checkout", "serve", "review"):
        assert CEDAR.decide(entitled(Act(act))).reasons == (f"use.{act}",)
