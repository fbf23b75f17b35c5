"""The copy was packed for somebody, and the pack was passed on."""

from adyton.incident.pathways.look import Look, Pathway
from adyton.incident.records import Cite, Evidence
from adyton.terms import Channel


def examine(look: Look) -> tuple[Evidence, ...]:
    """Whether the copy was handed over as an archive, and what the post says of its way."""
    post = look.dossier.post
    case = [Cite(entry=look.dossier.case_entry)]
    as_archive = look.copy.channel is Channel.ARCHIVE
    found: list[Evidence] = []
    if as_archive:
        text = "The copy was handed over as an archive."
        found.append(look.weighed("handed_as_archive", text, [look.issue()]))
    else:
        text = "The copy was not handed over as an archive."
        found.append(look.weighed("not_handed_as_archive", text, [look.issue()]))
    if post.forwards:
        name = "forwarded" if as_archive else "forwarded_weak"
        text = "The post says of itself that it was forwarded."
        found.append(look.weighed(name, text, case))
    if as_archive and _named_alike(look):
        text = "A member of the posted archive bears the name of the handed-over file."
        found.append(look.weighed("member_named_as_copy", text, case))
    elif as_archive and post.members:
        text = "The post came as an archive."
        found.append(look.weighed("posted_as_archive", text, case))
    if as_archive and not post.forwards and not post.members:
        text = "The post itself shows no trace of a forward or an archive."
        found.append(look.weighed("no_trace", text, case))
    hop = "Who passed the archive on, and where it was unpacked, is in no log of ours."
    return (*found, look.missing("second_hop", hop))


def _named_alike(look: Look) -> bool:
    """True where an archive member has the file name under which the copy was handed over."""
    name = look.copy.place.rsplit("/", 1)[-1]
    stem = name.rsplit(".", 1)[0]
    members = {member.rsplit("/", 1)[-1] for member in look.dossier.post.members}
    return bool(name) and (name in members or stem in {m.rsplit(".", 1)[0] for m in members})


PATHWAY = Pathway(
    id="forwarded_archive",
    name="Forwarded archive",
    unseen="The forward itself, the unpacking, any second hop.",
    examine=examine,
)
