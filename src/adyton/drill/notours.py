"""Posts that are no leak of ours, and look like one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from adyton.drill.dice import Dice
from adyton.drill.papers import plain_wording, write_paper
from adyton.drill.public import public_paragraphs
from adyton.drill.world import World

FORGED, NOT_OURS, UNSUBSTANTIATED, UNSURE = "forged", "not_ours", "unsubstantiated", "unsure"
PUBLIC_PARAGRAPHS = 9
FABRICATED_LINES = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A false alarm: its text, the verdict that is right, and others that are not wrong."""

    text: str
    verdict: str
    also_right: tuple[str, ...] = ()


def other_owner(world: World, dice: Dice) -> Alarm:
    """A real leak of somebody else, who uses the same template as we do."""
    kind = dice.pick(world.papers).key
    paper = write_paper(kind, dice.fork("other owner"))
    return Alarm(text=plain_wording(paper.master, dice), verdict=NOT_OURS)


def look_alike(world: World, dice: Dice) -> Alarm:
    """Another paper on the same matter, with our title, mixed with public text."""
    ours = dice.pick(world.papers)
    theirs = plain_wording(write_paper(ours.key, dice.fork("look-alike")).master, dice)
    parts = theirs.split("\n\n")[2:]
    public = public_paragraphs(dice, len(parts) // 3)
    mixed = [f"# {ours.name}", *parts]
    for at, text in enumerate(public):
        mixed.insert(2 + 4 * at, text)
    return Alarm(text="\n\n".join(mixed), verdict=NOT_OURS, also_right=(FORGED,))


def fabricated(world: World, dice: Dice) -> Alarm:
    """Invented content under the name of one of our papers."""
    ours = dice.pick(world.papers)
    invented = [
        f"{dice.between(1, 40)}. Level {dice.between(1, 9)}: value {dice.between(100, 999)}, "
        f"state {dice.pick(('open', 'closed', 'pending', 'void'))}, note {dice.hexadecimal(6)}."
        for _ in range(FABRICATED_LINES)
    ]
    head = f"{ours.name}\nInternal paper of {world.orgs[0].name}, complete and original."
    return Alarm(
        text=head + "\n\n" + "\n".join(invented),
        verdict=FORGED,
        also_right=(NOT_OURS, UNSUBSTANTIATED),
    )


def public_text(_world: World, dice: Dice) -> Alarm:
    """Public text, sold as a find."""
    return Alarm(text="\n\n".join(public_paragraphs(dice, PUBLIC_PARAGRAPHS)), verdict=NOT_OURS)


def bare_claim(world: World, dice: Dice) -> Alarm:
    """A claim and nothing else."""
    paper = dice.pick(world.papers)
    text = dice.pick(
        (
            f"I have all of {world.orgs[0].name}. Papers, weights, everything. Make an offer.",
            f'Selling "{paper.name}". Proof only after payment.',
            "The whole model is out. Ask me how I know.",
        )
    )
    return Alarm(text=text, verdict=UNSUBSTANTIATED, also_right=(NOT_OURS, UNSURE))


ALARMS: Mapping[str, Callable[[World, Dice], Alarm]] = {
    "other_owner": other_owner,
    "look_alike": look_alike,
    "fabricated": fabricated,
    "public_text": public_text,
    "bare_claim": bare_claim,
}
