"""Somebody whose entitlement is wider than their work reads far and wide, and posts one paper."""

from collections.abc import Sequence

from adyton.drill.dice import Dice
from adyton.drill.pathways.kinds import Pathway, recipient
from adyton.drill.traffic import Issued, Scene, Traces, access, sign_in

READS = (6, 12)


def copies(scene: Scene) -> Sequence[Issued]:
    """Those of the reader with the broad entitlement."""
    return scene.of_kind(breadth="broad")


def traces(scene: Scene, issued: Issued, dice: Dice) -> Traces:
    """Reads over folders that this person never opened before: allowed, every one of them."""
    who = scene.world.person(issued.handout.login)
    count = dice.between(*READS)
    first, *times = scene.after(issued, dice, count=count + 1)
    folders = ("finance", "hiring", "evaluation", "operations", "legal", "partners")
    rows = [
        access(
            who.login,
            "GET",
            f"{scene.world.bucket}/{dice.pick(folders)}/file-{dice.between(1, 99)}.md",
            time_s=time_s,
            ip=who.ip,
            bytes=dice.between(800, 9_000),
        )
        for time_s in times
    ]
    return Traces(idp=[sign_in(who, first)], store=rows)


PATHWAY = Pathway(
    name="broad_permissions",
    copies=copies,
    acted=recipient,
    traces=traces,
    forms=("forum_text", "forum_markdown", "html", "chat"),
)
