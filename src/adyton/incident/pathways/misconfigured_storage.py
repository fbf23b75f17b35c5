"""The copy lay in a store that strangers could read."""

from adyton.incident.pathways.look import Look, Pathway
from adyton.incident.records import PPM, Cite, Evidence
from adyton.incident.stores import KIND, Traffic, traffic
from adyton.terms import Channel


def examine(look: Look) -> tuple[Evidence, ...]:
    """Where the copy lay, whether that place was open, and whether nobody-in-particular read it."""
    seen = traffic(look.dossier, look.copy, start_s=look.start_s, end_s=look.end_s)
    if look.copy.channel is not Channel.STORE and not seen.lies_here:
        text = "The copy was not laid in a store, and the store logs do not know it."
        return (look.weighed("not_in_store", text, [look.issue()]), *_missing(look))
    text = "The copy lay in an object store."
    found = [look.weighed("lay_in_store", text, [look.issue()])]
    found.extend(_opened(look, seen))
    if look.logs(KIND) and not seen.place_known:
        text = "The store logs hold no row of the place where the copy lay: perhaps of others only."
        found.append(look.missing("place_not_in_log", text))
    elif not (seen.anonymous or seen.opened or seen.links) and look.share(KIND):
        text = "The store log shows neither a stranger's read of it nor a change to public."
        found.append(look.quiet("quiet_store", text, KIND))
    if seen.turned_away:
        text = "Strangers asked for it and were turned away; a scanner looks like this."
        found.append(look.weighed("turned_away", text, [row.cite for row in seen.turned_away[:5]]))
    found.extend(_named_in_post(look))
    return (*found, *_aside(look, seen), *_missing(look))


def _opened(look: Look, seen: Traffic) -> list[Evidence]:
    found: list[Evidence] = []
    if seen.anonymous:
        text = (
            f"It was read {len(seen.anonymous)} times without any sign-in between issue and post."
        )
        cites = [row.cite for row in seen.anonymous[:5]]
        found.append(look.weighed("read_anonymously", text, cites))
    if seen.opened:
        text = "Its place was public between issue and post."
        found.append(look.weighed("made_public", text, [row.cite for row in seen.opened[:5]]))
    if seen.links:
        text = "A link was made that opens it to whoever has the link."
        found.append(look.weighed("link_made", text, [row.cite for row in seen.links[:5]]))
    return found


def _named_in_post(look: Look) -> list[Evidence]:
    for url in look.dossier.post.places:
        path = url.split("://", 1)[-1].split("?", 1)[0]
        place = look.copy.place.strip("/")
        if place and (path == place or path.endswith("/" + place)):
            text = (
                "The post links to the place where the copy lay (the poster may have planted it)."
            )
            return [look.weighed("url_in_post", text, [Cite(entry=look.dossier.case_entry)])]
    return []


def _aside(look: Look, seen: Traffic) -> list[Evidence]:
    """What looks like evidence and is not: said, with no weight."""
    found: list[Evidence] = []
    if seen.outside:
        text = "Strangers read it before it was issued to this holder or after the post only."
        if not seen.anonymous:
            cites = [row.cite for row in seen.outside[:5]]
            found.append(look.weighed("reads_outside", text, cites, milli=0))
    if seen.elsewhere and not seen.anonymous:
        text = "Strangers read other objects of the store; that says nothing of this one."
        cites = [row.cite for row in seen.elsewhere[:5]]
        found.append(look.weighed("reads_elsewhere", text, cites, milli=0))
    return found


def _missing(look: Look) -> tuple[Evidence, ...]:
    share = look.share(KIND)
    if not look.logs(KIND):
        text = "No store log was imported: a stranger's read could not have been seen."
        return (look.missing("no_store_log", text),)
    if share < PPM:
        text = f"The store logs cover {share // 10_000} % of the time from issue to post."
        return (look.missing("store_log_gap", text),)
    return ()


PATHWAY = Pathway(
    id="misconfigured_storage",
    name="Misconfigured storage",
    unseen="Reads before logging was on; links signed outside the log; copies already fetched.",
    examine=examine,
)
