"""The account of wrong-copy chances: per finding, per case, per year, spent in the ledger.

Each question that may name a copy can name a wrong one with a chance of at most ε. Whoever may
ask often enough would get a wrong name some day; so the chances are added up, and when an account
is spent copies are listed without naming.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

from adyton.marks.facts import SPENT, accounts, spent_ppb
from adyton.marks.ports import Recorder
from adyton.terms import CaseId, Clock, Exhausted, Fact, Misconfigured, State

_BILLION = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class EpsilonLimits:
    """The three numbers, in parts per billion."""

    finding_ppb: int = 1_000_000
    case_ppb: int = 10_000_000
    year_ppb: int = 100_000_000

    def __post_init__(self) -> None:
        """Raises Misconfigured unless 0 < finding <= case <= year < 1."""
        if not 0 < self.finding_ppb <= self.case_ppb <= self.year_ppb < _BILLION:
            raise Misconfigured(
                "wrong-copy budget", mend="set finding <= case <= year, each above 0 and below 1"
            )

    @property
    def finding(self) -> Fraction:
        """ε of one finding."""
        return Fraction(self.finding_ppb, _BILLION)


class EpsilonAccount:
    """Spends the budget. The ledger serialises spending, so two findings cannot share a rest."""

    def __init__(self, *, recorder: Recorder, clock: Clock, limits: EpsilonLimits) -> None:
        self._recorder = recorder
        self._clock = clock
        self.limits = limits

    def spend(self, *, question: str, case: CaseId | None = None) -> bool:
        """Spends the ε of one finding, durably. False: an account is spent, nothing was taken.

        Call it before anything is named. Raises Unavailable when the ledger cannot record.
        """
        year = datetime.fromtimestamp(self._clock.now_s(), tz=UTC).year
        fact = Fact(
            type=SPENT,
            subjects=(question,),
            public={
                "question": question,
                "case": case or "",
                "year": year,
                "ppb": self.limits.finding_ppb,
            },
        )
        try:
            self._recorder.append(fact, guard=lambda state: self._guard(state, case, year))
        except Exhausted:
            return False
        return True

    def _guard(self, state: State, case: CaseId | None, year: int) -> None:
        ceilings = {f"case:{case}": self.limits.case_ppb, f"year:{year}": self.limits.year_ppb}
        for account in accounts(case or "", year):
            if spent_ppb(state, account) + self.limits.finding_ppb > ceilings[account]:
                raise Exhausted(
                    "wrong-copy budget, spent", mend="list copies without naming, or wait"
                )
