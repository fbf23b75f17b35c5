"""Operations on organisations, people, credentials, compartments, entitlements and locks."""

from adyton.assembly.operations.kinds import Answer, NoParams, Operation, Params
from adyton.assembly.perimeter import Perimeter
from adyton.identity import Principal
from adyton.policy import LockKind
from adyton.terms import (
    Act,
    Binding,
    CompartmentId,
    CredentialId,
    Employment,
    EntitlementId,
    LockId,
    Malformed,
    OrgId,
    OrgKind,
    PersonId,
    Role,
)

DAY_S = 86_400


class OrgAdd(Params, frozen=True, kw_only=True):
    """A new organisation."""

    name: str
    kind: OrgKind
    country: str = ""


class OrgEnd(Params, frozen=True, kw_only=True):
    """The end of an organisation: its people's credentials end with it."""

    org: OrgId


class PersonAdd(Params, frozen=True, kw_only=True):
    """A new person or service."""

    name: str
    login: str
    org: OrgId
    employment: Employment
    roles: tuple[Role, ...] = ()
    team: str = ""


class PersonEnd(Params, frozen=True, kw_only=True):
    """The end of a person's time here."""

    person: PersonId


class KeyIssue(Params, frozen=True, kw_only=True):
    """A credential for a person."""

    person: PersonId
    days: int = 30


class KeyList(Params, frozen=True, kw_only=True):
    """Credentials, of one person or of all."""

    person: PersonId = PersonId("")


class KeyRevoke(Params, frozen=True, kw_only=True):
    """The end of a credential."""

    credential: CredentialId


class ApproverEnroll(Params, frozen=True, kw_only=True):
    """An approver's public keys, in hex, and the approval group."""

    person: PersonId
    group: str
    hpke_public: str
    sign_public: str


class CompartmentAdd(Params, frozen=True, kw_only=True):
    """A new need-to-know label."""

    name: str


class EntitleAdd(Params, frozen=True, kw_only=True):
    """What a person may do, with one asset or a whole compartment, for a purpose and a time."""

    person: PersonId
    act: Act
    asset: str = ""
    compartment: CompartmentId = CompartmentId("")
    purpose: str = ""
    days: int = 30


class EntitleRevoke(Params, frozen=True, kw_only=True):
    """The end of an entitlement."""

    entitlement: EntitlementId


class LockSet(Params, frozen=True, kw_only=True):
    """A stop on something; live use ends at once."""

    kind: LockKind
    target: str
    reason: str


class LockLift(Params, frozen=True, kw_only=True):
    """The end of a stop."""

    lock: LockId


def rows(perimeter: Perimeter, table: str) -> list[dict[str, object]]:
    """All rows of a table of current state, each with its id."""
    return [{"id": key, **data} for key, data in perimeter.ledger.state.scan(table)]


def org_add(perimeter: Perimeter, who: Principal, q: OrgAdd) -> Answer:
    """Register an organisation."""
    org = perimeter.identity.add_org(name=q.name, kind=q.kind, country=q.country, by=who.person)
    return {"org": org}


def org_end(perimeter: Perimeter, who: Principal, q: OrgEnd) -> Answer:
    """End an organisation."""
    perimeter.identity.end_org(q.org, by=who.person)
    return {"org": q.org}


def person_add(perimeter: Perimeter, who: Principal, q: PersonAdd) -> Answer:
    """Register a person or a service."""
    person = perimeter.identity.add_person(
        name=q.name,
        login=q.login,
        org=q.org,
        employment=q.employment,
        roles=frozenset(q.roles),
        team=q.team,
        by=who.person,
    )
    return {"person": person}


def person_end(perimeter: Perimeter, who: Principal, q: PersonEnd) -> Answer:
    """End a person's time here."""
    perimeter.identity.end_person(q.person, by=who.person)
    return {"person": q.person}


def key_issue(perimeter: Perimeter, who: Principal, q: KeyIssue) -> Answer:
    """Give a person a credential; its secret is in this answer and nowhere else."""
    expires = perimeter.now_s() + q.days * DAY_S
    credential, key = perimeter.identity.issue_credential(
        q.person, expires_at_s=expires, binding=Binding.NONE, by=who.person
    )
    return {"credential": credential, "key": key.reveal(), "expires_at": expires}


def key_list(perimeter: Perimeter, _who: Principal, q: KeyList) -> Answer:
    """Credentials without their digests."""
    shown = [
        {name: value for name, value in row.items() if name != "digest"}
        for row in rows(perimeter, "credentials")
        if not q.person or row["person"] == q.person
    ]
    return {"credentials": shown}


def key_revoke(perimeter: Perimeter, who: Principal, q: KeyRevoke) -> Answer:
    """End a credential."""
    perimeter.identity.revoke_credential(q.credential, by=who.person)
    return {"credential": q.credential}


