"""Retyped by hand: other line breaks, straight quotes, a slip of the finger now and then."""

import re
import textwrap

from adyton.drill.dice import Dice
from adyton.drill.transforms import stripped
from adyton.drill.transforms.kinds import Survival, Transform

SHORTEST_SLIP = 6  # letters: short words are typed right
SLIPS_PER_WORD_PERCENT = 1
WIDTHS = (58, 64, 70, 76)
STRAIGHT = str.maketrans(
    {"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-"}
)


def apply(text: str, dice: Dice) -> str:
    """`text` in lines of another width, with two letters swapped in one long word of a hundred."""
    width = dice.pick(WIDTHS)
    plain = stripped.apply(text, dice).translate(STRAIGHT)
    paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s*\n", plain) if part.strip()]
    typed = [re.sub(r"[A-Za-z]+", lambda word: slip(word[0], dice), part) for part in paragraphs]
    return "\n\n".join(textwrap.fill(part, width) for part in typed) + "\n"


def slip(word: str, dice: Dice) -> str:
    """`word`, perhaps with two letters inside it swapped."""
    if len(word) < SHORTEST_SLIP or not dice.percent(SLIPS_PER_WORD_PERCENT):
        return word
    at = dice.between(1, len(word) - 3)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


TRANSFORM = Transform(name="retyped", mark_strength=1, survival=Survival.ROUGH, apply=apply)
