"""A small perimeter for investigations: people, copies, foreign logs, a post; all by hand."""

import json
from datetime import UTC, datetime

from adyton.adapters.memory_ledger import ManualClock, SeededEntropy, memory_ledger
from adyton.incident import (
    Attempt,
    Cases,
    Post,
    RecordedFinding,
    Sources,
    answer_of,
    packaged_field_map,
    project,
)
from adyton.incident.records import new_id
from adyton.intake import Exhibit, Times
from adyton.terms import CopyNamed, Fact, Finding, Row, Span, Verdict, VersionMatch

HOUR = 3600
DAY = 24 * HOUR
HOME = {"device": "dev-home", "asn": 64500, "country": "CH", "mfa": "passkey"}
STRANGER = {"device": "dev-odd", "asn": 64999, "country": "BR", "mfa": "none"}


def seed(entry, state):
    """Rows given by a test's own fact, so that every id has a ledger index."""
    del state
    if entry.type == "row.seeded":
        public = entry.public
        yield Row(
            table=public["table"], key=public["key"], data=entry.body["data"], index=public["index"]
        )


def iso(time_s):
    return datetime.fromtimestamp(time_s, UTC).isoformat().replace("+00:00", "Z")


class Hands:
    """A containment port that keeps what it was asked to do."""

    def __init__(self):
        self.did = []

    def lock(self, *, kind, target, reason, by):
        self.did.append(("lock", kind, target))
        return new_id("lck", SeededEntropy(len(self.did)))

    def lift(self, *, lock, by):
        self.did.append(("lift", lock))

    def revoke_credential(self, *, credential, by):
        self.did.append(("revoke_credential", credential))

    def revoke_entitlement(self, *, entitlement, by):
        self.did.append(("revoke_entitlement", entitlement))

    def close_session(self, *, session, by):
        self.did.append(("close_session", session))


class Attacker:
    """A retry port with a fixed outcome."""

    def __init__(self, outcome="blocked"):
        self.outcome = outcome

    def attempt(self, action):
        return Attempt(outcome=self.outcome, how=f"tried {action['kind']} again")


