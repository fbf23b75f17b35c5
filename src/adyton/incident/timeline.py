"""Our facts and foreign rows side by side, in our time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from adyton.incident import accounts, stores
from adyton.incident.records import Cite, Dossier, SourceRow, cited
from adyton.terms import Json

EVENTS_LIMIT: Final = 400
"""So many events stand in a report; the newest are left off first and counted."""
BEFORE_S: Final = 7 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened. `lane` is `ours`, `post`, or the kind of the foreign log.

    `skew_s` is what was taken off the log's own time.
    """

    time_s: int
    lane: str
    text: str
    cites: tuple[Cite, ...]
    skew_s: int = 0

    def as_json(self) -> dict[str, Json]:
        """The event as it stands in reports."""
        return {
            "t": self.time_s,
            "lane": self.lane,
            "text": self.text,
            "skew_s": self.skew_s,
            **cited(self.cites),
        }


def timeline_of(dossier: Dossier) -> tuple[Event, ...]:
    """What concerns the suspects' copies and their holders, in order of time."""
    events = sorted(
        [*_ours(dossier), *_foreign(dossier), *_post(dossier)],
        key=lambda event: (event.time_s, event.cites),
    )
    return tuple(events[:EVENTS_LIMIT])


def _ours(dossier: Dossier) -> Iterator[Event]:
    for copy in dossier.suspects:
        text = f"Copy {copy.copy} was issued ({copy.channel.value})."
        cites = (Cite(entry=copy.entry),)
        yield Event(time_s=copy.issued_at_s, lane="ours", text=text, cites=cites)
        if copy.acknowledged_at_s:
            text = f"Its recipient acknowledged copy {copy.copy}."
            yield Event(time_s=copy.acknowledged_at_s, lane="ours", text=text, cites=cites)
    people = {copy.recipient for copy in dossier.suspects}
    told = {copy.entry for copy in dossier.suspects}
    for use in dossier.uses:
        if use.person in people and use.entry not in told:
            cites = (Cite(entry=use.entry),)
            yield Event(time_s=use.time_s, lane="ours", text=f"{use.type}.", cites=cites)


def _foreign(dossier: Dossier) -> Iterator[Event]:
    logins = {
        holder.login
        for copy in dossier.suspects
        if (holder := dossier.holders.get(copy.recipient)) and holder.login
    }
    places = {copy.place for copy in dossier.suspects if copy.place}
    start_s = min((copy.issued_at_s for copy in dossier.suspects), default=0) - BEFORE_S
    skews = {source.entry: source.skew_s for source in dossier.sources}
    for kind in sorted({source.kind for source in dossier.sources}):
        named = {
            (rows[0].place, rows[0].object)
            for rows in dossier.objects(kind)
            if any(stores.same_object(place, rows[0]) for place in places)
        }
        for row in dossier.rows(kind):
            about = row.actor in logins or (row.place, row.object) in named
            if about and row.time_s >= start_s:
                yield Event(
                    time_s=row.time_s,
                    lane=kind,
                    text=_said(row),
                    cites=(row.cite,),
                    skew_s=skews.get(row.cite.entry, 0),
                )


def _said(row: SourceRow) -> str:
    """The row in words, without addresses and names."""
    who = "by nobody in particular" if row.actor == "anonymous" else ""
    parts = [
        row.action,
        who,
        f"({row.result})" if row.result else "",
        f"from {row.country}" if row.country else "",
        f"network {row.asn}" if row.asn else "",
        f"second factor: {row.mfa}" if row.mfa and row.action in accounts.ENTRANCES else "",
        f"access: {row.acl}" if row.acl else "",
    ]
    return " ".join(part for part in parts if part)


def _post(dossier: Dossier) -> Iterator[Event]:
    case = (Cite(entry=dossier.case_entry),)
    if dossier.post.posted_at_s:
        text = "The content was posted."
        yield Event(time_s=dossier.post.posted_at_s, lane="post", text=text, cites=case)
