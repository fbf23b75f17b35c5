from importlib import resources

import pytest

from adyton.policy import CedarJudge
from adyton.terms import Act, Misconfigured, Role
from tests.unit.policy.test_reference import entitled

FOLDER = resources.files("adyton.policy")
SCHEMA = (FOLDER / "schema.cedarschema").read_text(encoding="utf-8")
PERMIT = '@id("all") permit (principal, action, resource);'


def judge(*policies: str, schema: str = SCHEMA) -> CedarJudge:
    named = {f"{number}.cedar": text for number, text in enumerate(policies)}
    return CedarJudge(schema=schema, policies=named)


UNGUARDED = """@id("x") forbid (principal, action, resource)
when { context.entitlement.act == "infer" };"""
DEFECTS = {
    "no policy at all": "",
    "syntax": '@id("x") permit (principal, action resource);',
    "unknown action": '@id("x") permit (principal, action == Action::"leak", resource);',
    "misspelt field": '@id("x") permit (principal, action, resource) when {principal.rolls};',
    "unguarded field": UNGUARDED,
    "no name": "permit (principal, action, resource);",
    "empty name": '@id("") permit (principal, action, resource);',
    "one name twice": PERMIT + PERMIT,
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defective_policy_is_refused_before_the_first_question(defect):
    with pytest.raises(Misconfigured):
        judge(DEFECTS[defect])


def test_a_schema_without_one_of_our_acts_is_refused():
    with pytest.raises(Misconfigured):
        judge(PERMIT, schema=SCHEMA.replace("trace, ", ""))
    with pytest.raises(Misconfigured):
        judge(PERMIT, schema="entity Person {")


def test_forbid_wins_over_permit_whatever_the_order():
    forbid = '@id("no") forbid (principal, action == Action::"infer", resource);'
    for policies in ((PERMIT, forbid), (forbid, PERMIT)):
        ruling = judge(*policies).decide(entitled(Act.INFER))
        assert (ruling.allowed, ruling.reasons) == (False, ("no",))


def test_a_policy_that_errs_refuses_although_cedar_says_allow():
    overflow = (
        '@id("errs") forbid (principal, action, resource) '
        "when { context.now + 9223372036854775807 > 0 };"
    )
    assert judge(PERMIT).decide(entitled(Act.INFER)).allowed
    assert not judge(PERMIT, overflow).decide(entitled(Act.INFER)).allowed


def test_a_question_that_does_not_fit_the_schema_is_not_allowed():
    question = entitled(Act.INFER)
    huge = type(question)(
        **{name: getattr(question, name) for name in type(question).__slots__} | {"now_s": 2**64}
    )
    assert not judge(PERMIT).decide(huge).allowed


def test_the_digest_names_the_text_that_decides():
    forbid = '@id("no") forbid (principal, action, resource);'
    assert judge(PERMIT).digest == judge(PERMIT).digest != judge(PERMIT, forbid).digest


def test_every_role_in_the_policy_text_is_one_of_ours():
    text = (FOLDER / "policies" / "roles.cedar").read_text(encoding="utf-8")
    named = {part.split('"')[1] for part in text.split("roles.contains(")[1:]}
    assert named <= {role.value for role in Role}
