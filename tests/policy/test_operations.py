"""Who may call which operation: every operation by every sort of person, against operations.txt.

As with matrix.txt: where the file and the code differ, one of them is wrong.
"""

import base64
import hashlib
import itertools
import secrets
from pathlib import Path

import pytest

from adyton.assembly import client
from adyton.assembly.operations import OPERATIONS
from adyton.terms import AdytonError, Missing, Refused
from tests.perimeter import MASTER

LINES = Path(__file__).with_name("operations.txt").read_text(encoding="utf-8").splitlines()
TABLE = [line.split() for line in LINES if line.strip() and not line.startswith("#")]
HANDLES, ROWS = TABLE[0][1:], {row[0]: row[1:] for row in TABLE[1:]}
FOR_ANYBODY = {"asset.list", "asset.pending", "ledger.vkey"}
SOURCE = base64.b64encode(b'{"event": "sign-in"}\n').decode()
COUNT = itertools.count()


class Asked:
    """Parameters with which each operation would be carried out, if the caller may."""

    def __init__(self, small):
        self.small = small
        self.case = self.opened_case()
        self.copy = small.copy_for("entitled")
        small.release(small.document, "issue", by="custodian")

    def admin(self, operation, **params):
        return self.small.call("operator", operation, params)

    def fresh(self):
        return f"thing-{next(COUNT)}"

    def person(self, *roles):
        return self.small.person(self.fresh(), *roles)

    def public_keys(self):
        return {"hpke_public": secrets.token_hex(32), "sign_public": secrets.token_hex(32)}

    def opened_case(self):
        asked = {"purpose": "a test", "second": self.small.ids["second investigator"]}
        files = [{"name": "post.txt", "data": base64.b64encode(b"not ours at all").decode()}]
        return self.small.call("investigator", "incident.open", {**asked, "files": files})["case"]

    def approved(self, purpose):
        by = "custodian" if purpose == "issue" else "entitled"
        request = self.small.request(self.small.document, purpose, by=by, recipient=by)
        self.small.approve(request)
        return request

    def session(self, purpose):
        return self.small.call("entitled", "asset.open", {"request": self.approved(purpose)})[
            "session"
        ]

    def approval(self, handle):
        request = self.small.request(
            self.small.document, "checkout", by="entitled", recipient="entitled"
        )
        signer = handle if handle in self.small.approvers else "approver"
        waiting = self.small.call(signer, "asset.pending", {})["requests"]
        (wanted,) = [one for one in waiting if one["id"] == request]
        return client.approve(wanted, self.small.approvers[signer])

    def receipt(self):
        return self.small.call("investigator", "drill.seal", {"digest": "0" * 64})["receipt"]

    def sealed(self):
        truth = self.fresh()
        digest = hashlib.sha256(truth.encode()).hexdigest()
        self.small.call("investigator", "drill.seal", {"digest": digest})
        return {"digest": digest, "truth": truth}

    def wish(self, purpose, handle):
        return {
            "asset": self.small.document,
            "purpose": purpose,
            "recipient": self.small.ids["entitled" if purpose == "checkout" else handle],
            "reason": "for a test",
        }

    def params(self, row, handle):
        """For the row's operation; `of` is what stands after a colon in its name."""
        small, name = self.small, row.partition(":")[0]
        made = {
            "org.add": lambda: {"name": self.fresh(), "kind": "partner"},
            "org.end": lambda: self.admin("org.add", name=self.fresh(), kind="partner"),
            "person.add": lambda: {
                "name": "One",
                "login": self.fresh(),
                "org": small.founded.org,
                "employment": "employee",
            },
            "person.end": lambda: {"person": self.person()},
            "key.issue": lambda: {"person": small.ids["nobody"]},
            "key.revoke": lambda: {
                "credential": self.admin("key.issue", person=small.ids["nobody"])["credential"]
            },
            "approver.enroll": lambda: {
                "person": self.person("approver"),
                "group": "spare",
                **self.public_keys(),
            },
            "compartment.add": lambda: {"name": self.fresh()},
            "entitle.add": lambda: {
                "person": self.person(),
                "act": "read",
                "asset": small.document,
            },
            "entitle.revoke": lambda: {
                "entitlement": self.admin(
                    "entitle.add", person=self.person(), act="read", asset=small.document
                )["entitlement"]
            },
            "lock.set": lambda: {"kind": "person", "target": self.person(), "reason": "a test"},
            "lock.lift": lambda: self.admin(
                "lock.set", kind="person", target=self.person(), reason="a test"
            ),
            "asset.protect": lambda: {
                "path": str(MASTER),
                "name": self.fresh(),
                "kind": "document",
                "compartment": small.compartment,
            },
            "asset.endpoint": lambda: {"name": self.fresh(), "compartment": small.compartment},
            "asset.show": lambda: {"asset": small.document},
            "asset.quorum": lambda: {"asset": small.document},
            "asset.request": lambda: self.wish(row.partition(":")[2], handle),
            "asset.approve": lambda: {"approval": self.approval(handle)},
            "asset.open": lambda: {"request": self.approved("checkout")},
            "asset.read": lambda: {
                "session": self.session("checkout"),
                "file": MASTER.name,
                "start": 0,
                "end": 9,
            },
            "asset.close": lambda: {"session": self.session("checkout")},
            "issue.copy": lambda: {"asset": small.document, "to": small.ids["entitled"]},
            "issue.acknowledge": lambda: {
                "copy": self.copy["copy"],
                "digest": self.copy["digest"],
            },
            "publish.version": lambda: {"asset": small.protect(self.fresh(), MASTER)},
            "ledger.prove": lambda: {"receipt": self.receipt()},
            "receipt.status": lambda: {"receipt": self.copy["receipt"]},
            "ledger.show": lambda: {"fact": self.receipt()},
            "backup.take": lambda: {"path": str(small.folder / self.fresh())},
            "ledger.rebuild": lambda: {"check": True},
            "ledger.erase": lambda: {"subject": self.person(), "month": "2026-01"},
            "hold.add": lambda: {"subject": self.person(), "reason": "a test"},
            "hold.end": lambda: small.call(
                "investigator", "hold.add", {"subject": self.person(), "reason": "a test"}
            ),
            "sources.import": lambda: {"name": self.fresh(), "kind": "idp", "data": SOURCE},
            "sweep.run": lambda: {"paths": [str(MASTER)]},
            "incident.open": lambda: {
                "purpose": "a test",
                "second": small.ids["second investigator"],
                "files": [{"name": "a.txt", "data": SOURCE}],
            },
            "incident.close": lambda: {
                "case": self.opened_case() if handle == "investigator" else self.case
            },
            "incident.reply": lambda: {
                "case": self.case,
                "person": small.ids["nobody"],
                "text": "I have nothing to say",
            },
            "incident.signoff": lambda: {"case": self.case, "person": small.ids["nobody"]},
            "incident.bundle": lambda: {"case": self.case, "html": "<p>report</p>"},
            "analyst.review": lambda: {"files": []},
            "model.start": lambda: {"session": self.session("serve"), "endpoint": "none"},
            "drill.seal": lambda: {"digest": "1" * 64},
            "drill.open": self.sealed,
        }
        if name in made:
            return made[name]()
        return {"case": self.case} if name.startswith("incident.") else {}

    def answer(self, row, handle):
        """A past the gate, R refused, M missing."""
        params = self.params(row, handle)
        try:
            self.small.call(handle, row.partition(":")[0], params)
        except Missing:
            return "M"
        except Refused as error:
            # A rule of the case itself, behind the gate: nothing is proposed of this person.
            return "a" if "propose" in error.message else "R"
        except AdytonError:
            return "A"
        return "A"


@pytest.fixture(scope="module")
def asked(small):
    small.person("outsider", "investigator")
    return Asked(small)


def test_every_operation_has_a_row():
    assert {row.partition(":")[0] for row in ROWS} == set(OPERATIONS)


def test_nobody_gets_more_than_what_is_for_anybody():
    allowed = {row for row, cells in ROWS.items() if cells[HANDLES.index("nobody")] == "A"}
    assert allowed == FOR_ANYBODY


@pytest.mark.parametrize("row", ROWS)
def test_operations_answer_as_the_table_says(asked, row):
    assert [asked.answer(row, handle) for handle in HANDLES] == ROWS[row]
