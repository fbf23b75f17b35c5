"""An outsider signs in as somebody, from a new place and device, and takes what they can read."""

from collections.abc import Sequence

from adyton.drill.dice import Dice
from adyton.drill.pathways.kinds import Pathway, nobody
from adyton.drill.traffic import FAR_COUNTRIES, Issued, Scene, Traces, access, sign_in

STEPS = 4


def copies(scene: Scene) -> Sequence[Issued]:
    """Those of the narrow reader, who is careful and has nothing to do with it."""
    return scene.of_kind(login=scene.world.narrow_reader)


def traces(scene: Scene, issued: Issued, dice: Dice) -> Traces:
    """The second factor reset or missing, a new device abroad, then reads as the victim."""
    victim = scene.world.person(issued.handout.login)
    ip = f"100.67.{dice.between(1, 250)}.{dice.between(1, 250)}"
    strange: dict[str, object] = {
        "country": dice.pick([land for land in FAR_COUNTRIES if land != victim.country]),
        "asn": 64510 + dice.below(200),
        "ip": ip,
        "device_id": f"dev-{dice.hexadecimal(10)}",
        "mfa": dice.pick(("otp", "none")),
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64) HeadlessBrowser/1",
    }
    times = scene.after(issued, dice, count=STEPS)
    idp = [sign_in(victim, times[1], "signin", **strange)]
    if dice.percent(50):
        idp.insert(0, sign_in(victim, times[0], "mfa_reset", **strange))
    bucket = scene.world.bucket
    store = [access(victim.login, "LIST", f"{bucket}/", time_s=times[2], ip=ip)]
    store += [
        access(
            victim.login,
            "GET",
            one.handout.place,
            time_s=times[3],
            ip=ip,
            bytes=len(one.text.encode()),
        )
        for one in scene.of_kind(login=victim.login, channel="store")
        if one.issued_at_s <= times[3]
    ]
    return Traces(idp=idp, store=store)


PATHWAY = Pathway(
    name="compromised_account",
    copies=copies,
    acted=nobody,
    traces=traces,
    forms=("forum_text", "forum_markdown", "html", "chat"),
)
