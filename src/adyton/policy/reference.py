"""The shipped policies again, in plain Python: a second judge that must agree with the first.

It covers exactly the closed subset of policies/*.cedar. A differential test holds the two
together; in service an allow needs both, so that a defect in one cannot open anything alone.
"""

from collections.abc import Iterator, Mapping

from adyton.policy.question import Question, Ruling
from adyton.terms import Act, Binding, Employment, Role

_ENTITLED = frozenset({Act.INFER, Act.READ, Act.CHECKOUT, Act.SERVE, Act.REVIEW})
_BY_ROLE: Mapping[Role, frozenset[Act]] = {
    Role.OPERATOR: frozenset({Act.ADMINISTER, Act.LOCK, Act.IMPORT, Act.SWEEP, Act.WATCH}),
    Role.CUSTODIAN: frozenset({Act.PROTECT, Act.ISSUE}),
    Role.INVESTIGATOR: frozenset({Act.TRACE, Act.INVESTIGATE, Act.IMPORT, Act.SWEEP}),
    Role.AUDITOR: frozenset({Act.AUDIT}),
    Role.APPROVER: frozenset({Act.APPROVE}),
    Role.ANALYST: frozenset(),
}


class ReferenceJudge:
    """Decides like the shipped policies, without their engine."""

    def decide(self, question: Question) -> Ruling:
        """The ruling on one question, with the ids of the policies that decide it."""
        forbidden = tuple(sorted(_forbids(question)))
        if forbidden:
            return Ruling(allowed=False, reasons=forbidden)
        permitted = tuple(sorted(_permits(question)))
        return Ruling(allowed=bool(permitted), reasons=permitted)


def role_opens(role: Role, act: Act) -> bool:
    """Whether a role by itself opens an act."""
    return act in _BY_ROLE[role]


def _permits(question: Question) -> Iterator[str]:
    if question.act in _ENTITLED:
        if _is_entitled(question):
            yield f"use.{question.act.value}"
        return
    for role in question.roles:
        if role_opens(role, question.act):
            yield f"role.{role.value}"


def _is_entitled(question: Question) -> bool:
    asset, held = question.asset, question.entitlement
    return (
        asset is not None
        and held is not None
        and held.act is question.act
        and asset.compartment != ""
        and held.compartment == asset.compartment
        and held.asset in {"", asset.id}
        and held.purpose in {"", question.purpose}
        and question.now_s < held.until_s
    )


def _forbids(question: Question) -> Iterator[str]:
    asset = question.asset
    if question.now_s >= question.credential_until_s:
        yield "never.expired"
    if question.act is Act.APPROVE and question.employment is Employment.SERVICE:
        yield "never.approved_by_software"
    if asset is None:
        return
    if not asset.compartment:
        yield "never.unlabelled"
    if asset.bound_only and question.binding is Binding.NONE:
        yield "never.unbound"
    held = question.entitlement
    if question.act in _ENTITLED and (held is None or held.compartment != asset.compartment):
        yield "never.without_need"
