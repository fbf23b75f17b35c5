"""A plan carried out: planned, approved by two, done, tried again.

1. `plan` records each action of the latest assessment with its dry run.
2. `approve`: two people, neither the planner nor the person whose access ends.
3. `act`: through the containment port; what is not ours is recorded as instructed.
4. `verify`: the attack is tried again; only a blocked attempt makes the action count.
5. `undo` where it can be undone.

Trusted: the facts. Rebuildable: table `actions`.
"""

from collections.abc import Mapping, Sequence
from typing import Final, cast

from adyton.incident.case import Cases
from adyton.incident.plan import INSTRUCTED
from adyton.incident.ports import Attempt, Containment, Retry
from adyton.incident.records import new_id
from adyton.ledger import Guard, Ledger
from adyton.terms import (
    CaseId,
    Conflict,
    Entropy,
    Fact,
    Json,
    Misconfigured,
    Missing,
    PersonId,
    Refused,
    State,
)

APPROVALS: Final = 2
Action = Mapping[str, Json]
RETRIED: Final = {"blocked": "verified", "succeeded": "still_open", "untried": "done"}


class Actions:
    """The actions of all cases."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        entropy: Entropy,
        cases: Cases,
        containment: Containment,
        retry: Retry,
    ) -> None:
        self._ledger = ledger
        self._entropy = entropy
        self._cases = cases
        self._containment = containment
        self._retry = retry

    def plan(self, case: CaseId, *, by: PersonId) -> tuple[str, ...]:
        """Record the actions of the latest assessment that are not planned yet; gives their ids."""
        document = self._cases.standing(case)
        known = {(row["kind"], row["target"]) for row in self.listed(case)}
        fresh = [
            action
            for action in cast("Sequence[Action]", document["plan"])
            if (action["kind"], action["target"]) not in known
        ]
        return tuple(self._plan(case, action, by) for action in fresh)

    def _plan(self, case: CaseId, action: Action, by: PersonId) -> str:
        name = new_id("act", self._entropy)
        clear = ("kind", "target_kind", "target", "reach", "closes")
        self._append(
            "action.planned",
            case,
            {**{key: action[key] for key in clear}, "action": name, "by": by, "needed": APPROVALS},
            {key: value for key, value in action.items() if key not in clear},
        )
        return name

    def approve(self, action: str, *, by: PersonId) -> bool:
        """One approval; true once there are enough.

        Raises Refused for the planner and for the person whose access ends, Conflict for the
        same person twice or where the action is past approving.
        """
        row = self.row(action)
        if by in {row["by"], row["affects"]}:
            raise Refused("neither the planner nor the person concerned approves an action")

        def fresh(state: State) -> None:
            now = state.get("actions", action) or {}
            if by in cast("Sequence[str]", now["approvals"]):
                raise Conflict("this person has approved already")
            if now["status"] != "planned":
                raise Conflict("the action is past approving")

        self._note("action.approved", row, {"by": by}, guard=fresh)
        return self.row(action)["status"] == "approved"

    def act(self, action: str, *, by: PersonId) -> Action:
        """Carry an approved action out. Raises Refused before two people approved.

        If the process dies between the act and its fact, calling again does no harm: containment
        is idempotent.
        """
        row = self.row(action)
        if row["status"] == "planned":
            raise Refused("two people approve an action before it is done")
        if row["status"] != "approved":
            raise Conflict("the action is done already")
        if row["reach"] == INSTRUCTED:
            self._note("action.done", row, {"by": by, "status": "instructed", "handle": ""})
        else:
            handle = self._contain(row, by)
            self._note("action.done", row, {"by": by, "status": "done", "handle": handle})
        return self.row(action)

    def verify(self, action: str, *, by: PersonId) -> Action:
        """Try the attack again; the action counts as closed only if that was blocked."""
        row = self.row(action)
        if row["status"] not in {"done", "still_open", "verified", "instructed"}:
            raise Conflict("the action is not done", mend="carry it out first")
        if row["reach"] == INSTRUCTED:
            attempt = Attempt(outcome="untried", how="Not ours: instructed, not verifiable by us.")
            status = "instructed"
        else:
            attempt = self._retry.attempt({"action": action, **row})
            status = RETRIED[attempt.outcome]
        public = {"by": by, "outcome": attempt.outcome, "status": status}
        self._note("action.verified", row, public, body={"how": attempt.how})
        return self.row(action)

    def undo(self, action: str, *, by: PersonId) -> Action:
        """Take a lock back, or drop what was not done. Raises Refused for what cannot be undone."""
        row = self.row(action)
        carried = row["status"] in {"done", "verified", "still_open"}
        if carried and row["kind"] != "lock":
            raise Refused("this action cannot be undone", mend=str(row["undo"]))
        if carried:
            self._containment.lift(lock=str(row["handle"]), by=by)
        self._note("action.undone", row, {"by": by})
        return self.row(action)

    def row(self, action: str) -> Action:
        """The action's row. Raises Missing."""
        row = self._ledger.state.get("actions", action)
        if row is None:
            raise Missing("no such action")
        return {"action": action, **row}

    def listed(self, case: CaseId) -> tuple[Action, ...]:
        """The actions of a case in the order in which they were planned."""
        rows = [{"action": key, **row} for key, row in self._ledger.state.by_index("actions", case)]
        return tuple(sorted(rows, key=lambda row: cast("int", row["entry"])))

    def _contain(self, row: Action, by: PersonId) -> str:
        target, reason = str(row["target"]), f"case {row['case']}"
        match row["kind"]:
            case "lock":
                kind = str(row["target_kind"])
                return self._containment.lock(kind=kind, target=target, reason=reason, by=by)
            case "revoke_credential":
                self._containment.revoke_credential(credential=target, by=by)
            case "revoke_entitlement":
                self._containment.revoke_entitlement(entitlement=target, by=by)
            case "close_session":
                self._containment.close_session(session=target, by=by)
            case _:
                raise Misconfigured("a planned action has no hand that does it")
        return ""

    def _note(
        self,
        kind: str,
        row: Action,
        public: Mapping[str, Json],
        *,
        body: Mapping[str, Json] | None = None,
        guard: Guard | None = None,
    ) -> None:
        told = {"action": row["action"], **public}
        self._append(kind, CaseId(str(row["case"])), told, body or {}, guard=guard)

    def _append(
        self,
        kind: str,
        case: CaseId,
        public: Mapping[str, Json],
        body: Mapping[str, Json],
        *,
        guard: Guard | None = None,
    ) -> None:
        fact = Fact(
            type=kind,
            subjects=(case,),
            public={"case": case, **public},
            body=body,
            body_subject=case,
        )
        self._ledger.append(fact, guard=guard)
