"""The holder could read it only because a right was wider than the work."""

from collections import Counter
from collections.abc import Iterable

from adyton.incident.pathways.look import Look, Pathway
from adyton.incident.records import Cite, Evidence, Holder, Right
from adyton.terms import Channel, Employment, PersonId

EVERYDAY_COPIES = 3
"""From so many earlier copies on, a habit can be told."""


def examine(look: Look) -> tuple[Evidence, ...]:
    """The right on which the copy rested, against the holder's team, employment and habits."""
    holder = look.holder
    if holder is None:
        return (look.missing("holder_unknown", "The copy's recipient is not on record."),)
    cites = [Cite(entry=holder.entry)]
    if holder.employment is Employment.SERVICE:
        text = "The recipient is a service, not a person."
        return (look.weighed("holder_is_service", text, cites),)
    found = [*_right(look, holder)]
    if holder.employment is Employment.EMPLOYEE:
        found.append(look.weighed("holder_is_employee", "The holder is an employee.", cites))
    else:
        text = "The holder is no employee; their way out is weighed apart."
        found.append(look.weighed("holder_is_contractor", text, cites))
    found.append(_hand_over(look))
    found.extend(_habit(look))
    found.extend(look.own_acts())
    return (*found, look.missing("purpose", "What the reading was for is in no log."))


def _rights(look: Look, *, person: PersonId | None = None) -> tuple[Right, ...]:
    """A person's (the holder's) rights that reached this copy's asset when it was issued."""
    copy = look.copy
    return tuple(
        right
        for right in look.dossier.rights
        if right.person == (person or copy.recipient)
        and right.compartment == copy.compartment
        and right.asset in {"", copy.asset}
        and right.act in {"read", "checkout", "infer"}
        and right.holds_at(copy.issued_at_s)
    )


def _weight(look: Look) -> int:
    """A broad right tells less where most people who reach the asset have nothing else."""
    reach = [_rights(look, person=person) for person in _others(look)]
    alike = sum(1 for rights in reach if rights and all(right.broad for right in rights))
    return look.rarity("broad_right", alike=alike, others=sum(1 for rights in reach if rights))


def _others(look: Look) -> tuple[PersonId, ...]:
    """Everybody else with a right in the copy's compartment."""
    found = (
        right.person
        for right in look.dossier.rights
        if right.compartment == look.copy.compartment and right.person != look.copy.recipient
    )
    return tuple(dict.fromkeys(found))


def _right(look: Look, holder: Holder) -> Iterable[Evidence]:
    rights = _rights(look)
    broad = [right for right in rights if right.broad]
    narrow = [right for right in rights if not right.broad]
    if broad and not narrow:
        text = "The access rested on a broad right alone."
        cites = [Cite(entry=right.entry) for right in broad]
        yield look.weighed("broad_right", text, cites, milli=_weight(look))
        yield from _outside_team(look, holder)
    elif narrow:
        text = "The access rested on a narrow right for this work."
        yield look.weighed("no_broad_right", text, [Cite(entry=right.entry) for right in narrow])
    else:
        text = "No right that gave this access is on record."
        yield look.weighed("no_right_known", text, [look.issue()])


def _outside_team(look: Look, holder: Holder) -> Iterable[Evidence]:
    """Those whose work it is: the teams with narrow rights here, else the team of most others."""
    here = [
        right
        for right in look.dossier.rights
        if right.compartment == look.copy.compartment and right.person != look.copy.recipient
    ]
    narrow = [right for right in here if not right.broad]
    working = narrow or here
    counts = Counter(
        other.team for right in working if (other := look.dossier.holders.get(right.person))
    )
    teams = {team for team, count in counts.items() if narrow or 2 * count > len(working)} - {""}
    if teams and holder.team not in teams:
        text = "The holder's team is none of those that work in this compartment."
        cites = [Cite(entry=holder.entry), *(Cite(entry=right.entry) for right in working[:5])]
        yield look.weighed("outside_team", text, cites)


def _hand_over(look: Look) -> Evidence:
    if look.copy.channel in {Channel.DIRECT, Channel.CHECKOUT, Channel.ANSWER}:
        text = "The copy went to the holder directly."
        return look.weighed("handed_direct", text, [look.issue()])
    text = f"The copy was handed over another way ({look.copy.channel.value})."
    return look.weighed("handed_otherwise", text, [look.issue()])


def _habit(look: Look) -> Iterable[Evidence]:
    """Reading many things of a compartment every day is work, however much it is."""
    earlier = [
        copy
        for copy in look.dossier.copies
        if copy.recipient == look.copy.recipient and copy.issued_at_s < look.copy.issued_at_s
    ]
    here = [copy for copy in earlier if copy.compartment == look.copy.compartment]
    if len(here) >= EVERYDAY_COPIES:
        text = "The holder reads this compartment all the time."
        yield look.weighed("everyday_reader", text, [Cite(entry=copy.entry) for copy in here[:5]])
    elif len(earlier) >= EVERYDAY_COPIES and not here:
        text = "The holder had never read in this compartment before."
        cites = [Cite(entry=copy.entry) for copy in earlier[:5]]
        yield look.weighed("novel_compartment", text, cites)


PATHWAY = Pathway(
    id="broad_permissions",
    name="Overly broad permissions",
    unseen="The purpose of the reading; the way from the holder's device to the world.",
    examine=examine,
)