class World:
    def __init__(self):
        self.clock = ManualClock()
        self.entropy = SeededEntropy(7)
        self.ledger = memory_ledger((seed, project), clock=self.clock, entropy=self.entropy)
        self.cases = Cases(ledger=self.ledger, clock=self.clock, entropy=self.entropy)
        self.sources = Sources(ledger=self.ledger, entropy=self.entropy)
        self.orgs = {kind: self.org(kind) for kind in ("owner", "partner", "vendor")}
        self.opener = self.person("investigator")
        self.second = self.person("counsel")
        self.compartment = new_id("cmp", self.entropy)
        self.asset, self.version = self.document()
        self.signins, self.accesses = [], []

    def put(self, table, data, *, prefix, index="", key=""):
        key = key or new_id(prefix, self.entropy)
        fact = Fact(
            type="row.seeded",
            subjects=(key,),
            public={"table": table, "key": key, "index": index},
            body={"data": data},
            body_subject=key,
        )
        self.ledger.append(fact)
        return key

    def now(self):
        return int(self.clock.now_s())

    def org(self, kind):
        return self.put("orgs", {"kind": kind, "name": kind, "ended_at": 0}, prefix="org")

    def person(self, login, *, employment="employee", org="owner", team="models"):
        row = {
            "login": login,
            "employment": employment,
            "org": self.orgs[org],
            "team": team,
            "name": login,
            "ended_at": 0,
        }
        return self.put("people", row, prefix="per", index=self.orgs[org])

    def document(self, *, kind="document"):
        row = {"compartment": self.compartment, "kind": kind, "name": "paper"}
        asset = self.put("assets", row, prefix="ast")
        return asset, self.put("versions", {"asset": asset}, prefix="ver", index=asset)

    def right(self, person, *, broad=False, asset=""):
        row = {
            "person": person,
            "act": "read",
            "asset": asset,
            "compartment": self.compartment,
            "purpose": "",
            "until": self.now() + 30 * DAY,
            "revoked_at": 0,
            "breadth": "broad" if broad else "narrow",
        }
        return self.put("entitlements", row, prefix="ent", index=person)

    def credential(self, person):
        row = {"person": person, "revoked_at": 0}
        return self.put("credentials", row, prefix="key", index=person)

    def copy(self, person, *, channel="direct", place="paper.md", version=None, acknowledged=True):
        version = version or self.version
        asset = self.ledger.state.get("versions", version)["asset"]
        row = {
            "asset": asset,
            "version": version,
            "recipient": person,
            "channel": channel,
            "place": place,
            "issued_at": self.now(),
            "acknowledged_at": self.now() if acknowledged else 0,
        }
        return self.put("copies", row, prefix="cpy", index=version)

    def signin(self, login, at, *, event="signin", **how):
        how = {**HOME, **how}
        self.signins.append(
            {
                "time": iso(at),
                "event": event,
                "user": login,
                "ip": how.get("ip", "192.0.2.1"),
                "asn": how["asn"],
                "country": how["country"],
                "device_id": how["device"],
                "mfa": how["mfa"],
                "user_agent": "browser",
            }
        )

    def access(self, who, at, *, op="GET", key="hand/paper.md", status=200, ip="192.0.2.1", **more):
        self.accesses.append(
            {
                "time": iso(at),
                "op": op,
                "requester": who,
                "bucket": "store",
                "key": key,
                "status": status,
                "bytes": 10,
                "remote_ip": ip,
                **more,
            }
        )

    def usual_life(self, *logins):
        """A month of ordinary sign-ins before now, and one a day for a week from now on."""
        for number, login in enumerate(logins):
            for day in range(-20, 8):
                at = self.now() + day * DAY + 9 * HOUR + number
                self.signin(login, at, device=f"dev-{login}")
        return {login: f"dev-{login}" for login in logins}

    def import_logs(self, *, idp=True, store=True, until_s):
        """Both logs, stated to be whole from a month ago to a time; they come in after it."""
        self.clock.advance(max(0, until_s - self.now()))
        for wanted, rows, mapping in (
            (idp, self.signins, "idp-signin"),
            (store, self.accesses, "object-store-access"),
        ):
            if wanted:
                raw = "\n".join(json.dumps(row) for row in rows).encode()
                self.sources.import_source(
                    raw or b"\n",
                    field_map=packaged_field_map(mapping),
                    name=mapping,
                    by=self.opener,
                    coverage_from_s=self.now() - 30 * DAY,
                    coverage_to_s=until_s,
                )

    def finding(self, *copies, verdict=Verdict.LEAK, named=True, weak=False, reasons=()):
        exhibit = new_id("exh", self.entropy)
        matches = (
            VersionMatch(
                asset=self.asset,
                version=self.version,
                segment=new_id("seg", self.entropy),
                spans_segment=(Span(start=0, end=100),),
                spans_version=(Span(start=10, end=110),),
                share_ppm=400_000,
            ),
        )
        found = Finding(
            exhibit=exhibit,
            verdict=verdict,
            matches=matches if verdict in {Verdict.LEAK, Verdict.OURS_NO_LEAK} else (),
            copies=tuple(
                CopyNamed(
                    copy=copy,
                    log10_bound_milli=-8200,
                    named=named,
                    weak=weak,
                    slots_read=64,
                    agreements=63,
                )
                for copy in copies
            ),
            reasons=reasons,
            unread=(),
            suspects_considered=5,
        )
        fact = Fact(type="finding.made", subjects=(exhibit,), public={"exhibit": exhibit})
        return RecordedFinding(finding=found, entry=self.ledger.append(fact).index)

    def open_case(self, *, posted_at_s=0):
        case = self.cases.open(
            purpose="find the way out",
            by=self.opener,
            second=self.second,
            posted_at_s=posted_at_s,
        )
        exhibit = Exhibit(
            id=new_id("exh", self.entropy),
            parent=None,
            name="post.txt",
            form="text",
            sha256="ab" * 32,
            size_bytes=7,
            blocks=(),
            times=Times(),
            provenance={},
        )
        self.cases.preserve(case, [exhibit], by=self.opener)
        return case

    def solve(self, *findings, posted_at_s, post=None):
        """The standing assessment of a fresh case."""
        case = self.open_case(posted_at_s=posted_at_s)
        return self.cases.assess(case, findings=findings, post=post or Post(), by=self.opener)


def first(document):
    """The likeliest pathway of a document."""
    return answer_of(document)["pathways"][0]["id"]


def share(document, pathway):
    """A pathway's share of belief."""
    return next(one["p"] for one in answer_of(document)["pathways"] if one["id"] == pathway)


def names(document, pathway, side):
    """The names of a pathway's evidence on one side."""
    found = next(one for one in document["pathways"] if one["id"] == pathway)
    return {piece["name"] for piece in found["evidence"][side]}
