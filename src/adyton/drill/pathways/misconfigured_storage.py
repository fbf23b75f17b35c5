"""A copy in the object store becomes readable for everybody; strangers fetch it."""

from collections.abc import Sequence

from adyton.drill.dice import Dice
from adyton.drill.pathways.kinds import Pathway, nobody
from adyton.drill.traffic import NOBODY, Issued, Scene, Traces, access
from adyton.drill.world import CUSTODIAN, STORE

VISITORS = (2, 5)


def copies(scene: Scene) -> Sequence[Issued]:
    """Those that were laid in the store."""
    return scene.of_kind(channel="store")


def traces(scene: Scene, issued: Issued, dice: Dice) -> Traces:
    """An access list opened, or a link made, by mistake; then anonymous reads of that object."""
    place = issued.handout.place
    who = scene.world.person(dice.pick((CUSTODIAN, STORE)))
    count = dice.between(*VISITORS)
    opened, *visits = scene.after(issued, dice, count=count + 1)
    if dice.percent(60):
        mistake = access(who.login, "PUT_ACL", place, time_s=opened, ip=who.ip, acl="public-read")
    else:
        mistake = access(who.login, "CREATE_LINK", place, time_s=opened, ip=who.ip)
    size = len(issued.text.encode())
    reads = [
        access(
            NOBODY,
            "GET",
            place,
            time_s=time_s,
            ip=f"100.68.{dice.between(1, 250)}.{dice.between(1, 250)}",
            bytes=size,
        )
        for time_s in visits
    ]
    return Traces(store=[mistake, *reads])


PATHWAY = Pathway(
    name="misconfigured_storage",
    copies=copies,
    acted=nobody,
    traces=traces,
    forms=("forum_text", "forum_markdown", "html", "chat", "zip"),
)
