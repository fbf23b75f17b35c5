"""Everything an exchange works with, given once."""

from collections.abc import Mapping
from dataclasses import dataclass

from adyton.gateway.budget import Budget
from adyton.gateway.guard import MisuseGuard
from adyton.gateway.limits import Limits
from adyton.gateway.ports import Authenticate, Egress, Fingerprint, Gatekeeper
from adyton.gateway.recovery import OwedCloses
from adyton.gateway.refusals import RefusalLog
from adyton.terms import Clock, CompartmentId, Entropy, Secret, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Collaborators:
    """The gateway's collaborators. `digest_key` keys the digests that stand in the tree."""

    authenticate: Authenticate
    gatekeeper: Gatekeeper
    state: State
    clock: Clock
    entropy: Entropy
    digest_key: Secret[bytes]
    egress: Egress
    fingerprint: Fingerprint
    hosts: frozenset[str]
    guards: Mapping[CompartmentId, MisuseGuard]
    limits: Limits
    budget: Budget
    refusals: RefusalLog
    owed: OwedCloses
