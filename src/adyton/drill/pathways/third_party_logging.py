"""A text that was sent to a telemetry service turns up from that service's own storage."""

from collections.abc import Sequence

from adyton.drill.dice import Dice
from adyton.drill.pathways.kinds import Pathway, nobody
from adyton.drill.traffic import Issued, Scene, Traces, access
from adyton.drill.world import LOGGER


def copies(scene: Scene) -> Sequence[Issued]:
    """Those that went to the telemetry service."""
    return scene.of_kind(channel="telemetry")


def traces(scene: Scene, issued: Issued, dice: Dice) -> Traces:
    """The service reads its own batch back; what happens at the vendor is in no log of ours."""
    who = scene.world.person(LOGGER)
    (time_s,) = scene.after(issued, dice, count=1)
    row = access(
        who.login,
        "GET",
        issued.handout.place,
        time_s=time_s,
        ip=who.ip,
        bytes=len(issued.text.encode()),
    )
    return Traces(store=[row])


PATHWAY = Pathway(
    name="third_party_logging",
    copies=copies,
    acted=nobody,
    traces=traces,
    forms=("log_lines", "chat", "html"),
)
