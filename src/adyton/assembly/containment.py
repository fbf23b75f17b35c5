"""The hands of a plan, and the tries that show a path closed (ports of `incident`)."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from adyton.identity import Identity
from adyton.identity.facts import CREDENTIALS
from adyton.incident import Attempt
from adyton.policy import Entitlements, Gatekeeper, LockKind, Locks
from adyton.policy.recipients import Recipients
from adyton.policy.refusals import nothing_here
from adyton.terms import (
    Act,
    AssetId,
    AssetKind,
    AssetRef,
    CompartmentId,
    CredentialId,
    EntitlementId,
    Json,
    LockId,
    Missing,
    PersonId,
    Refused,
    SessionId,
    State,
    VersionId,
)
from adyton.vault import ReleaseSession, Vault

BLOCKED = "blocked"
SUCCEEDED = "succeeded"
UNTRIED = "untried"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """Calls down into policy, identity and vault (see `incident.Containment`)."""

    state: State
    locks: Locks
    identity: Identity
    entitlements: Entitlements
    vault: Vault

    def lock(self, *, kind: str, target: str, reason: str, by: str) -> str:
        """Set a lock, or give the one that stands."""
        for key, row in self.state.by_index("locks", target):
            if row["kind"] == kind and not row["lifted_at"]:
                return key
        return self.locks.set(kind=LockKind(kind), target=target, reason=reason, by=PersonId(by))

    def lift(self, *, lock: str, by: str) -> None:
        """Lift a lock; nothing where it is lifted already."""
        row = self.state.get("locks", lock)
        if row is not None and not row["lifted_at"]:
            self.locks.lift(LockId(lock), by=PersonId(by))

    def revoke_credential(self, *, credential: str, by: str) -> None:
        """End a credential; nothing where it ended already."""
        row = self.state.get(CREDENTIALS, credential)
        if row is not None and not row["revoked_at"]:
            self.identity.revoke_credential(CredentialId(credential), by=PersonId(by))

    def revoke_entitlement(self, *, entitlement: str, by: str) -> None:
        """End an entitlement; nothing where it ended already."""
        row = self.state.get("entitlements", entitlement)
        if row is not None and not row["revoked_at"]:
            self.entitlements.revoke(EntitlementId(entitlement), by=PersonId(by))

    def close_session(self, *, session: str, by: str) -> None:  # noqa: ARG002  (the port's form)
        """End a release session."""
        self.vault.close(SessionId(session), reason="contained")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """Tries again, as an attacker would, what an action is to stop (see `incident.Retry`).

    The tries go through the very functions that guard real use, with the holder's standing in
    place of their secret, which we do not have.
    """

    state: State
    identity: Identity
    gatekeeper: Gatekeeper
    recipients: Recipients
    vault: Vault

    def attempt(self, action: Mapping[str, Json]) -> Attempt:
        """Try what the action closes."""
        kind, target = str(action["kind"]), str(action["target"])
        match kind:
            case "revoke_credential":
                return self._credential(CredentialId(target))
            case "revoke_entitlement":
                return self._entitlement(target)
            case "close_session":
                return self._session(SessionId(target))
            case "lock":
                return self._lock(str(action["target_kind"]), target)
            case _:
                return Attempt(outcome=UNTRIED, how="this is not in our reach")

    def _credential(self, credential: CredentialId) -> Attempt:
        how = "signed in with the credential's standing"
        try:
            principal = self.identity.standing(credential)
            self.gatekeeper.check_locks(principal)
        except (Refused, Missing):
            return Attempt(outcome=BLOCKED, how=how)
        return Attempt(outcome=SUCCEEDED, how=how)

    def _entitlement(self, entitlement: str) -> Attempt:
        row = self.state.get("entitlements", entitlement)
        how = "asked for what the entitlement gave, and read from open releases of it"
        if row is None:
            return Attempt(outcome=UNTRIED, how="there is no such entitlement")
        compartment = CompartmentId(str(row["compartment"]))
        assets = [
            asset_ref(key, asset)
            for key, asset in self.state.scan("assets")
            if asset["compartment"] == compartment and row["asset"] in {"", key}
        ]
        if not assets:
            return Attempt(outcome=UNTRIED, how="there is nothing that the entitlement gave")
        person, act = PersonId(str(row["person"])), Act(str(row["act"]))
        through = any(self._receives(person, act, asset) for asset in assets)
        keys = {asset.asset for asset in assets}
        through = through or self._reads_on(lambda one: one.recipient == person, assets=keys)
        return Attempt(outcome=SUCCEEDED if through else BLOCKED, how=how)

    def _receives(self, person: PersonId, act: Act, asset: AssetRef) -> bool:
        try:
            self.recipients.check(person, act, asset)
        except (Refused, Missing):
            return False
        return True

    def _rights(self) -> Iterator[tuple[PersonId, Act, Mapping[str, Json]]]:
        """Every entitlement that was ever granted, ended ones too: who would try, and what."""
        for _, row in self.state.scan("entitlements"):
            yield PersonId(str(row["person"])), Act(str(row["act"])), row

    def _reads_on(
        self, concerned: Callable[[ReleaseSession], bool], *, assets: Collection[str] = ()
    ) -> bool:
        """Whether an open release that is concerned still gives bytes."""
        return any(
            self._session(one.session).outcome == SUCCEEDED
            for one in self.vault.sessions()
            if concerned(one) and (not assets or one.asset in assets)
        )

    def _session(self, session: SessionId) -> Attempt:
        how = "read from the session"
        try:
            self.vault.session(session)
        except (Refused, Missing):
            return Attempt(outcome=BLOCKED, how=how)
        return Attempt(outcome=SUCCEEDED, how=how)

    def _lock(self, kind: str, target: str) -> Attempt:
        match kind:
            case "person":
                return self._person(PersonId(target))
            case "copy":
                return self._copy(target)
            case "asset" | "version":
                return self._asset(kind, target)
            case _:
                return Attempt(outcome=UNTRIED, how=f"no try is known for a lock on {kind}")

    def _person(self, person: PersonId) -> Attempt:
        how = (
            "asked as the person for all that they ever held a right to, signed in with each of "
            "their credentials, and read from their open releases"
        )
        tries = [self._credential(CredentialId(key)) for key, _ in self._keys_of(person)]
        acts = {act for holder, act, _ in self._rights() if holder == person}
        opened = any(
            self._receives(person, act, asset_ref(key, row))
            for key, row in self.state.scan("assets")
            for act in sorted(acts | {Act.READ, Act.CHECKOUT})
        )
        through = opened or any(one.outcome == SUCCEEDED for one in tries)
        through = through or self._reads_on(lambda one: one.recipient == person)
        return Attempt(outcome=SUCCEEDED if through else BLOCKED, how=how)

    def _keys_of(self, person: PersonId) -> list[tuple[str, Mapping[str, Json]]]:
        return list(self.state.by_index(CREDENTIALS, person))

    def _copy(self, copy: str) -> Attempt:
        row = self.state.get("copies", copy)
        how = "asked for the copy again, and for another one of the same, as its recipient"
        asset = self.state.get("assets", str(row["asset"])) if row else None
        if row is None or asset is None:
            return Attempt(outcome=UNTRIED, how="there is no such copy")
        person, resource = PersonId(str(row["recipient"])), asset_ref(str(row["asset"]), asset)
        if self._receives(person, Act.READ, resource):
            return Attempt(outcome=SUCCEEDED, how=how)
        try:
            self.recipients.check_locks(person, resource, copy=copy)
        except Refused:
            return Attempt(outcome=BLOCKED, how=how)
        return Attempt(outcome=SUCCEEDED, how=how)

    def _asset(self, kind: str, target: str) -> Attempt:
        how = "asked for it as everybody who ever could, and read from its open releases"
        version = self.state.get("versions", target) if kind == "version" else None
        key = str(version["asset"]) if version else target
        row = self.state.get("assets", key)
        if row is None:
            return Attempt(outcome=UNTRIED, how="there is no such asset")
        resource = asset_ref(key, row, version=target if kind == "version" else None)
        tries = {
            (person, act)
            for person, act, one in self._rights()
            if one["compartment"] == row["compartment"] and one["asset"] in {"", key}
        }
        open_now = [
            one
            for one in self.vault.sessions()
            if one.asset == key and (kind == "asset" or one.version == target)
        ]
        if not tries and not open_now:
            return Attempt(outcome=UNTRIED, how="there is nobody who could have had it")
        through = any(self._receives(person, act, resource) for person, act in sorted(tries))
        through = through or any(
            self._session(one.session).outcome == SUCCEEDED for one in open_now
        )
        return Attempt(outcome=SUCCEEDED if through else BLOCKED, how=how)


def asset_ref(key: str, row: Mapping[str, Json] | None, *, version: str | None = None) -> AssetRef:
    """An asset's row as policy sees it. Raises Missing where there is none."""
    if row is None:
        raise nothing_here()
    current = version or row.get("current")
    return AssetRef(
        asset=AssetId(key),
        kind=AssetKind(str(row["kind"])),
        compartment=CompartmentId(str(row["compartment"])),
        version=VersionId(str(current)) if current else None,
    )
