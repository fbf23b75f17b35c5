"""Case and typography changed: curly quotes, loud headings or everything in lower case."""

import re

from adyton.drill.dice import Dice
from adyton.drill.transforms.kinds import Survival, Transform

ALL_LOWER_PERCENT = 40


def apply(text: str, dice: Dice) -> str:
    """`text` with curly apostrophes, two spaces after a full stop, and another case."""
    curly = text.replace("'", "\u2019").replace(". ", ".  ")
    if dice.percent(ALL_LOWER_PERCENT):
        return curly.lower()
    return re.sub(r"^#+ (.*)$", lambda heading: heading[1].upper(), curly, flags=re.MULTILINE)


TRANSFORM = Transform(name="typographic", mark_strength=1, survival=Survival.CLEAN, apply=apply)
