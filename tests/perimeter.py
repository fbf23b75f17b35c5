"""A small perimeter in this process: a person of every role, approvers with keys, one document.

Everything is real but the size: a home on disk, sealed parts, a record, a quorum of two.
"""

import base64
import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from adyton.assembly import client, init_home
from adyton.assembly.operations import dispatch
from adyton.assembly.perimeter import Perimeter
from adyton.terms import Role, Secret

ROOT = Path(__file__).resolve().parents[1]
MASTER = ROOT / "tests" / "unit" / "marks" / "runbook.md"
PASSPHRASE = "a phrase that is long enough"  # noqa: S105 - it opens a key of these tests
ROLES = tuple(role.value for role in Role)
GROUPS = {"approver": "weights", "second approver": "security", "third approver": "legal"}
OTHERS = ("second approver", "third approver", "second investigator", "nobody", "entitled")


class SmallPerimeter:
    """The perimeter, and its people by handle: a role's name, or what they hold."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.founded = init_home(self.home, owner="Example Lab", operator="Op One")
        self.perimeter = Perimeter.open(self.founded.paths)
        self.ids: dict[str, str] = {"operator": str(self.founded.operator)}
        self.keys: dict[str, Secret[str]] = {"operator": self.founded.key}
        self.approvers: dict[str, Any] = {}
        self._count = itertools.count()
        for handle in (*ROLES[1:], *OTHERS):
            role = handle.rpartition(" ")[2]
            self.person(handle, *([role] if role in ROLES else []))
        for handle, group in GROUPS.items():
            self._enroll(handle, group)
        self.compartment = self.call("operator", "compartment.add", {"name": "cyber"})[
            "compartment"
        ]
        self.document = self.protect("runbook.md", MASTER)
        for act in ("read", "checkout", "serve", "review"):
            self.entitle("entitled", act, asset=self.document)

    def close(self) -> None:
        """Give the home up."""
        self.perimeter.close()

    def call(self, handle: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """One operation as a person."""
        return dispatch(self.perimeter, self.keys[handle], operation, params)

    def person(self, handle: str, *roles: str, employment: str = "employee") -> str:
        """A new person with a key of their own; their id."""
        made = self.call(
            "operator",
            "person.add",
            {
                "name": handle.title(),
                "login": f"login-{next(self._count)}",
                "org": self.founded.org,
                "employment": employment,
                "roles": list(roles),
            },
        )["person"]
        self.ids[handle] = made
        self.keys[handle] = Secret(self.call("operator", "key.issue", {"person": made})["key"])
        return str(made)

    def entitle(self, handle: str, act: str, **what: str) -> str:
        """An entitlement; its id."""
        asked = {"person": self.ids[handle], "act": act, **what}
        return str(self.call("operator", "entitle.add", asked)["entitlement"])

    def protect(self, name: str, path: Path, kind: str = "document") -> str:
        """A protected file; its asset's id."""
        asked = {"path": str(path), "name": name, "kind": kind, "compartment": self.compartment}
        return str(self.call("custodian", "asset.protect", asked)["asset"])

    def request(self, asset: str, purpose: str, *, by: str, recipient: str) -> str:
        """A release request; its id."""
        asked = {
            "asset": asset,
            "purpose": purpose,
            "recipient": self.ids[recipient],
            "reason": "for a test",
        }
        return str(self.call(by, "asset.request", asked)["request"])

    def approve(self, request: str, *handles: str) -> None:
        """Approvals by approvers' own keys; by two where none is named."""
        for handle in handles or tuple(GROUPS)[:2]:
            waiting = self.call(handle, "asset.pending", {})["requests"]
            (wanted,) = [one for one in waiting if one["id"] == request]
            approval = client.approve(wanted, self.approvers[handle])
            self.call(handle, "asset.approve", {"approval": approval})

    def release(self, asset: str, purpose: str, *, by: str, recipient: str = "") -> str:
        """An open session: requested, approved by two, opened."""
        request = self.request(asset, purpose, by=by, recipient=recipient or by)
        self.approve(request)
        return str(self.call(by, "asset.open", {"request": request})["session"])

    def copy_for(self, handle: str) -> dict[str, Any]:
        """A marked copy of the document, handed to a person who may read it."""
        self.release(self.document, "issue", by="custodian")
        asked = {"asset": self.document, "to": self.ids[handle]}
        return self.call("custodian", "issue.copy", asked)

    def posted(self, copy: Mapping[str, Any]) -> list[dict[str, str]]:
        """A copy's text as it might turn up outside."""
        text = base64.b64decode(copy["data"]).decode()
        data = base64.b64encode(text.replace("#", "").encode()).decode()
        return [{"name": "post.txt", "data": data}]

    def _enroll(self, handle: str, group: str) -> None:
        file = self.folder / "keys" / handle.replace(" ", "-")
        public = client.make_approver(file, PASSPHRASE, home=self.home)
        asked = {"person": self.ids[handle], "group": group, **public}
        self.call("operator", "approver.enroll", asked)
        self.approvers[handle] = client.open_approver(file, PASSPHRASE, home=self.home)
