"""Posted as it was received."""

from adyton.drill.dice import Dice
from adyton.drill.transforms.kinds import Survival, Transform


def apply(text: str, _dice: Dice) -> str:
    """`text` itself."""
    return text


TRANSFORM = Transform(name="verbatim", mark_strength=2, survival=Survival.CLEAN, apply=apply)
