"""Acts by which a holder themselves opened their copy to others, in logs no poster can write.

An act is the person's own only if it came from the address of a passkey sign-in shortly before:
a stolen session acts from elsewhere. A bare file name is no place: many things are called so.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from adyton.incident import accounts, stores
from adyton.incident.records import CopyHeld, Dossier, SourceRow

CARRYING: Final = frozenset({"link.created", "object.shared"})
SESSION_S: Final = 12 * 3600
"""How long a sign-in is taken to last where the log does not say."""


def own_acts(dossier: Dossier, copy: CopyHeld) -> Iterator[tuple[SourceRow, SourceRow]]:
    """Each act with the sign-in it came from: only a passkey session counts as the person's own."""
    holder = dossier.holders.get(copy.recipient)
    if holder is None or not holder.login:
        return
    signins = dossier.rows(accounts.KIND)
    for row in dossier.rows(stores.KIND):
        within = copy.issued_at_s <= row.time_s <= dossier.posted_by_s()
        if row.actor != holder.login or not within or not _carries(row, copy.place):
            continue
        entrance = _passkey_session(signins, row, holder.login)
        if entrance is not None:
            yield row, entrance


def _carries(row: SourceRow, place: str) -> bool:
    opens = row.action in CARRYING or (row.action == "acl.changed" and row.acl == "public")
    told = "/" in place.split("://", 1)[-1].strip("/")
    return opens and told and row.result != "denied" and stores.same_object(place, row)


def _passkey_session(signins: Sequence[SourceRow], act: SourceRow, login: str) -> SourceRow | None:
    for row in reversed(signins):
        soon = 0 <= act.time_s - row.time_s <= SESSION_S
        here = bool(act.address) and act.address == row.address
        if soon and here and row.actor == login and row.mfa == "passkey" and accounts.entered(row):
            return row
    return None
