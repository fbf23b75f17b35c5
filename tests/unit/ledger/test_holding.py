import pytest

from adyton.adapters.memory_ledger import MemoryWorld
from adyton.ledger import holding
from adyton.terms import Fact, Malformed, Missing, Refused

MONTH = "2027-01"


def ledger():
    made = MemoryWorld().open()
    for subject in ("per_a", "per_b"):
        made.append(Fact(type="a.done", subjects=(subject,), body={"x": "y"}, body_subject=subject))
    return made


def hold(made, **what):
    made.append(holding.added("hld_a", by="per_i", reason="a lawsuit", **what))


@pytest.mark.parametrize(
    "what",
    [
        {"subject": "per_a", "month": ""},
        {"subject": "per_a", "month": MONTH},
        {"subject": "*", "month": MONTH},
    ],
    ids=["subject", "subject and month", "month"],
)
def test_what_is_held_is_not_erased_until_the_hold_ends(what):
    made = ledger()
    hold(made, **what)
    with pytest.raises(Refused, match="held"):
        made.erase("per_a", MONTH)
    assert made.opening(0) is not None
    made.append(holding.ended("hld_a", by="per_i"), guard=holding.stands("hld_a"))
    made.erase("per_a", MONTH)
    assert made.opening(0) is None
    assert made.verify() == ()


@pytest.mark.parametrize(
    "what", [{"subject": "per_b", "month": ""}, {"subject": "per_a", "month": "2026-12"}]
)
def test_a_hold_on_something_else_stops_nothing(what):
    made = ledger()
    hold(made, **what)
    made.erase("per_a", MONTH)
    assert made.opening(0) is None


def test_a_hold_that_ended_or_never_was_cannot_be_ended():
    made = ledger()
    hold(made, subject="per_a", month="")
    made.append(holding.ended("hld_a", by="per_i"), guard=holding.stands("hld_a"))
    with pytest.raises(Missing):
        made.append(holding.ended("hld_a", by="per_i"), guard=holding.stands("hld_a"))


@pytest.mark.parametrize(
    "what",
    [
        {"subject": "*", "month": ""},
        {"subject": "", "month": ""},
        {"subject": "Robin Example", "month": ""},
        {"subject": "per_a", "month": "2027-13"},
    ],
)
def test_a_hold_without_form_is_malformed(what):
    with pytest.raises(Malformed):
        holding.added("hld_a", by="per_i", reason="", **what)
