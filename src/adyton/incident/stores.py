"""What an object store's log says of the place where a copy lay."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from adyton.incident.records import CopyHeld, Dossier, SourceRow

KIND: Final = "object_store"
WHOLE_PLACE: Final = frozenset({"", "*", "/", "/*"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Rows about one copy's object inside the stretch, sorted by what they mean.

    `opened`: made public, or public already when the copy was laid there; `links`: a link made by
    somebody else than the holder;
    `anonymous`: read by nobody in particular; `turned_away`: such reads refused; `others`: read
    by a login that is not the holder's; `own`: acts of the holder's login; `elsewhere`: anonymous
    reads of other objects, which say nothing of this one. `place_known`: the logs hold rows of
    the object, its top folder or its bucket, so that their silence says something.
    """

    opened: tuple[SourceRow, ...] = ()
    links: tuple[SourceRow, ...] = ()
    anonymous: tuple[SourceRow, ...] = ()
    turned_away: tuple[SourceRow, ...] = ()
    others: tuple[SourceRow, ...] = ()
    own: tuple[SourceRow, ...] = ()
    elsewhere: tuple[SourceRow, ...] = ()
    outside: tuple[SourceRow, ...] = ()
    lies_here: bool = False
    place_known: bool = False


def same_object(place: str, row: SourceRow) -> bool:
    """True where a copy's place names the row's object: key, bucket/key, or a URL of it."""
    key = row.object.strip("/")
    wanted = _bare(place)
    if not key or not wanted:
        return False
    whole = f"{row.place.strip('/')}/{key}"
    return wanted in {key, whole} or wanted.endswith("/" + whole)


def _bare(place: str) -> str:
    return place.split("://", 1)[-1].split("?", 1)[0].strip("/")


def _near(place: str, row: SourceRow) -> bool:
    """True where a row speaks of the bucket that the place names, or of its top folder."""
    top, slash, _ = _bare(place).partition("/")
    return _in_bucket(row, place) or (bool(slash) and row.object.strip("/").startswith(top + "/"))


def _in_bucket(row: SourceRow, place: str) -> bool:
    bucket = row.place.strip("/")
    return bool(bucket) and _bare(place).startswith(bucket + "/")


def governs(row: SourceRow, place: str, bucket: str) -> bool:
    """True where a change of access speaks of this object: itself, its folder or its bucket.

    `bucket` is where rows show the object; a place may name its bucket itself.
    """
    here = (bool(bucket) and row.place == bucket) or _in_bucket(row, place)
    if row.object in WHOLE_PLACE:
        return here
    folder = row.object.rstrip("*")
    inside = folder.endswith("/") and here and f"/{folder}" in f"/{_bare(place)}"
    return same_object(place, row) or inside


def traffic(dossier: Dossier, copy: CopyHeld, *, start_s: int, end_s: int) -> Traffic:
    """Everything the store logs hold about the copy's object between two times."""
    rows = dossier.rows(KIND)
    if not copy.place:
        return Traffic()
    objects = dossier.objects(KIND)
    named = [one for one in objects if same_object(copy.place, one[0])]
    ours = sorted((row for one in named for row in one), key=lambda row: (row.time_s, row.cite))
    bucket = ours[0].place if ours else ""
    within = [row for row in ours if start_s <= row.time_s <= end_s]
    holder = dossier.holders.get(copy.recipient)
    login = holder.login if holder else ""
    reads = [row for row in within if row.action == "object.read"]
    nobody = [row for row in reads if row.actor == "anonymous"]
    return Traffic(
        opened=_openings(rows, copy.place, bucket, start_s, end_s),
        links=tuple(row for row in within if row.action == "link.created" and row.actor != login),
        anonymous=tuple(row for row in nobody if row.result != "denied"),
        turned_away=tuple(row for row in nobody if row.result == "denied"),
        others=tuple(
            row for row in reads if row.actor not in {"anonymous", login} and row.result != "denied"
        ),
        own=tuple(row for row in within if login and row.actor == login),
        elsewhere=_elsewhere(rows, copy.place, start_s, end_s),
        outside=tuple(
            row
            for row in ours
            if row.actor == "anonymous" and row.action == "object.read" and row not in within
        ),
        lies_here=bool(ours),
        place_known=bool(ours) or any(_near(copy.place, one[0]) for one in objects),
    )


def _openings(
    rows: Sequence[SourceRow], place: str, bucket: str, start_s: int, end_s: int
) -> tuple[SourceRow, ...]:
    """Changes to public inside the stretch, and the last one before it if nothing closed it."""
    changes = [
        row
        for row in rows
        if row.action == "acl.changed" and row.result != "denied" and governs(row, place, bucket)
    ]
    standing: dict[str, SourceRow] = {row.object: row for row in changes if row.time_s < start_s}
    before = [row for row in standing.values() if row.acl == "public"]
    inside = [row for row in changes if start_s <= row.time_s <= end_s and row.acl == "public"]
    return (*before, *inside)


def _elsewhere(
    rows: Sequence[SourceRow], place: str, start_s: int, end_s: int
) -> tuple[SourceRow, ...]:
    return tuple(
        row
        for row in rows
        if row.actor == "anonymous"
        and row.action == "object.read"
        and row.result != "denied"
        and start_s <= row.time_s <= end_s
        and not same_object(place, row)
    )
