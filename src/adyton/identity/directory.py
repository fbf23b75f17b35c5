"""The directory: organisations, people and services, credentials, approvers' public keys.

Every change is a fact; what it needs of current state is checked by a guard inside the commit,
so that two changes at once cannot both pass. The caller has asked `policy` before.
"""

import re
from collections.abc import Iterable

from adyton.crypto.ids import mint
from adyton.identity import facts
from adyton.identity.authentication import authenticate, standing, unidentified
from adyton.identity.keys import (
    SECRET_BYTES,
    FoundKey,
    find_keys,
    new_secret,
    secret_digest,
    write_key,
)
from adyton.identity.lately import RefusedLately
from adyton.identity.principal import Principal, Proof
from adyton.ledger import Guard, Ledger
from adyton.terms import (
    Binding,
    Clock,
    Conflict,
    CredentialId,
    Employment,
    Entropy,
    Fact,
    Malformed,
    Missing,
    OrgId,
    OrgKind,
    PersonId,
    Promise,
    Role,
    Secret,
    State,
    Unidentified,
)

MAX_NAME = 200
MAX_LIFE_S = 366 * 86_400  # no key lives for ever: a year, leap days included
PUBLIC_KEY_BYTES = 32  # X25519 (HPKE) and Ed25519 alike
NOT_STATED = "ZZ"  # ISO 3166-1 leaves it to users
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)  # ISO 3166-1 alpha-2
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)
_LABEL = re.compile(r"[a-z0-9][a-z0-9-]{0,31}", re.ASCII)
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)  # base64url of SHA-256


