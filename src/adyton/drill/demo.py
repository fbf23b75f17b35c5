"""The demo's story: a perimeter with a real model, real questions, a leak, a proved answer.

1. A new perimeter; the world of the seed settles in it; weights and papers are protected.
2. Papers are issued; the model answers real questions; the weights go to one person.
3. The drill makes a post and two foreign logs, seals the truth, hands over the folder.
4. The investigation works from that folder. 5. The truth is opened and compared.
"""

import contextlib
import json
import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adyton.drill.actions import Actions, Approving
from adyton.drill.clients import Asked, ask_all
from adyton.drill.clock import WorldClock
from adyton.drill.dice import Dice
from adyton.drill.investigation import Investigation, Outcome
from adyton.drill.leak import Drill, make_drill
from adyton.drill.live import LivePerimeter
from adyton.drill.score import Right, score, wrong
from adyton.drill.story import MODEL, Progress, Settled, Story, demo_weights
from adyton.drill.traffic import Scene
from adyton.drill.truth import Case
from adyton.drill.world import INVESTIGATORS, OPERATOR, World, make_world
from adyton.terms import Conflict

NONCE_BYTES = 16
SETTLE_S = 4  # so that the traces of a leak have room between issue and post
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Faces:
    """What a drill is lent from above: the approvers' side, and a page made of a report."""

    approving: Approving
    render: Callable[[Mapping[str, Any]], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """One story that ran to its end."""

    document: Mapping[str, Any]
    lines: tuple[str, ...]
    wrong: bool


def run(*, seed: int, case: Case, faces: Faces, say: Progress, keep: Path | None = None) -> Played:
    """Play the story of `seed`. `keep` leaves home, post, report and bundle there, and no key."""
    with kept(keep) as folder:
        return play(folder, seed=seed, case=case, faces=faces, say=say)


@contextlib.contextmanager
def kept(keep: Path | None) -> Iterator[Path]:
    """The folder of a story: the one to keep, which must be new or empty, or one that goes."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="adyton-") as place:
            yield Path(place)
        return
    if keep.exists() and any(keep.iterdir()):
        raise Conflict("the folder to keep is not empty", mend="choose a new folder")
    keep.mkdir(parents=True, exist_ok=True)
    yield keep.resolve()


def play(folder: Path, *, seed: int, case: Case, faces: Faces, say: Progress) -> Played:
    """The story, in `folder`."""
    world, clock, weights = make_world(seed), WorldClock(), demo_weights()
    with clock.stage("whole"):
        # 1
        with clock.stage("perimeter"):
            perimeter = LivePerimeter(
                folder / "home", world, approving=faces.approving, clock=clock
            )
        with perimeter:
            told = tell(
                world,
                perimeter,
                clock,
                folder=folder,
                weights=weights,
                case=case,
                faces=faces,
                say=say,
            )
    remember(folder, told.outcome)
    return finished(told, world, clock)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Everything that a story leaves."""

    drill: Drill
    outcome: Outcome
    right: Right
    asked: list[Asked]
    weights_bytes: int


def tell(
    world: World,
    perimeter: LivePerimeter,
    clock: WorldClock,
    *,
    folder: Path,
    weights: Path,
    case: Case,
    faces: Faces,
    say: Progress,
) -> Told:
    """The story on a perimeter that stands."""
    founded = perimeter.founded
    settled = Settled(orgs={"owner": founded.org}, people={OPERATOR: founded.operator})
    story = Story(world, perimeter, clock=clock, settled=settled)
    say("a perimeter stands; three organisations, nine people, two services move in")
    with clock.stage("settle"):
        story.settle()
    with clock.stage("protect"), tempfile.TemporaryDirectory(prefix="adyton-masters-") as masters:
        story.protect(Path(masters), weights)
    # 2
    started_s = clock.now_s()
    with clock.stage("issue"):
        issued = story.issue()
    say(f"weights and {len(world.papers)} papers sealed; {len(issued)} marked copies handed out")
    with clock.stage("model"):
        story.start_model()
        readers = (world.narrow_reader, world.broad_reader)
        asked = ask_all(
            port=perimeter.proxy_port,
            model=MODEL,
            keys=(perimeter.key(readers[0]), perimeter.key(readers[1])),
            dice=Dice("questions", world.seed),
        )
    for one in asked:
        say(f"asked through {one.way}: {one.question}")
    with clock.stage("checkout"):
        size = story.check_out(weights)
    say(f"two approvers released the weights to one person: {size / MEGABYTE:.0f} MB compared")
    # 3
    with clock.stage("leak"):
        last_s = max(one.issued_at_s for one in issued.values()) + SETTLE_S
        clock.wait_until(lambda: clock.now_s() > last_s, at_most_s=2 * SETTLE_S)
        scene = Scene(world=world, issued=issued, started_s=started_s, now_s=clock.now_s())
        nonce = secrets.token_hex(NONCE_BYTES)
        drill = make_drill(scene, case, persons=settled.people, nonce=nonce)
        seal(perimeter, drill)
        hand_over(drill, folder / "post")
    say("the truth is sealed in the record; the investigation gets one folder")
    # 4
    investigation = Investigation(
        folder / "post",
        perimeter,
        people=settled.people,
        render=faces.render,
        clock=clock,
        say=say,
    )
    outcome = investigation.run()
    # 5
    open_truth(perimeter, drill)
    right = score(drill.truth, outcome.answer)
    return Told(drill=drill, outcome=outcome, right=right, asked=asked, weights_bytes=size)


def seal(actions: Actions, drill: Drill) -> None:
    """The truth's digest goes into the record before anybody looks."""
    actions.call(INVESTIGATORS[1], "drill.seal", {"digest": drill.truth.digest()})


def open_truth(actions: Actions, drill: Drill) -> None:
    """The truth itself goes into the record after."""
    asked = {"digest": drill.truth.digest(), "truth": drill.truth.text()}
    actions.call(INVESTIGATORS[1], "drill.open", asked)


def hand_over(drill: Drill, folder: Path) -> None:
    """Write the drill's files below `folder`."""
    for name, content in drill.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def remember(folder: Path, outcome: Outcome) -> None:
    """Leave report and bundle beside the home."""
    if outcome.report:
        (folder / "report.html").write_text(outcome.report, encoding="utf-8")
    for name, content in (outcome.bundle or {}).items():
        path = folder / "bundle" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def finished(told: Told, world: World, clock: WorldClock) -> Played:
    """The document of DECISIONS' form, and the lines that people read."""
    truth = json.loads(told.drill.truth.text())
    is_wrong = wrong(told.drill.truth, told.right)
    document = {
        "seed": world.seed,
        "case": told.drill.truth.case.value,
        "truth": truth,
        "answer": dict(told.outcome.answer),
        "right": told.right.as_json(),
        "wrong": is_wrong,
        "figures": {
            "seconds": clock.seconds,
            "weights_bytes": told.weights_bytes,
            "copies": len(world.handouts),
            "actions": len(told.outcome.actions),
            "actions_closed": sum(closed for _, closed in told.outcome.actions),
        },
    }
    return Played(document=document, lines=tuple(side_by_side(told, is_wrong)), wrong=is_wrong)


def side_by_side(told: Told, is_wrong: bool) -> Iterator[str]:  # noqa: FBT001 - a fact, no switch
    """Truth and answer for people."""
    truth, answer = told.drill.truth, told.outcome.answer
    for one in told.asked:
        yield f"{one.way}: {one.question}"
        yield f"  {' '.join(one.answer.split())}"
    named = [one["id"] for one in answer["copies"] if one.get("named", True)]
    accused = [one["id"] for one in answer["persons"] if one.get("tier") == "accuse"]
    first = max(answer["pathways"], key=lambda one: one["p"], default={"id": "-"})
    rows = (
        ("verdict", truth.verdict, answer["verdict"]),
        ("copy", " ".join(truth.copies), " ".join(named)),
        ("pathway", truth.pathway, first["id"]),
        ("person", " ".join(truth.persons), " ".join(accused)),
        ("nameable", "yes" if truth.nameable else "no", "yes" if named else "no"),
    )
    yield f"{'':10}{'truth':34}answer"
    for what, true, said in rows:
        yield f"{what:10}{true or '-':34}{said or '-'}"
    yield "the answer is wrong" if is_wrong else "the answer is right"