def from_hex(text: str) -> bytes:
    """Bytes from hexadecimal digits. Raises Malformed."""
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise Malformed("a public key is written in hexadecimal digits") from error


def approver_enroll(perimeter: Perimeter, who: Principal, q: ApproverEnroll) -> Answer:
    """Take an approver's public keys."""
    perimeter.identity.enroll_approver(
        q.person,
        group=q.group,
        hpke_public=from_hex(q.hpke_public),
        sign_public=from_hex(q.sign_public),
        by=who.person,
    )
    return {"person": q.person}


def compartment_add(perimeter: Perimeter, who: Principal, q: CompartmentAdd) -> Answer:
    """Make a compartment."""
    return {"compartment": perimeter.compartments.add(q.name, by=who.person)}


def entitle_add(perimeter: Perimeter, who: Principal, q: EntitleAdd) -> Answer:
    """Entitle a person."""
    if not q.asset and not q.compartment:
        raise Malformed("an entitlement names an asset or a compartment", mend="give one of them")
    entitlement = perimeter.entitlements.grant(
        person=q.person,
        act=q.act,
        asset=perimeter.asset(q.asset).asset if q.asset else None,
        compartment=q.compartment or perimeter.asset(q.asset).compartment,
        purpose=q.purpose,
        until_s=perimeter.now_s() + q.days * DAY_S,
        by=who.person,
    )
    return {"entitlement": entitlement}


def entitle_revoke(perimeter: Perimeter, who: Principal, q: EntitleRevoke) -> Answer:
    """End an entitlement."""
    perimeter.entitlements.revoke(q.entitlement, by=who.person)
    return {"entitlement": q.entitlement}


def lock_set(perimeter: Perimeter, who: Principal, q: LockSet) -> Answer:
    """Set a lock."""
    lock = perimeter.locks.set(kind=q.kind, target=q.target, reason=q.reason, by=who.person)
    return {"lock": lock}


def lock_lift(perimeter: Perimeter, who: Principal, q: LockLift) -> Answer:
    """Lift a lock."""
    perimeter.locks.lift(q.lock, by=who.person)
    return {"lock": q.lock}


def lister(table: str, word: str) -> Operation:
    """The operation that lists a table of current state."""

    def run(perimeter: Perimeter, _who: Principal, _q: NoParams) -> Answer:
        return {word: rows(perimeter, table)}

    name = {"people": "person"}.get(table, table.removesuffix("s")) + ".list"
    return Operation(name=name, params=NoParams, run=run, act=Act.ADMINISTER, gives=f"all {word}")


ADMIN = Act.ADMINISTER
OPERATIONS = (
    Operation(name="org.add", params=OrgAdd, run=org_add, act=ADMIN, gives="org"),
    lister("orgs", "orgs"),
    Operation(name="org.end", params=OrgEnd, run=org_end, act=ADMIN, gives="org", contains=True),
    Operation(name="person.add", params=PersonAdd, run=person_add, act=ADMIN, gives="person"),
    lister("people", "people"),
    Operation(
        name="person.end",
        params=PersonEnd,
        run=person_end,
        act=ADMIN,
        gives="person",
        contains=True,
    ),
    Operation(name="key.issue", params=KeyIssue, run=key_issue, act=ADMIN, gives="key, once"),
    Operation(name="key.list", params=KeyList, run=key_list, act=ADMIN, gives="credentials"),
    Operation(
        name="key.revoke",
        params=KeyRevoke,
        run=key_revoke,
        act=ADMIN,
        gives="credential",
        contains=True,
    ),
    Operation(
        name="approver.enroll",
        params=ApproverEnroll,
        run=approver_enroll,
        act=ADMIN,
        gives="person",
    ),
    Operation(
        name="compartment.add",
        params=CompartmentAdd,
        run=compartment_add,
        act=ADMIN,
        gives="compartment",
    ),
    lister("compartments", "compartments"),
    Operation(
        name="entitle.add", params=EntitleAdd, run=entitle_add, act=ADMIN, gives="entitlement"
    ),
    Operation(
        name="entitle.revoke",
        params=EntitleRevoke,
        run=entitle_revoke,
        act=ADMIN,
        gives="entitlement",
        contains=True,
    ),
    Operation(
        name="entitle.list",
        params=NoParams,
        run=lambda perimeter, _who, _q: {"entitlements": rows(perimeter, "entitlements")},
        act=ADMIN,
        gives="entitlements",
    ),
    Operation(
        name="lock.set", params=LockSet, run=lock_set, act=Act.LOCK, gives="lock", contains=True
    ),
    Operation(name="lock.lift", params=LockLift, run=lock_lift, act=Act.LOCK, gives="lock"),
    Operation(
        name="lock.list",
        params=NoParams,
        run=lambda perimeter, _who, _q: {"locks": rows(perimeter, "locks")},
        act=Act.LOCK,
        gives="locks",
    ),
)
