"""How far it goes: affirmed, possible, excluded; each with its reason and what was not to be seen.

Affirmed is what lay open in the exhibits. Possible is what the same way could have taken, posted or
not. Excluded is only what our own record rules out: issued after the post, or never released at
all. That nothing was seen excludes nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from adyton.incident import stores
from adyton.incident.pathways import PathwayRanked
from adyton.incident.records import Cite, CopyHeld, Dossier, cited
from adyton.terms import Channel, Json, OrgKind, Verdict

REACH_PPM: Final = 50_000
"""A pathway at least this likely widens the scope; cheap, as a wrong exclusion is not."""
LISTED_LIMIT: Final = 200
"""So many possible copies are listed one by one; the rest are counted."""
SAME_HOLDER: Final = frozenset(
    {"compromised_account", "contractor", "broad_permissions", "unknown"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoped:
    """One thing in a scope set. `kind`: version, copy, span, or `others` with a count."""

    kind: str
    id: str
    why: str
    unseen: str
    cites: tuple[Cite, ...]
    reach: str = "strong"
    start: int = 0
    end: int = 0
    share_ppm: int = 0
    count: int = 1

    def as_json(self) -> dict[str, Json]:
        """The item as it stands in reports."""
        data: dict[str, Json] = {
            "kind": self.kind,
            "id": self.id,
            "why": self.why,
            "unseen": self.unseen,
            "reach": self.reach,
            "count": self.count,
            **cited(self.cites),
        }
        if self.kind == "span":
            data.update(start=self.start, end=self.end)
        if self.share_ppm:
            data.update(share_ppm=self.share_ppm)
        return data


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The three sets."""

    affirmed: tuple[Scoped, ...] = ()
    possible: tuple[Scoped, ...] = ()
    excluded: tuple[Scoped, ...] = ()

    def as_json(self) -> dict[str, Json]:
        """The sets as they stand in reports."""
        return {
            "affirmed": [item.as_json() for item in self.affirmed],
            "possible": [item.as_json() for item in self.possible],
            "excluded": [item.as_json() for item in self.excluded],
        }


def scope_of(dossier: Dossier, ranked: Sequence[PathwayRanked]) -> Scope:
    """The three scope sets of a case. Without a leak all three are empty."""
    affirmed = tuple(_affirmed(dossier))
    if not affirmed:
        return Scope()
    reached = {item.id: item for item in _possible(dossier, ranked)}
    certain = {item.id for item in affirmed if item.kind == "copy"}
    possible = [item for key, item in reached.items() if key not in certain]
    excluded = tuple(_excluded(dossier, {*reached, *certain}))
    listed = [*possible[:LISTED_LIMIT], *_rest_of_versions(dossier, affirmed)]
    seen = {*reached, *certain, *(item.id for item in excluded)}
    others = _others(dossier, affirmed, seen, len(possible) - len(possible[:LISTED_LIMIT]))
    return Scope(affirmed=affirmed, possible=(*listed, *others), excluded=excluded)


def _affirmed(dossier: Dossier) -> Iterator[Scoped]:
    by_id = {copy.copy: copy for copy in dossier.copies}
    for one in dossier.findings:
        if one.finding.verdict is not Verdict.LEAK:
            continue
        cite = (Cite(entry=one.entry),)
        for match in one.finding.matches:
            why = "Its content stands in the exhibit."
            yield Scoped(
                kind="version",
                id=match.version,
                why=why,
                unseen="What was posted elsewhere.",
                cites=cite,
                share_ppm=match.share_ppm,
            )
            for span in match.spans_version:
                yield Scoped(
                    kind="span",
                    id=match.version,
                    why="These characters of the version stand in the exhibit.",
                    unseen="",
                    cites=cite,
                    start=span.start,
                    end=span.end,
                )
        for named in one.finding.copies:
            if named.named and named.copy in by_id:
                yield Scoped(
                    kind="copy",
                    id=named.copy,
                    why="Its mark stands in the exhibit, within the bound of the finding.",
                    unseen="Whether the whole copy left, or only what was posted.",
                    cites=(*cite, Cite(entry=by_id[named.copy].entry)),
                )


def _possible(dossier: Dossier, ranked: Sequence[PathwayRanked]) -> Iterator[Scoped]:
    end_s = dossier.posted_by_s()
    earlier = [copy for copy in dossier.copies if copy.issued_at_s <= end_s]
    if dossier.basis != "named":
        for copy in dossier.suspects:
            if copy.issued_at_s <= end_s:
                yield _taken(copy, "It is a copy of what was posted, and no mark tells which.")
    likely = [pathway.id for pathway in ranked if pathway.ppm >= REACH_PPM]
    for pathway in likely:
        why = f"The same way could have taken it ({pathway})."
        if pathway == "misconfigured_storage":
            yield from (_taken(copy, why) for copy in earlier if _stood_open(copy, dossier))
        for suspect in dossier.suspects:
            near = _reach(pathway, suspect, earlier, dossier)
            yield from (_taken(copy, why) for copy in near)


