"""What a pathway is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from adyton.drill.dice import Dice
from adyton.drill.traffic import Issued, Scene, Traces


@dataclass(frozen=True, slots=True, kw_only=True)
class Pathway:
    """One way out.

    `copies` gives the copies that can take it; `acted` the logins of our people who let the copy
    out (empty where only an outsider or an error did); `traces` what the logs hold of it. `forms`
    are the forms in which such a post appears.
    """

    name: str
    copies: Callable[[Scene], Sequence[Issued]]
    acted: Callable[[Issued], tuple[str, ...]]
    traces: Callable[[Scene, Issued, Dice], Traces]
    forms: tuple[str, ...]


def nobody(_issued: Issued) -> tuple[str, ...]:
    """None of our people acted."""
    return ()


def recipient(issued: Issued) -> tuple[str, ...]:
    """The one who was given the copy."""
    return (issued.handout.login,)
