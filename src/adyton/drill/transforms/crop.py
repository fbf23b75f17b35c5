"""Only a piece was posted."""

import re
from collections.abc import Callable

from adyton.drill.dice import Dice
from adyton.drill.transforms.kinds import Survival, Transform

WORD = re.compile(r"\S+")
SIZES = (300, 80)  # words
ENDS = (".", ":", "*")


def cropper(size: int) -> Callable[[str, Dice], str]:
    """The transformation that leaves `size` words in a row, from the start of a sentence on."""

    def apply(text: str, dice: Dice) -> str:
        words = list(WORD.finditer(text))
        if len(words) <= size:
            return text
        last = len(words) - size
        starts = [0] + [at + 1 for at in range(last) if words[at][0].endswith(ENDS)]
        at = dice.pick(starts)
        return text[words[at].start() : words[at + size - 1].end()] + "\n"

    return apply


TRANSFORMS = tuple(
    Transform(name=f"cropped_{size}", mark_strength=1, survival=Survival.CLEAN, apply=cropper(size))
    for size in SIZES
)