def _taken(copy: CopyHeld, why: str) -> Scoped:
    return Scoped(
        kind="copy",
        id=copy.copy,
        why=why,
        unseen="Whether it was taken and kept back: only posts show what was posted.",
        cites=(Cite(entry=copy.entry),),
    )


def _reach(
    pathway: str, suspect: CopyHeld, copies: Iterable[CopyHeld], dossier: Dossier
) -> Iterator[CopyHeld]:
    """The copies that lay within the same reach as a suspect, by pathway."""
    folder = _folder(suspect.place)
    outside = _outside_org(suspect, dossier)
    for copy in copies:
        same_holder = copy.recipient == suspect.recipient
        match pathway:
            case "misconfigured_storage":
                near = copy.channel is Channel.STORE and (
                    not suspect.place or _folder(copy.place) == folder
                )
            case "contractor":
                near = same_holder or (bool(outside) and _org_of(copy, dossier) == outside)
            case "third_party_logging":
                near = copy.channel is Channel.TELEMETRY and same_holder
            case "forwarded_archive":
                near = copy.channel is Channel.ARCHIVE and same_holder
            case _:
                near = pathway in SAME_HOLDER and same_holder
        if near:
            yield copy


def _org_of(copy: CopyHeld, dossier: Dossier) -> str:
    holder = dossier.holders.get(copy.recipient)
    return holder.org if holder else ""


def _outside_org(suspect: CopyHeld, dossier: Dossier) -> str:
    """The suspect's holder's organisation if it is not ours: what leaks there, leaks together."""
    holder = dossier.holders.get(suspect.recipient)
    return holder.org if holder and holder.org_kind is not OrgKind.OWNER else ""


def _stood_open(copy: CopyHeld, dossier: Dossier) -> bool:
    """Whether the store logs show that strangers read this copy's object, or could."""
    end_s = dossier.surely_by_s()
    seen = stores.traffic(dossier, copy, start_s=copy.issued_at_s, end_s=end_s)
    return bool(seen.anonymous or seen.opened)


def _folder(place: str) -> str:
    """The top of a store key: what a bucket-wide mistake opens together."""
    return place.split("://", 1)[-1].strip("/").split("/", 1)[0] if "/" in place else ""


def _rest_of_versions(dossier: Dossier, affirmed: Sequence[Scoped]) -> Iterator[Scoped]:
    cites = {item.id: item.cites for item in affirmed if item.kind == "version"}
    for version, cite in cites.items():
        if version in dossier.protected or dossier.suspects:
            yield Scoped(
                kind="version",
                id=version,
                why="Whoever had the copy had all of the version, not only the posted part.",
                unseen="What was kept back.",
                cites=cite,
            )


def _excluded(dossier: Dossier, reached: set[str]) -> Iterator[Scoped]:
    # On the investigators' word alone, and not before any time that an exhibit states: excluding
    # wrongly is worse than leaving open, and exhibits are written by the poster.
    end_s = max((dossier.post.posted_at_s, *dossier.post.times)) if dossier.posted_known else 0
    versions = {match.version for one in dossier.findings for match in one.finding.matches}
    for copy in dossier.copies:
        late = end_s and copy.issued_at_s > end_s
        if late and copy.copy not in reached and copy.version in versions:
            yield Scoped(
                kind="copy",
                id=copy.copy,
                why="It was issued after the post.",
                unseen="Rests on the time of the post and on our own clock.",
                cites=(Cite(entry=copy.entry),),
            )
    if not _all_named(dossier):
        return  # something came out that no copy explains: so may anything else
    released = {copy.asset for copy in dossier.copies} | dossier.requested
    matched = {match.asset for one in dossier.findings for match in one.finding.matches}
    for version, (asset, entry) in dossier.protected.items():
        if asset not in released | matched | dossier.exposed:
            yield Scoped(
                kind="version",
                id=version,
                why="It was never released: no copy, no request, no session on record.",
                unseen="Rests on the record being complete and on no single key opening it.",
                cites=(Cite(entry=entry),),
            )


def _all_named(dossier: Dossier) -> bool:
    """Whether every leak among the findings is explained by a copy that it names."""
    return all(
        any(copy.named for copy in one.finding.copies)
        for one in dossier.findings
        if one.finding.verdict is Verdict.LEAK
    )


def _others(
    dossier: Dossier, affirmed: Sequence[Scoped], seen: set[str], unlisted: int
) -> Iterator[Scoped]:
    """Copies of the same versions for which nothing speaks, and nothing excludes them."""
    for item in affirmed:
        if item.kind != "version":
            continue
        count = sum(
            1 for copy in dossier.copies if copy.version == item.id and copy.copy not in seen
        )
        if count + unlisted:
            yield Scoped(
                kind="others",
                id=item.id,
                why="Other copies of the version: no sign of them, and nothing that excludes them.",
                unseen="What their holders did with them.",
                cites=item.cites,
                reach="weak",
                count=count + unlisted,
            )
