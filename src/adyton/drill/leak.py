"""Makes what the investigation is handed, and the truth behind it.

Pure: from a scene (a world whose copies were really issued) and a case to files and truth. The
files are `post/…`, what was found outside, and `sources/…`, the two logs that are not ours.
Neither holds the truth beyond what reality would show.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from adyton.drill import notours
from adyton.drill.budget import nameable, surviving_slots
from adyton.drill.dice import Dice
from adyton.drill.pathways import PATHWAYS, Pathway, pathway_named
from adyton.drill.posts import FORMS, REMARKS, Posting
from adyton.drill.traffic import Issued, LogRow, Scene, Traces, ordinary
from adyton.drill.transforms import TRANSFORMS, Transform
from adyton.drill.truth import Case, Truth

IDP_LOG = "sources/idp.jsonl"
STORE_LOG = "sources/object-store.jsonl"
POST = "post"
ANY_FORM = ("forum_text", "forum_markdown", "html", "chat")
WHOLE_TEXT = ("verbatim", "markdown_stripped", "retyped", "typographic")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """One drill: the files that are handed over, and the truth that is not."""

    files: Mapping[str, bytes]
    truth: Truth


@dataclass(frozen=True, slots=True, kw_only=True)
class Escape:
    """A copy that gets out: which, which way, in which shape, and what is said about it."""

    variant: str
    pathway: Pathway
    issued: Issued
    transform: Transform
    text: str
    remark: str
    framed: tuple[str, ...] = ()
    also_right: tuple[str, ...] = ()


def make_drill(scene: Scene, case: Case, *, persons: Mapping[str, str], nonce: str) -> Drill:
    """The drill of the scene's seed for `case`. `persons` are the perimeter's ids by login."""
    dice = Dice("drill", scene.world.seed, case.value)
    match case:
        case Case.LEAK:
            return tell(scene, case, leaked(scene, dice), dice, persons=persons, nonce=nonce)
        case Case.FRAMED:
            return tell(scene, case, framed(scene, dice), dice, persons=persons, nonce=nonce)
        case Case.NOT_OURS:
            return false_alarm(scene, dice, nonce=nonce)
        case Case.NONE:
            truth = Truth(
                seed=scene.world.seed,
                case=case,
                variant="ordinary_week",
                verdict=notours.UNSUBSTANTIATED,
                nonce=nonce,
            )
            return Drill(files=logs(ordinary(scene, dice.fork("traffic"))), truth=truth)


def in_turn(choices: Sequence[T], seed: int, name: str) -> T:
    """One of `choices`: any run of as many seeds as there are choices has each of them once."""
    round_, place = divmod(seed, len(choices))
    return Dice("turn", name, round_).shuffled(choices)[place]


def leaked(scene: Scene, dice: Dice) -> Escape:
    """A leak without any framing."""
    pathway = in_turn(PATHWAYS, scene.world.seed, "pathway")
    issued = dice.pick(pathway.copies(scene))
    transform = in_turn(TRANSFORMS, scene.world.seed, "transform")
    return Escape(
        variant=pathway.name,
        pathway=pathway,
        issued=issued,
        transform=transform,
        text=transform.apply(issued.text, dice.fork("transform")),
        remark=dice.pick(REMARKS),
    )


def framed(scene: Scene, dice: Dice) -> Escape:
    """A leak with blame planted on somebody who had no part in it.

    F1: posted by somebody who signed in as the victim. F2: the victim's name set onto a text made
    from one's own copy. F5: the victim's copy lay where others could read it.
    """
    victim = scene.world.narrow_reader
    name = scene.world.person(victim).name
    blame = dice.pick((f"With thanks to {name}.", f"Straight from {victim}, who else."))
    variant = in_turn(("F1", "F2", "F5"), scene.world.seed, "framing")
    way = {"F1": "compromised_account", "F5": "misconfigured_storage"}.get(variant) or dice.pick(
        ("contractor", "broad_permissions")
    )
    pathway = pathway_named(way)
    issued = dice.pick(pathway.copies(scene))
    transform = dice.pick([one for one in TRANSFORMS if one.name in WHOLE_TEXT])
    text = transform.apply(issued.text, dice.fork("transform"))
    if variant == "F2":
        text = with_name(text, f"Copy issued to {name} ({victim})")
    return Escape(
        variant=variant,
        pathway=pathway,
        issued=issued,
        transform=transform,
        text=text,
        remark=blame,
        framed=(victim,),
        also_right=(notours.FORGED,) if variant == "F2" else (),
    )


def with_name(text: str, line: str) -> str:
    """`text` with a visible line of whose copy it is, at its head and its end."""
    return f"{line}\n\n{text.rstrip()}\n\n{line}\n"


def tell(
    scene: Scene,
    case: Case,
    escape: Escape,
    dice: Dice,
    *,
    persons: Mapping[str, str],
    nonce: str,
) -> Drill:
    """Files and truth of a copy that got out."""
    handout = escape.issued.handout
    form = dice.pick(escape.pathway.forms)
    posting = Posting(
        text=escape.text, remark=escape.remark, time_s=scene.now_s, file=handout.place
    )
    traffic = ordinary(scene, dice.fork("traffic"))
    traffic += escape.pathway.traces(scene, escape.issued, dice.fork("traces"))
    suspects = len(scene.world.handed(paper=handout.paper))
    surviving = surviving_slots(scene.world.paper(handout.paper).master, escape.text)
    truth = Truth(
        seed=scene.world.seed,
        case=case,
        variant=escape.variant,
        verdict="leak",
        also_right=escape.also_right,
        copies=(escape.issued.copy,),
        persons=tuple(persons[login] for login in escape.pathway.acted(escape.issued)),
        framed=tuple(persons[login] for login in escape.framed),
        pathway=escape.pathway.name,
        paper=handout.paper,
        transform=escape.transform.name,
        form=form,
        surviving=surviving,
        suspects=suspects,
        nameable=nameable(surviving=surviving, transform=escape.transform, suspects=suspects),
        nonce=nonce,
    )
    return Drill(files=posted(FORMS[form](posting, dice.fork("post"))) | logs(traffic), truth=truth)


def false_alarm(scene: Scene, dice: Dice, *, nonce: str) -> Drill:
    """Files and truth of a post that is no leak of ours."""
    variant = in_turn(tuple(notours.ALARMS), scene.world.seed, "alarm")
    alarm = notours.ALARMS[variant](scene.world, dice.fork("alarm"))
    form = dice.pick(ANY_FORM)
    posting = Posting(
        text=alarm.text, remark=dice.pick(REMARKS), time_s=scene.now_s, file="find.md"
    )
    truth = Truth(
        seed=scene.world.seed,
        case=Case.NOT_OURS,
        variant=variant,
        verdict=alarm.verdict,
        also_right=alarm.also_right,
        form=form,
        nonce=nonce,
    )
    files = posted(FORMS[form](posting, dice.fork("post")))
    return Drill(files=files | logs(ordinary(scene, dice.fork("traffic"))), truth=truth)


def posted(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of a post, in their folder."""
    return {f"{POST}/{name}": content for name, content in files.items()}


def logs(traffic: Traces) -> dict[str, bytes]:
    """The two logs as JSON Lines, in the order of time."""
    return {IDP_LOG: json_lines(traffic.idp), STORE_LOG: json_lines(traffic.store)}


def json_lines(rows: Sequence[LogRow]) -> bytes:
    """Rows in the order of their time, one a line."""
    ordered = sorted(rows, key=lambda row: str(row["time"]))
    return "".join(json.dumps(row) + "\n" for row in ordered).encode()
