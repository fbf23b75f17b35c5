"""The people who investigate, scripted: they get the folder and the perimeter, and nothing else.

1. The logs that are not ours are imported, each with the span of time that it covers.
2. A first trace says which versions the post matches; those are opened for tracing by two others.
3. A case: evidence, findings, scope, pathways; a plan, which the second investigator and an
   operator approve; actions; each closed path is tried again.
4. Whoever is named may reply. Then both investigators sign whatever the system proposes: a rubber
   stamp, so that the figure measures the system and not the judgement of people.
5. Answer, report, bundle.
"""

import base64
import datetime as dt
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adyton.drill.actions import Actions
from adyton.drill.clock import WorldClock
from adyton.drill.story import APPROVING, Progress, release
from adyton.drill.world import INVESTIGATORS, OPERATOR

FIRST, SECOND = INVESTIGATORS
PURPOSE = "find out what was posted, and close the way it took"
KINDS = {"idp": "idp", "object-store": "object_store"}
MOST_OPENED = 4
WORTH_OPENING = 10  # at least a tenth of the largest share
STATED_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
Files = list[dict[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the investigation hands over."""

    answer: Mapping[str, Any]
    report: str = ""
    bundle: Mapping[str, bytes] | None = None
    actions: tuple[tuple[str, bool], ...] = ()
    notes: tuple[str, ...] = ()


class Investigation:
    """Two investigators at work on what lies in `folder`. `people` are ids by login."""

    def __init__(
        self,
        folder: Path,
        actions: Actions,
        *,
        people: Mapping[str, str],
        render: Callable[[Mapping[str, Any]], str],
        clock: WorldClock,
        say: Progress,
    ) -> None:
        self._folder = folder
        self._actions = actions
        self._people = people
        self._render = render
        self._clock = clock
        self._say = say

    def run(self) -> Outcome:
        """The whole of it; without a post, a look at the ordinary week."""
        with self._clock.stage("import"):
            self._import_sources()
        posts = exhibits(self._folder / "post")
        if not posts:
            with self._clock.stage("sweep and watch"):
                return self._ordinary_week()
        with self._clock.stage("trace"):
            self._open_matched(posts)
        with self._clock.stage("case"):
            return self._case(posts)

    def _import_sources(self) -> None:
        for path in sorted((self._folder / "sources").glob("*.jsonl")):
            first, last = coverage(path.read_bytes())
            asked = {
                "name": path.name,
                "kind": KINDS[path.stem],
                "data": base64.b64encode(path.read_bytes()).decode(),
                "mapping": "",
                "skew_s": 0,
                "coverage_from": first,
                "coverage_to": last,
            }
            answer = self._first("sources.import", asked)
            self._say(f"imported {path.name}: {answer['rows']} rows")

    def _ordinary_week(self) -> Outcome:
        swept = self._first("sweep.run", {"paths": [str(self._folder)], "own": True})
        watched = self._actions.call(OPERATOR, "watch.run", {})
        exposures, signals = len(swept["exposures"]), len(watched["signals"])
        note = f"swept and watched: {exposures} exposures, {signals} signals, no case"
        self._say(note)
        answer = {
            "verdict": "unsubstantiated",
            "copies": [],
            "persons": [],
            "pathways": [],
            "scope": {"affirmed": [], "possible": [], "excluded": []},
            "exposures": exposures,
            "signals": signals,
        }
        return Outcome(answer=answer, notes=(note,))

    def _open_matched(self, posts: Files) -> None:
        """Step 2."""
        findings = self._first("trace.run", {"files": posts})["findings"]
        assets = matched_assets(findings)[:MOST_OPENED]
        self._say(f"first trace: {len(assets)} of our assets match")
        for asset in assets:
            release(
                self._actions,
                asset,
                "trace",
                recipient=self._people[FIRST],
                opener=FIRST,
                by=FIRST,
                approvers=[login for login in APPROVING if login != FIRST],
                reason="to find whose copy was posted",
            )
            self._say("two approvers opened a version for tracing")
        if assets:
            again = self._first("trace.run", {"files": posts})["findings"]
            self._say(f"traced again: {', '.join(sorted({one['verdict'] for one in again}))}")

    def _case(self, posts: Files) -> Outcome:
        """Steps 3 to 5."""
        asked = {
            "purpose": PURPOSE,
            "second": self._people[SECOND],
            "files": posts,
            "posted_s": time_posted(self._folder / "post"),
        }
        case = {"case": self._first("incident.open", asked)["case"]}
        planned = self._first("incident.plan", case)["actions"]
        self._say(f"case opened; {len(planned)} actions planned")
        closed: Sequence[Mapping[str, Any]] = []
        if planned:
            for login in (SECOND, OPERATOR):  # whoever planned cannot approve
                self._actions.call(login, "incident.approve", {**case, "action": "all"})
            self._first("incident.act", case)
            closed = self._first("incident.verify", case)["actions"]
            shut = sum(bool(one["closed"]) for one in closed)
            self._say(f"two people approved; {shut} of {len(closed)} closed paths tried again")
        self._hear_and_sign(case)
        answer = self._first("incident.answer", case)
        report = self._render(self._first("incident.report", case)["json"])
        files = self._first("incident.bundle", {**case, "html": report})["files"]
        return Outcome(
            answer=answer,
            report=report,
            bundle={path: base64.b64decode(data) for path, data in files.items()},
            actions=tuple((str(one["id"]), bool(one["closed"])) for one in closed),
        )

    def _hear_and_sign(self, case: Mapping[str, str]) -> None:
        """Step 4."""
        shown = self._first("incident.show", case)
        for one in shown["persons"]:
            if one["tier"] == "none":
                continue
            asked = {**case, "person": one["id"]}
            text = "I was shown this and have nothing to add."
            self._first("incident.reply", {**asked, "text": text})
            if proposed(one):
                for login in INVESTIGATORS:
                    self._actions.call(login, "incident.signoff", asked)
                self._say("both investigators signed what was proposed of one person")

    def _first(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        return self._actions.call(FIRST, operation, params)


def proposed(person: Mapping[str, Any]) -> bool:
    """Whether the system proposes to accuse a person."""
    return "accuse" in {person.get("tier"), person.get("proposed")}


def exhibits(folder: Path) -> Files:
    """What was found outside: every file with its name and its bytes in base64."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return [
        {
            "name": str(path.relative_to(folder)),
            "data": base64.b64encode(path.read_bytes()).decode(),
        }
        for path in paths
    ]


def time_posted(folder: Path) -> int:
    """When it was posted, as the post itself says; 0 where it does not."""
    for path in sorted(folder.rglob("*")):
        said = STATED_TIME.search(path.read_bytes().decode(errors="replace"))
        if said:
            return time_of(said[0])
    return 0


def matched_assets(findings: Sequence[Mapping[str, Any]]) -> list[str]:
    """The assets that a first trace matched, without those that match by a template's note only."""
    shares: dict[str, int] = {}
    for one in findings:
        for match in one.get("matches", ()):
            shares[match["asset"]] = shares.get(match["asset"], 0) + int(match["share_ppm"])
    ranked = sorted(shares, key=lambda asset: -shares[asset])
    return [asset for asset in ranked if WORTH_OPENING * shares[asset] >= shares[ranked[0]]]


def coverage(log: bytes) -> tuple[int, int]:
    """First and last time in a log, in seconds since the epoch."""
    times = [time_of(str(json.loads(line)["time"])) for line in log.decode().splitlines()]
    return min(times), max(times)


def time_of(text: str) -> int:
    """A time as logs and posts write it (UTC), in seconds since the epoch."""
    said = dt.datetime.fromisoformat(text.removesuffix("Z"))
    return int(said.replace(tzinfo=dt.UTC).timestamp())
