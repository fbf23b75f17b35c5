"""All transformations of text."""

from adyton.drill.transforms import crop, merged, retyped, stripped, typographic, verbatim
from adyton.drill.transforms.kinds import Transform

TRANSFORMS: tuple[Transform, ...] = (
    verbatim.TRANSFORM,
    stripped.TRANSFORM,
    retyped.TRANSFORM,
    *crop.TRANSFORMS,
    typographic.TRANSFORM,
    merged.TRANSFORM,
)


def transform_named(name: str) -> Transform:
    """The transformation of this name."""
    return next(one for one in TRANSFORMS if one.name == name)
