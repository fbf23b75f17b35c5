"""Whether a lock would leave nobody who could lift it."""

from collections.abc import Iterator

from adyton.identity.facts import CREDENTIALS, ORGS, PEOPLE
from adyton.policy.targets import Target, of_person, standing
from adyton.terms import Role, State


def keeps_an_operator(state: State, lock: Target, now_s: int) -> bool:
    """True if an operator with a live credential stays free, or none was free before."""
    stopped = standing(state)
    free = [found for found in _operators(state, now_s) if stopped.isdisjoint(found)]
    return not free or any(lock not in found for found in free)


def _operators(state: State, now_s: int) -> Iterator[frozenset[Target]]:
    """The live credentials of operators, each as everything a lock may name."""
    for person, row in state.scan(PEOPLE):
        roles = row["roles"]
        if row["ended_at"] or not isinstance(roles, (list, tuple)) or Role.OPERATOR not in roles:
            continue
        for credential, held in state.by_index(CREDENTIALS, person):
            expires_at = held["expires_at"]
            live = isinstance(expires_at, int) and now_s < expires_at and not held["revoked_at"]
            if live:
                yield of_person(
                    person=person,
                    org=str(row["org"]),
                    credential=credential,
                    binding=str(held["binding"]),
                    employment=str(row["employment"]),
                    roles=[str(role) for role in roles],
                    org_row=state.get(ORGS, str(row["org"])),
                )
