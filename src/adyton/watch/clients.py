"""One credential used from several clients: a shared or stolen key.

A client is the opaque digest that the gateway makes of what a program shows of itself. People use
two or three; a key that is passed on is used from ones it was never used from before.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from adyton.terms import Entry
from adyton.watch.signals import Alarm, Severity, Unjudged
from adyton.watch.uses import Use, uses
from adyton.watch.windows import History

FEW = 2  # a desk and a build machine
MANY_UNKNOWN = 4  # clients in a day of a credential without history
NEW = 2  # one new client is an upgraded program
MAX_EVIDENCE = 50
MIN_DAYS = 3  # days of use before a credential has usual clients


class Clients:
    """Calls on a credential with several clients, two or more of them new to it."""

    name = "clients"

    def alarms(self, history: History) -> tuple[Alarm, ...]:
        """One alarm per credential."""
        today, *before = history.each(clients_by_credential)
        found = []
        for credential, clients in today.items():
            days = [day[credential] for day in before if credential in day]
            fresh = clients.difference(*days)
            if _unusual(clients, fresh, len(days)):
                found.append(_alarm(credential, clients, fresh, history.window(0)))
        return tuple(found)

    def unjudged(self, history: History) -> tuple[Unjudged, ...]:
        """Credentials in their first days: only a crowd of clients can be called then."""
        today, *before = history.each(clients_by_credential)
        reason = f"fewer than {MIN_DAYS} earlier days of use: only {MANY_UNKNOWN} clients call"
        return tuple(
            Unjudged(detector=self.name, subject=credential, reason=reason)
            for credential in today
            if sum(credential in day for day in before) < MIN_DAYS
        )


def clients_by_credential(entries: Sequence[Entry]) -> Mapping[str, frozenset[str]]:
    """The clients that each credential was used from in one window."""
    found: dict[str, set[str]] = defaultdict(set)
    for use in uses(entries):
        if use.credential and use.client:
            found[use.credential].add(use.client)
    return {credential: frozenset(clients) for credential, clients in found.items()}


def _unusual(clients: frozenset[str], fresh: frozenset[str], days: int) -> bool:
    if days < MIN_DAYS:
        return len(clients) >= MANY_UNKNOWN
    return len(clients) > FEW and len(fresh) >= NEW


def _alarm(
    credential: str, clients: frozenset[str], fresh: frozenset[str], entries: Sequence[Entry]
) -> Alarm:
    own = [use for use in uses(entries) if use.credential == credential and use.client in fresh]
    people = {use.person for use in own if use.person}
    return Alarm(
        subjects=(credential, *sorted(people)),
        evidence=_spread_over(own),
        severity=Severity.MEDIUM,
        summary=f"{len(clients)} clients in one day, {len(fresh)} of them new to the credential",
    )


def _spread_over(own: Sequence[Use]) -> tuple[int, ...]:
    """Entries as evidence: the first of each client before the rest."""
    first = {use.client: use.index for use in reversed(own)}
    rest = [use.index for use in own if use.index not in first.values()]
    room = max(0, MAX_EVIDENCE - len(first))
    return tuple(sorted([*first.values(), *rest[:room]]))
