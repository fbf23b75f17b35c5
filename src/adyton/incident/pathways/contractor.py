"""The holder works for somebody else, or for us on contract, and it went out through them."""

from adyton.incident.pathways.look import Look, Pathway
from adyton.incident.records import Cite, Evidence, Holder, Side
from adyton.terms import Channel, Employment, OrgKind


def examine(look: Look) -> tuple[Evidence, ...]:
    """How the holder is employed, and how the copy was handed over."""
    holder = look.holder
    if holder is None:
        return (look.missing("holder_unknown", "The copy's recipient is not on record."),)
    cites = [Cite(entry=holder.entry), look.issue()]
    name, text = _standing(holder)
    found = look.weighed(name, text, cites, milli=_weight(look, name))
    if found.side is Side.AGAINST:
        return (found,)
    return (found, _hand_over(look), *look.own_acts(), _inside(look))


def _standing(holder: Holder) -> tuple[str, str]:
    """How the holder stands to us, as the name of the evidence and its words."""
    if holder.employment is Employment.SERVICE:
        return "holder_is_service", "The recipient is a service, not a person."
    if holder.employment is Employment.CONTRACTOR:
        return "holder_is_contractor", "The holder is a contractor."
    if holder.employment is Employment.PARTNER or holder.org_kind is not OrgKind.OWNER:
        return "holder_in_other_org", "The holder works for another organisation."
    return "holder_is_own_employee", "The holder is our own employee."


def _weight(look: Look, name: str) -> int:
    """Being a contractor tells less where most holders of the version are."""
    if look.weights[name] < 0:
        return look.weights[name]
    people = {
        copy.recipient
        for copy in look.dossier.copies
        if copy.version == look.copy.version and copy.recipient != look.copy.recipient
    }
    others = [one for person in people if (one := look.dossier.holders.get(person))]
    alike = sum(1 for one in others if look.weights[_standing(one)[0]] > 0)
    return look.rarity(name, alike=alike, others=len(others))


def _hand_over(look: Look) -> Evidence:
    if look.copy.channel in {Channel.DIRECT, Channel.CHECKOUT, Channel.ANSWER}:
        text = "The copy went to the holder directly."
        return look.weighed("handed_direct", text, [look.issue()])
    text = f"The copy was handed over another way ({look.copy.channel.value})."
    return look.weighed("handed_otherwise", text, [look.issue()])


def _inside(look: Look) -> Evidence:
    text = "What happens inside the contractor's or partner's own systems is in no log of ours."
    return look.missing("partner_logs", text)


PATHWAY = Pathway(
    id="contractor",
    name="Contractor or partner",
    unseen="Sharing inside the contractor's or partner's own environment.",
    examine=examine,
)
