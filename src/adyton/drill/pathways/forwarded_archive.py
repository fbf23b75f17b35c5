"""A partner forwards the archive that was handed over; it is unpacked and posted further on."""

from collections.abc import Sequence

from adyton.drill.dice import Dice
from adyton.drill.pathways.kinds import Pathway, recipient
from adyton.drill.traffic import Issued, Scene, Traces


def copies(scene: Scene) -> Sequence[Issued]:
    """Those that were handed over as archives."""
    return scene.of_kind(channel="archive")


def traces(_scene: Scene, _issued: Issued, _dice: Dice) -> Traces:
    """Nothing: mail between others is in no log of ours."""
    return Traces()


PATHWAY = Pathway(
    name="forwarded_archive",
    copies=copies,
    acted=recipient,
    traces=traces,
    forms=("zip", "chat"),
)
