"""What can be attributed at all: the rule table that is applied before anybody solves a drill.

A copy can be named from a post if enough of its code slots survive. The budgets are exact
binomial figures for one leaker at 95 % power and ε = 1/1000, with slots lost at random; about a
tenth of all slots are pilots and carry no code. The rule is written conservatively: fact slots,
which would help, are not counted, and a tenth is kept in reserve.
"""

import re

from adyton.drill.papers import FACT, SLOT
from adyton.drill.transforms import Survival, Transform

BUDGETS: tuple[tuple[int, int, int], ...] = (
    (5, 13, 32),
    (20, 15, 36),
    (100, 17, 40),
    (1000, 20, 47),
)
"""Suspects up to, slots for a clean reading, slots for one with 20 % lost and 5 % flipped."""
CODE_SLOTS_PERCENT = 90
RESERVE_PERCENT = 10
HUNDRED = 100
CONTEXT = 16  # normalised characters on either side of a slot that must be there too
LEAST_CONTEXT = 6  # below it, a slot's place is not certain and it is not counted


def normal(text: str) -> str:
    """Lower-case letters and digits of `text` only."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


def surviving_slots(master: str, posted: str) -> int:
    """How many author slots of `master` stand in `posted`, either wording, in their context."""
    pieces = re.split(f"{SLOT.pattern}|{FACT.pattern}", master)
    groups = 1 + SLOT.groups + FACT.groups
    fixed, slots = pieces[0::groups], list(zip(pieces[1::groups], pieces[2::groups], strict=True))
    text = normal(posted)
    return sum(
        found(text, before, wordings, after)
        for before, wordings, after in zip(fixed, slots, fixed[1:], strict=False)
    )


def found(text: str, before: str, wordings: tuple[str | None, str | None], after: str) -> bool:
    """Whether either wording stands in `text` between what stands around it in the master."""
    left, right = normal(before)[-CONTEXT:], normal(after)[:CONTEXT]
    if len(left) + len(right) < LEAST_CONTEXT:
        return False
    return any(left + normal(one) + right in text for one in wordings if one)


def needed_slots(suspects: int, survival: Survival) -> int:
    """The budget for so many suspects, with the reserve."""
    row = next((row for row in BUDGETS if suspects <= row[0]), BUDGETS[-1])
    budget = row[1] if survival is Survival.CLEAN else row[2]
    return -(-budget * (HUNDRED + RESERVE_PERCENT) // HUNDRED)


def code_slots(surviving: int) -> int:
    """How many of the surviving slots carry code."""
    return surviving * CODE_SLOTS_PERCENT // HUNDRED


def nameable(*, surviving: int, transform: Transform, suspects: int) -> bool:
    """Whether the post holds enough to name a copy."""
    if transform.mark_strength == 0:
        return False
    return code_slots(surviving) >= needed_slots(suspects, transform.survival)
