import pytest

from adyton.adapters.memory_ledger import ManualClock, memory_ledger
from adyton.marks import EpsilonAccount, EpsilonLimits, project
from adyton.marks.facts import spent_ppb
from adyton.terms import CaseId, Misconfigured

CASE = CaseId("cas_" + "a" * 26)
LIMITS = EpsilonLimits(finding_ppb=10, case_ppb=20, year_ppb=50)
YEAR_S = 366 * 86_400


def account(clock=None):
    clock = clock or ManualClock()
    ledger = memory_ledger([project], clock=clock)
    return EpsilonAccount(recorder=ledger, clock=clock, limits=LIMITS), ledger


def test_a_case_spends_its_own_budget_and_the_years():
    budget, ledger = account()
    assert [budget.spend(question=f"q{at}", case=CASE) for at in range(3)] == [True, True, False]
    assert spent_ppb(ledger.state, f"case:{CASE}") == 20
    assert spent_ppb(ledger.state, "year:2027") == 20


def test_a_refused_spending_takes_nothing_and_leaves_no_fact():
    budget, ledger = account()
    for at in range(5):
        assert budget.spend(question=f"q{at}")
    before = len(ledger.entries())
    assert not budget.spend(question="one too many")
    assert len(ledger.entries()) == before
    assert spent_ppb(ledger.state, "year:2027") == 50


def test_a_new_year_is_a_new_budget():
    clock = ManualClock()
    budget, _ = account(clock)
    assert [budget.spend(question=f"q{at}") for at in range(6)][-1] is False
    clock.advance(YEAR_S)
    assert budget.spend(question="later")


def test_limits_must_grow_from_finding_to_year():
    with pytest.raises(Misconfigured):
        EpsilonLimits(finding_ppb=10, case_ppb=5, year_ppb=50)
    with pytest.raises(Misconfigured):
        EpsilonLimits(finding_ppb=0)
