"""What a transformation is."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from adyton.drill.dice import Dice


class Survival(StrEnum):
    """How what is left of the slots can be read: which column of the slot budgets applies."""

    CLEAN = "clean"  # no slot of the surviving part is lost or flipped
    ROUGH = "rough"  # up to 20 % lost and 5 % flipped


@dataclass(frozen=True, slots=True, kw_only=True)
class Transform:
    """One transformation. `mark_strength` is M of the drill's rule table, 0 to 2."""

    name: str
    mark_strength: int
    survival: Survival
    apply: Callable[[str, Dice], str]
