"""Half of the copy's paragraphs, mixed with public text."""

from adyton.drill.dice import Dice
from adyton.drill.public import public_paragraphs
from adyton.drill.transforms.kinds import Survival, Transform

SHARE_OF_OURS_PERCENT = 50


def apply(text: str, dice: Dice) -> str:
    """About half of the paragraphs in their order, each followed by a public one."""
    ours = [
        part
        for part in text.split("\n\n")
        if not part.startswith("#") and dice.percent(SHARE_OF_OURS_PERCENT)
    ]
    public = public_paragraphs(dice, len(ours))
    mixed = [part for pair in zip(ours, public, strict=True) for part in pair]
    return "\n\n".join(mixed) + "\n"


TRANSFORM = Transform(name="merged", mark_strength=1, survival=Survival.CLEAN, apply=apply)
