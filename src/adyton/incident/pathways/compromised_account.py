"""Somebody else used the holder's account and took the copy as the holder."""

from collections.abc import Iterable

from adyton.incident.accounts import KIND, Strange, failed_signins, strange_signins
from adyton.incident.ownacts import SESSION_S
from adyton.incident.pathways.look import Look, Pathway
from adyton.incident.records import PPM, Cite, Evidence, SourceRow
from adyton.incident.stores import same_object
from adyton.terms import Employment


def examine(look: Look) -> tuple[Evidence, ...]:
    """Sign-ins of the holder's login between issue and post, and what followed them."""
    holder = look.holder
    if holder is None or not holder.login:
        return (look.missing("holder_unknown", "The copy's recipient has no login on record."),)
    if holder.employment is Employment.SERVICE:
        text = "The recipient is a service; it signs in nowhere."
        return (look.weighed("holder_is_service", text, [look.issue()]),)
    missing = _missing(look)
    rows = look.dossier.rows(KIND)
    if not look.logs(KIND):
        return missing
    if not any(row.actor == holder.login for row in rows):
        # Perhaps it writes logins in another way: its silence says nothing of this person.
        text = "The sign-in logs hold no row at all of the holder's login."
        return (look.missing("login_not_in_log", text), *missing)
    strange = strange_signins(rows, login=holder.login, start_s=look.start_s, end_s=look.end_s)
    foreign = [one for one in strange if one.is_foreign] or _still_open(look, holder.login)
    if foreign:
        return (*_foreign(look, foreign), *missing)
    found = [*_weak(look, strange)]
    if look.share(KIND):
        text = "Sign-ins of the holder's login in the stretch were all as usual."
        found.append(look.quiet("usual_signins", text, KIND))
    failed = failed_signins(rows, login=holder.login, start_s=look.start_s, end_s=look.end_s)
    if failed:
        text = "Somebody tried the login and failed; an attempt is no entrance."
        found.append(look.weighed("failed_only", text, [row.cite for row in failed]))
    found.extend(_traveller(look, rows))
    return (*found, *missing)


def _missing(look: Look) -> tuple[Evidence, ...]:
    share = look.share(KIND)
    if not look.logs(KIND):
        text = "No sign-in log was imported: a takeover could not have been seen."
        return (look.missing("no_signin_log", text),)
    if share < PPM:
        text = f"The sign-in logs cover {share // 10_000} % of the time from issue to post."
        return (look.missing("signin_log_gap", text),)
    return ()


def _still_open(look: Look, login: str) -> list[Strange]:
    """A strange session from before the issue counts only if it then took the copy."""
    rows = look.dossier.rows(KIND)
    earlier = strange_signins(
        rows, login=login, start_s=look.start_s - SESSION_S, end_s=look.start_s
    )
    return [one for one in earlier if one.is_foreign and any(_taken(look, one.row))]


def _foreign(look: Look, foreign: list[Strange]) -> list[Evidence]:
    worst = foreign[0]
    signs = ", ".join(worst.signs)
    cites = [cite for one in foreign for cite in one.cites]
    found = [
        look.weighed(
            "foreign_signin",
            f"A sign-in in time to take the copy that is not the holder's: {signs}.",
            cites,
            milli=worst.points,
        )
    ]
    taken = [cite for one in foreign for cite in _taken(look, one.row)]
    if taken:
        text = "The copy was read from the address of that sign-in."
        found.append(look.weighed("copy_taken_in_session", text, taken))
    used = [
        Cite(entry=use.entry)
        for use in look.dossier.uses
        if use.person == look.copy.recipient
        if any(0 <= use.time_s - one.row.time_s <= SESSION_S for one in foreign)
    ]
    if used:
        text = "Our own record shows use of the account within hours of that sign-in."
        found.append(look.weighed("used_after_signin", text, used))
    return found


def _taken(look: Look, entrance: SourceRow) -> Iterable[Cite]:
    """Reads of the copy's object by the login, from where the strange sign-in came."""
    for row in look.dossier.rows("object_store"):
        if row.actor != entrance.actor or row.action != "object.read" or row.result == "denied":
            continue
        soon = 0 <= row.time_s - entrance.time_s <= SESSION_S
        soon = soon and look.start_s <= row.time_s <= look.end_s
        if soon and row.address == entrance.address and same_object(look.copy.place, row):
            yield row.cite


def _weak(look: Look, strange: tuple[Strange, ...]) -> Iterable[Evidence]:
    """Something new, yet not enough to speak of somebody else: a new laptop looks like this."""
    for one in strange[:1]:
        text = f"One sign-in was unusual, but not by much: {', '.join(one.signs)}."
        yield look.weighed("unusual_signin", text, one.cites, milli=one.points // 4)


def _traveller(look: Look, rows: tuple[SourceRow, ...]) -> Iterable[Evidence]:
    """A new country on a device that is the person's own."""
    login = look.holder.login if look.holder else ""
    mine = [row for row in rows if row.actor == login and row.country]
    home = {row.country for row in mine if row.time_s < look.start_s}
    devices = {row.device for row in mine if row.time_s < look.start_s or row.mfa == "passkey"}
    away = [
        row
        for row in mine
        if look.start_s <= row.time_s <= look.end_s
        if home and row.country not in home and row.device in devices and row.mfa == "passkey"
    ]
    if away:
        text = "The holder signed in from another country with their own device and passkey."
        yield look.weighed("own_device_abroad", text, [row.cite for row in away])


PATHWAY = Pathway(
    id="compromised_account",
    name="Compromised account",
    unseen="Who held the keyboard; a session stolen from the holder's own device.",
    examine=examine,
)
