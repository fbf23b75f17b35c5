"""What an investigation needs from outside: hands that contain, an attacker that tries again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from adyton.terms import Json


class Containment(Protocol):
    """The hands of a plan: calls down into policy, identity and vault.

    Durable once a call returns (its own fact is in the ledger); calls on different targets may
    come in any order; safe from threads; the same call twice changes nothing and gives the same
    handle. Raises the families of the part that acts.
    """

    def lock(self, *, kind: str, target: str, reason: str, by: str) -> str:
        """Set a lock that ends live use at once; gives the lock's id."""

    def lift(self, *, lock: str, by: str) -> None:
        """Lift a lock."""

    def revoke_credential(self, *, credential: str, by: str) -> None:
        """End a credential for good."""

    def revoke_entitlement(self, *, entitlement: str, by: str) -> None:
        """End an entitlement."""

    def close_session(self, *, session: str, by: str) -> None:
        """End a release session; its keys leave memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """The attack tried again. `outcome`: `blocked`, `succeeded`, or `untried` with the reason.

    `how` says what was tried, for the report; no secrets.
    """

    outcome: str
    how: str


class Retry(Protocol):
    """Tries, as an attacker would, what an action is meant to stop; harmless to data.

    Nothing is kept by it; it may be called any number of times, from any thread. What cannot be
    tried from here is `untried`, never `blocked`.
    """

    def attempt(self, action: Mapping[str, Json]) -> Attempt:
        """Try the attack that the action (its row) closes."""