class Identity:
    """Who can act. `by` is the operator who does it; None only while the perimeter is founded."""

    def __init__(
        self, *, ledger: Ledger, clock: Clock, entropy: Entropy, checksum_key: Secret[bytes]
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._entropy = entropy
        self._checksum_key = checksum_key
        self._lately = RefusedLately(state=ledger.state, clock=clock, entropy=entropy)

    def authenticate(self, presented: str, *, proof: Proof | None = None) -> Principal:
        """Who presents this key. Raises Unidentified, with one constant message.

        `proof` is what the caller verified of the sender; a bound credential needs it.
        """
        digest = b"" if proof else self._lately.digest(presented)
        if digest and self._lately.holds(digest):
            raise unidentified()
        versions = self._lately.versions()
        try:
            return authenticate(
                self._ledger.state,
                presented,
                now_s=int(self._clock.now_s()),
                checksum_key=self._checksum_key,
                proof=proof,
            )
        except Unidentified:
            if digest:
                self._lately.add(digest, versions)
            raise

    def standing(self, credential: CredentialId) -> Principal:
        """Whom the holder of a credential would be now; for tries of closed ways only.

        Raises Unidentified where it ended.
        """
        return standing(self._ledger.state, credential, now_s=int(self._clock.now_s()))

    def find_keys(self, text: str) -> tuple[FoundKey, ...]:
        """Where keys stand in a text; `genuine` ones are of this perimeter."""
        return find_keys(text, self._checksum_key)

    def add_org(self, *, name: str, kind: OrgKind, country: str = "", by: PersonId | None) -> OrgId:
        """A new organisation. `country` is an ISO 3166-1 alpha-2 code; not stated, it is ZZ.

        ZZ can be locked like any country: what is unknown does not slip past such a lock.
        """
        country = country or NOT_STATED
        _check_text(name, "organisation name")
        _check_form(country, _COUNTRY, "country", "two capital letters (ISO 3166-1 alpha-2)")
        org = OrgId(mint("org", self._entropy))
        public = {"org": org, "kind": kind.value, "country": country, "by": by or ""}
        fact = Fact(
            type=facts.ORG_ADDED,
            subjects=(org,),
            public=public,
            body={"name": name},
            body_subject=org,
        )
        self._ledger.append(fact)
        return org

    def end_org(self, org: OrgId, *, by: PersonId | None) -> Promise:
        """Ends an organisation, its people, their credentials and approver's keys at once."""
        public = {"org": org, "by": by or ""}
        fact = Fact(type=facts.ORG_ENDED, subjects=(org,), public=public)
        return self._ledger.append(fact, guard=_live(facts.ORGS, org, "organisation"))

    def add_person(
        self,
        *,
        org: OrgId,
        name: str,
        login: str,
        employment: Employment,
        by: PersonId | None,
        roles: Iterable[Role] = (),
        team: str = "",
    ) -> PersonId:
        """A new person or service. Raises Conflict where a live one has that login."""
        _check_text(name, "name")
        _check_form(login, _LOGIN, "login", "lower-case letters, digits, dot, dash, underscore")
        if team:
            _check_text(team, "team")
        person = PersonId(mint("per", self._entropy))
        fact = Fact(
            type=facts.PERSON_ADDED,
            subjects=(person, org),
            public={
                "person": person,
                "org": org,
                "employment": employment.value,
                "roles": sorted({role.value for role in roles}),
                "by": by or "",
            },
            body={"name": name, "login": login, "team": team},
            body_subject=person,
        )
        org_lives = _live(facts.ORGS, org, "organisation")
        self._ledger.append(fact, guard=_both(org_lives, _login_free(login)))
        return person

    def end_person(self, person: PersonId, *, by: PersonId | None) -> Promise:
        """Ends a person, their credentials and their approver's key at once."""
        public = {"person": person, "by": by or ""}
        fact = Fact(type=facts.PERSON_ENDED, subjects=(person,), public=public)
        return self._ledger.append(fact, guard=_live(facts.PEOPLE, person, "person"))

    def person_of(self, login: str) -> PersonId:
        """The live person with that login. Raises Missing."""
        for person, row in self._ledger.state.scan(facts.PEOPLE):
            if row["login"] == login and login and not row["ended_at"]:
                return PersonId(person)
        raise Missing("no such person", mend="check the login, or list the people")

    def issue_credential(
        self,
        person: PersonId,
        *,
        expires_at_s: int,
        by: PersonId | None,
        binding: Binding = Binding.NONE,
        thumbprint: str = "",
    ) -> tuple[CredentialId, Secret[str]]:
        """A fresh credential and its key, which is shown this once and kept nowhere.

        A bound one carries the base64url SHA-256 thumbprint of the sender's key or certificate.
        """
        self._check_expiry(expires_at_s)
        _check_binding(binding, thumbprint)
        credential = CredentialId(mint("key", self._entropy))
        secret = new_secret(self._entropy.token(SECRET_BYTES))
        key = write_key(credential, secret, self._checksum_key)
        fact = Fact(
            type=facts.CREDENTIAL_ISSUED,
            subjects=(credential, person),
            public={
                "credential": credential,
                "person": person,
                "digest": secret_digest(secret),
                "binding": binding.value,
                "thumbprint": thumbprint,
                "expires_at": expires_at_s,
                "by": by or "",
            },
        )
        self._ledger.append(fact, guard=_live(facts.PEOPLE, person, "person"))
        return credential, key

    def revoke_credential(self, credential: CredentialId, *, by: PersonId | None) -> Promise:
        """Ends one credential, and with it the live streams that it opened."""
        public = {"credential": credential, "by": by or ""}
        fact = Fact(type=facts.CREDENTIAL_REVOKED, subjects=(credential,), public=public)
        guard = _live(facts.CREDENTIALS, credential, "credential", ended="revoked_at")
        return self._ledger.append(fact, guard=guard)

    def enroll_approver(
        self,
        person: PersonId,
        *,
        group: str,
        hpke_public: bytes,
        sign_public: bytes,
        by: PersonId | None,
    ) -> Promise:
        """Public keys of a person who may approve, and the group they count for.

        The private halves never come here. Raises Conflict where keys are enrolled already: a
        silent exchange of an approver's keys would be one administrator's way round two people. And
        where another live approver has one of them: one key under two names is one approval.
        """
        _check_form(group, _LABEL, "group", "lower-case letters, digits, dashes")
        if {len(hpke_public), len(sign_public)} != {PUBLIC_KEY_BYTES}:
            raise Malformed("approver's public keys", mend="give 32 raw bytes each")
        fact = Fact(
            type=facts.APPROVER_ENROLLED,
            subjects=(person,),
            # The group is public: outsiders check from it that approvals came from two groups.
            public={
                "person": person,
                "group": group,
                "hpke_public": hpke_public.hex(),
                "sign_public": sign_public.hex(),
                "by": by or "",
            },
        )
        own = _both(_may_be_enrolled(person), _keys_free(hpke_public.hex(), sign_public.hex()))
        lives = _live(facts.PEOPLE, person, "person")
        return self._ledger.append(fact, guard=_both(lives, own))

    def _check_expiry(self, expires_at_s: int) -> None:
        now_s = int(self._clock.now_s())
        if not now_s < expires_at_s <= now_s + MAX_LIFE_S:
            raise Malformed("credential expiry", mend="a time to come, within 366 days")


def _both(first: Guard, second: Guard) -> Guard:
    def guard(state: State) -> None:
        first(state)
        second(state)

    return guard


def _live(table: str, key: str, noun: str, *, ended: str = "ended_at") -> Guard:
    """The row is there and has not ended."""

    def guard(state: State) -> None:
        row = state.get(table, key)
        if row is None:
            raise Missing(f"no such {noun}", mend="check the id")
        if row[ended]:
            raise Conflict(f"the {noun} has ended", mend="nothing to do, or take another one")

    return guard


def _login_free(login: str) -> Guard:
    def guard(state: State) -> None:
        taken = (row["login"] for _, row in state.scan(facts.PEOPLE) if not row["ended_at"])
        if login in taken:
            raise Conflict("the login is taken", mend="choose another login")

    return guard


def _may_be_enrolled(person: PersonId) -> Guard:
    def guard(state: State) -> None:
        row = state.get(facts.PEOPLE, person)
        roles = row["roles"] if row is not None else None
        if not isinstance(roles, (list, tuple)) or Role.APPROVER not in roles:
            raise Conflict("the person is no approver", mend="add a person with that role")
        if state.get(facts.APPROVERS, person) is not None:
            raise Conflict("the approver is enrolled", mend="end the person, then add a new one")

    return guard


def _keys_free(hpke_public: str, sign_public: str) -> Guard:
    """No live approver has these keys."""

    def guard(state: State) -> None:
        for _, row in state.scan(facts.APPROVERS):
            taken = row["hpke_public"] == hpke_public or row["sign_public"] == sign_public
            if taken and not row["ended_at"]:
                raise Conflict("another approver has this key", mend="give each a key of their own")

    return guard


def _check_form(value: str, form: re.Pattern[str], field: str, rule: str) -> None:
    if not form.fullmatch(value):
        raise Malformed(field, mend=rule)


def _check_text(value: str, field: str) -> None:
    if not value.strip() or len(value) > MAX_NAME or not value.isprintable():
        raise Malformed(field, mend=f"printable text, 1 to {MAX_NAME} characters")


def _check_binding(binding: Binding, thumbprint: str) -> None:
    bound = binding is not Binding.NONE
    if bound != bool(thumbprint) or (bound and not _THUMBPRINT.fullmatch(thumbprint)):
        raise Malformed(
            "credential binding", mend="a bound one needs a base64url SHA-256 thumbprint"
        )
