"""Pasted into a plain text box: the Markdown signs are gone."""

import re

from adyton.drill.dice import Dice
from adyton.drill.transforms.kinds import Survival, Transform

SIGNS = re.compile(r"^#{1,6} |^- |^> |[*`_]", re.MULTILINE)


def apply(text: str, _dice: Dice) -> str:
    """`text` without headings' signs, bullets, emphasis and code marks."""
    return SIGNS.sub("", text)


TRANSFORM = Transform(
    name="markdown_stripped", mark_strength=2, survival=Survival.CLEAN, apply=apply
)
