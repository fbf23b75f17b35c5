"""What a lock can hit: a principal, an asset and a session seen as (kind, target) pairs."""

import ipaddress
from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

from adyton.policy import facts
from adyton.terms import AssetRef, Binding, Employment, Json, OrgKind, Role, State

Target = tuple[str, str]  # (lock kind, target)
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def of_person(
    *,
    person: str,
    org: str,
    credential: str,
    binding: str,
    employment: str,
    roles: Iterable[str],
    org_row: Mapping[str, Json] | None,
) -> frozenset[Target]:
    """Everything about a principal that a lock may name."""
    named = {("person", person), ("org", org), ("credential", credential)}
    pairs = [f"employment={employment}", f"binding={binding}"]
    pairs += [f"role={role}" for role in roles]
    if org_row is not None:
        pairs += [f"org.kind={org_row['kind']}", f"org.country={org_row['country']}"]
    return frozenset(named | {("attribute", pair) for pair in pairs})


def of_asset(resource: AssetRef) -> frozenset[Target]:
    """Everything about an asset that a lock may name."""
    found = {("asset", str(resource.asset)), ("compartment", str(resource.compartment))}
    if resource.version is not None:
        found.add(("version", str(resource.version)))
    return frozenset(found)


def of_use(*, session: str, copy: str) -> frozenset[Target]:
    """A release session and a copy, where there are any."""
    pairs = (("session", session), ("copy", copy))
    return frozenset((kind, target) for kind, target in pairs if target)


@cache
def attributes_known() -> frozenset[str]:
    """Every `name=value` that a lock on an attribute may name, countries apart."""
    values: Mapping[str, Iterable[str]] = {
        "employment": Employment,
        "binding": Binding,
        "role": Role,
        "org.kind": OrgKind,
    }
    return frozenset(f"{name}={value}" for name, enum in values.items() for value in enum)


class _Seen(NamedTuple):
    version: int
    stopped: frozenset[Target]
    networks: tuple[str, ...]


class LockView:
    """The locks that stand, as sets; read again whenever their table has changed."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._seen = _Seen(-1, frozenset(), ())

    def hits(self, targets: frozenset[Target]) -> bool:
        """Whether a standing lock names one of the targets."""
        return not self._current().stopped.isdisjoint(targets)

    def hits_network(self, address: str) -> bool:
        """Whether a standing lock covers the address; one that cannot be read is covered."""
        networks = self._current().networks
        if not networks or not address:
            return False
        try:
            forms = _forms(ipaddress.ip_address(address))
            return any(_contains(network, here) for network in networks for here in forms)
        except ValueError:
            return True

    def _current(self) -> _Seen:
        # The number first: a change during the scan is then seen by the next question. One value,
        # set at once: another thread never sees older locks under a newer number.
        version = self._state.version(facts.LOCKS)
        seen = self._seen
        if version != seen.version:
            stopped = standing(self._state)
            networks = tuple(target for kind, target in stopped if kind == "network")
            seen = self._seen = _Seen(version, stopped, networks)
        return seen


def _forms(here: _Address) -> tuple[_Address, ...]:
    """The address, and the IPv4 one inside where it is mapped (RFC 4291, 2.5.5.2)."""
    mapped = here.ipv4_mapped if isinstance(here, ipaddress.IPv6Address) else None
    return (here,) if mapped is None else (here, mapped)


def _contains(network: str, here: _Address) -> bool:
    return network == facts.ANY_TARGET or here in ipaddress.ip_network(network)


def standing(state: State) -> frozenset[Target]:
    """The locks that stand now."""
    return frozenset(
        (str(row["kind"]), str(row["target"]))
        for _, row in state.scan(facts.LOCKS)
        if not row["lifted_at"]
    )
