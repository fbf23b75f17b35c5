"""What a lock can hit: a principal, an asset and a session seen as (kind, target) pairs."""

import ipaddress
from collections.abc import Iterable, Mapping
from functools import cache

from adyton.policy import facts
from adyton.terms import AssetRef, Binding, Employment, Json, OrgKind, Role, State

Target = tuple[str, str]  # (lock kind, target)


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


class LockView:
    """The locks that stand, as sets; read again whenever their table has changed."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._version = -1
        self._stopped: frozenset[Target] = frozenset()
        self._networks: tuple[str, ...] = ()

    def hits(self, targets: frozenset[Target]) -> bool:
        """Whether a standing lock names one of the targets."""
        self._refresh()
        return not self._stopped.isdisjoint(targets)

    def hits_network(self, address: str) -> bool:
        """Whether a standing lock covers the address; one that cannot be read is covered."""
        self._refresh()
        if not self._networks or not address:
            return False
        try:
            here = ipaddress.ip_address(address)
            return any(_contains(network, here) for network in self._networks)
        except ValueError:
            return True

    def _refresh(self) -> None:
        # The number first: a change during the scan is then seen by the next question.
        version = self._state.version(facts.LOCKS)
        if version == self._version:
            return
        self._stopped = standing(self._state)
        self._networks = tuple(target for kind, target in self._stopped if kind == "network")
        self._version = version


def _contains(network: str, here: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return network == facts.ANY_TARGET or here in ipaddress.ip_network(network)


def standing(state: State) -> frozenset[Target]:
    """The locks that stand now."""
    return frozenset(
        (str(row["kind"]), str(row["target"]))
        for _, row in state.scan(facts.LOCKS)
        if not row["lifted_at"]
    )
