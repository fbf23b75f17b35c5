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
from adyton.drill.traffic import Issued, Scene
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
    world, clock = make_world(seed), WorldClock()
    with clock.stage("whole"):
        # 1
        with clock.stage("perimeter"):
            perimeter = LivePerimeter(
                folder / "home", world, approving=faces.approving, clock=clock
            )
        with perimeter:
            keep_key(folder / "home-operator.key", perimeter.key(OPERATOR))
            told = Teller(world, perimeter, clock=clock, say=say).tell(folder, case, faces)
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


class Teller:
    """Tells the story of one world on a perimeter that stands."""

    def __init__(
        self, world: World, perimeter: LivePerimeter, *, clock: WorldClock, say: Progress
    ) -> None:
        founded = perimeter.founded
        settled = Settled(orgs={"owner": founded.org}, people={OPERATOR: founded.operator})
        self._story = Story(world, perimeter, clock=clock, settled=settled)
        self._world = world
        self._perimeter = perimeter
        self._clock = clock
        self._say = say
        self._weights = demo_weights()

    def tell(self, folder: Path, case: Case, faces: Faces) -> Told:
        """The whole story; what it leaves."""
        # 1
        self._move_in()
        # 2
        started_s = self._clock.now_s()
        issued = self._hand_out()
        asked = self._ask()
        size = self._check_out()
        # 3
        drill = self._leak(case, issued, started_s)
        hand_over(drill, folder / "post")
        self._say("the truth is sealed in the record; the investigation gets one folder")
        # 4
        outcome = Investigation(
            folder / "post",
            self._perimeter,
            people=self._story.settled.people,
            render=faces.render,
            clock=self._clock,
            say=self._say,
        ).run()
        # 5
        open_truth(self._perimeter, drill)
        right = score(drill.truth, outcome.answer)
        return Told(drill=drill, outcome=outcome, right=right, asked=asked, weights_bytes=size)

    def _move_in(self) -> None:
        self._say("a perimeter stands; three organisations, nine people, two services move in")
        with self._clock.stage("settle"):
            self._story.settle()
        with (
            self._clock.stage("protect"),
            tempfile.TemporaryDirectory(prefix="adyton-masters-") as masters,
        ):
            self._story.protect(Path(masters), self._weights)

    def _hand_out(self) -> dict[str, Issued]:
        with self._clock.stage("issue"):
            issued = self._story.issue()
        papers = len(self._world.papers)
        self._say(f"weights and {papers} papers sealed; {len(issued)} marked copies handed out")
        return issued

    def _ask(self) -> list[Asked]:
        readers = (self._world.narrow_reader, self._world.broad_reader)
        with self._clock.stage("model"):
            self._story.start_model()
            asked = ask_all(
                port=self._perimeter.proxy_port,
                model=MODEL,
                keys=(self._perimeter.key(readers[0]), self._perimeter.key(readers[1])),
                dice=Dice("questions", self._world.seed),
            )
        for one in asked:
            self._say(f"asked through {one.way}: {one.question}")
        return asked

    def _check_out(self) -> int:
        with self._clock.stage("checkout"):
            size = self._story.check_out(self._weights)
        megabytes = size / MEGABYTE
        self._say(f"two approvers released the weights to one person: {megabytes:.0f} MB compared")
        return size

    def _leak(self, case: Case, issued: dict[str, Issued], started_s: int) -> Drill:
        """Step 3: the truth is sealed before anything is handed over."""
        last_s = max(one.issued_at_s for one in issued.values()) + SETTLE_S
        with self._clock.stage("leak"):
            self._clock.wait_until(lambda: self._clock.now_s() > last_s, at_most_s=2 * SETTLE_S)
            scene = Scene(
                world=self._world,
                issued=issued,
                started_s=started_s,
                now_s=self._clock.now_s(),
            )
            persons = self._story.settled.people
            nonce = secrets.token_hex(NONCE_BYTES)
            drill = make_drill(scene, case, persons=persons, nonce=nonce)
            seal(self._perimeter, drill)
        return drill


def keep_key(path: Path, key: str) -> None:
    """The operator's credential beside the home, as `adyton init` leaves it."""
    path.touch(mode=0o600)
    path.write_text(key + "\n", encoding="ascii")


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
    """The story as a document, and as the lines that people read."""
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
