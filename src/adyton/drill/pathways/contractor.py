"""A contractor takes out the copy that they were given; no log of ours sees the device."""

from collections.abc import Sequence

from adyton.drill.dice import Dice
from adyton.drill.pathways.kinds import Pathway, recipient
from adyton.drill.traffic import Issued, Scene, Traces, sign_in
from adyton.drill.world import CONTRACTOR


def copies(scene: Scene) -> Sequence[Issued]:
    """Those of the contractor."""
    return scene.of_kind(login=CONTRACTOR)


def traces(scene: Scene, issued: Issued, dice: Dice) -> Traces:
    """An ordinary sign-in from the usual device: nothing else is to be seen."""
    who = scene.world.person(CONTRACTOR)
    (time_s,) = scene.after(issued, dice, count=1)
    return Traces(idp=[sign_in(who, time_s)])


PATHWAY = Pathway(
    name="contractor",
    copies=copies,
    acted=recipient,
    traces=traces,
    forms=("forum_text", "forum_markdown", "html", "chat"),
)
