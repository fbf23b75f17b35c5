"""From copy to holder: who is connected, how strongly, and what stands against saying more.

The caller's duties: the case is open, has a purpose and a second person (they are checked here
again). Nobody is accused by software: `accuse` is at most *proposed*, and stands only after two
people signed and the person's reply is on record.

1. Only named copies lead to holders.
2. A holder is a lead unless the likeliest pathway did not run through their own act.
3. Every sign of framing, of another's hand, or of a log that could not have shown it is listed.
4. Proposed is who has a strong mark *and* a row of a log out of the poster's reach that shows
   their own act, no sign of 3, and no other pathway above its limit.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from adyton.incident import accounts, stores
from adyton.incident.ownacts import own_acts
from adyton.incident.pathways import PathwayRanked
from adyton.incident.records import PPM, Cite, CopyHeld, Dossier, Holder, cited
from adyton.terms import Employment, Json, PersonId, PersonTier, Refused, Tier, Verdict

OTHER_PATHWAY_PPM: Final = 200_000
"""No other pathway may be likelier than this where a person is proposed."""
NOT_THEIR_ACT_PPM: Final = 500_000
"""From here a pathway that runs past the holder makes the holder no lead."""
OWN_ACT: Final = frozenset({"contractor", "broad_permissions"})
PAST_THE_HOLDER: Final = frozenset(
    {
        "compromised_account",
        "misconfigured_storage",
        "third_party_logging",
    }
)
SIGNATURES: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One thing that stands for or against naming a person."""

    name: str
    text: str
    cites: tuple[Cite, ...]

    def as_json(self) -> dict[str, Json]:
        """The sign as it stands in reports."""
        return {"name": self.name, "text": self.text, **cited(self.cites)}


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonWeighed:
    """A holder: their tier now, whether `accuse` is proposed, what stands for and against."""

    person: PersonId
    tier: Tier
    proposed: bool
    copies: tuple[str, ...]
    grounds: tuple[Sign, ...]
    doubts: tuple[Sign, ...]

    def as_term(self) -> PersonTier:
        """The finding about a person as other parts know it."""
        names = tuple(sign.name for sign in self.grounds)
        return PersonTier(person=self.person, tier=self.tier, evidence=names)

    def as_json(self) -> dict[str, Json]:
        """The finding as it stands in the assessment."""
        return {
            "id": self.person,
            "tier": self.tier.value,
            "proposed": self.proposed,
            "copies": list(self.copies),
            "grounds": [sign.as_json() for sign in self.grounds],
            "doubts": [sign.as_json() for sign in self.doubts],
        }


def weigh_persons(
    dossier: Dossier, ranked: Sequence[PathwayRanked], *, case: Mapping[str, Json]
) -> tuple[PersonWeighed, ...]:
    """The holders of named copies. Raises Refused where the case may not ask for holders."""
    check_case(case)
    if dossier.basis != "named":
        return ()
    people = dict.fromkeys(copy.recipient for copy in dossier.suspects)
    return tuple(_weigh(dossier, ranked, person) for person in people)


def check_case(case: Mapping[str, Json]) -> None:
    """An open case with a purpose and a second person who is not the opener; else Refused."""
    second, opener = case.get("second"), case.get("by")
    if case.get("status") != "open" or not case.get("purpose"):
        raise Refused("holders are told in an open case with a purpose only")
    if not second or second == opener:
        raise Refused("holders are told to two people together", mend="name a second person")


def settle_tier(
    weighed: Mapping[str, Json], *, signed_by: Sequence[str], replied: bool
) -> Mapping[str, Json]:
    """A person's finding after people have spoken: two signatures by others, and their reply."""
    signers = {person for person in signed_by if person != weighed["id"]}
    settled = dict(weighed, signed_by=sorted(signers), replied=replied)
    if weighed["proposed"] is True and replied and len(signers) >= SIGNATURES:
        settled["tier"] = Tier.ACCUSE.value
    return settled


def _weigh(dossier: Dossier, ranked: Sequence[PathwayRanked], person: PersonId) -> PersonWeighed:
    copies = [copy for copy in dossier.suspects if copy.recipient == person]
    holder = dossier.holders.get(person)
    grounds = [*_marks(copies, dossier)]
    doubts = [*_pathway_doubts(ranked, dossier)]
    for copy in copies:
        doubts.extend(_copy_doubts(dossier, copy))
        if holder is not None:
            doubts.extend(_account_doubts(dossier, copy, holder))
            grounds.extend(_own_acts(dossier, copy))
    if holder is None or holder.employment is Employment.SERVICE:
        text = "The recipient is a service or not on record; a service acts for many."
        doubts.append(Sign(name="not_a_person", text=text, cites=_cites(copies)))
    kinds = {sign.name for sign in grounds}
    proposed = {"strong_mark", "own_act"} <= kinds and not doubts
    return PersonWeighed(
        person=person,
        tier=_tier(ranked, holder),
        proposed=proposed,
        copies=tuple(copy.copy for copy in copies),
        grounds=tuple(dict.fromkeys(grounds)),
        doubts=tuple(dict.fromkeys(doubts)),
    )


def _tier(ranked: Sequence[PathwayRanked], holder: Holder | None) -> Tier:
    top = ranked[0]
    past = top.id in PAST_THE_HOLDER and top.ppm >= NOT_THEIR_ACT_PPM
    if past or holder is None or holder.employment is Employment.SERVICE:
        return Tier.NONE
    return Tier.LEAD


def _cites(copies: Sequence[CopyHeld]) -> tuple[Cite, ...]:
    return tuple(Cite(entry=copy.entry) for copy in copies)


def _marks(copies: Sequence[CopyHeld], dossier: Dossier) -> Iterator[Sign]:
    entries = {
        named.copy: (one.entry, named.weak)
        for one in dossier.findings
        if one.finding.verdict is Verdict.LEAK
        for named in one.finding.copies
        if named.named
    }
    for copy in copies:
        entry, weak = entries.get(copy.copy, (copy.entry, True))
        name = "weak_mark" if weak or copy.weak else "strong_mark"
        text = "The mark of a copy issued to this person stands in the exhibit."
        yield Sign(name=name, text=text, cites=(Cite(entry=entry), Cite(entry=copy.entry)))


def _own_acts(dossier: Dossier, copy: CopyHeld) -> Iterator[Sign]:
    for row, entrance in own_acts(dossier, copy):
        text = "The person's own account, from a passkey session, opened the copy to others."
        yield Sign(name="own_act", text=text, cites=(row.cite, entrance.cite))


def _pathway_doubts(ranked: Sequence[PathwayRanked], dossier: Dossier) -> Iterator[Sign]:
    case = (Cite(entry=dossier.case_entry),)
    if ranked[0].id not in OWN_ACT:
        text = f"The likeliest way out is not the person's own act ({ranked[0].id})."
        yield Sign(name="other_way_first", text=text, cites=case)
    for pathway in ranked[1:]:
        if pathway.ppm > OTHER_PATHWAY_PPM:
            text = f"Another way out is too likely to set aside ({pathway.id})."
            yield Sign(name="other_way_open", text=text, cites=case)
    if len(dossier.suspects) > 1:
        text = "More than one copy is named; who gave what is open."
        yield Sign(name="several_copies", text=text, cites=_cites(dossier.suspects))
    for one in dossier.findings:
        reasons = " ".join(one.finding.reasons).lower()
        if one.finding.verdict is Verdict.FORGED or "disagree" in reasons or "tamper" in reasons:
            text = "The layers of the exhibit disagree: a mark may have been transplanted."
            yield Sign(name="layers_disagree", text=text, cites=(Cite(entry=one.entry),))


def _copy_doubts(dossier: Dossier, copy: CopyHeld) -> Iterator[Sign]:
    cite = (Cite(entry=copy.entry),)
    if copy.weak:
        text = "Only the mark of a model answer: its keys are online, it never lifts a person."
        yield Sign(name="answer_mark_only", text=text, cites=cite)
    elif not copy.acknowledged_at_s:
        text = "The recipient never acknowledged this copy; it may have been issued in their name."
        yield Sign(name="unacknowledged", text=text, cites=cite)
    if copy.issued_at_s > dossier.posted_by_s():
        text = "The copy was issued after the post."
        yield Sign(name="issued_after_post", text=text, cites=cite)
    again = [
        other
        for other in dossier.copies
        if other.version == copy.version and other.recipient == copy.recipient
        if other.copy != copy.copy and other.version is not None
    ]
    if again:
        text = "The same version was issued to this person more than once."
        yield Sign(name="issued_again", text=text, cites=_cites(again))
    seen = stores.traffic(dossier, copy, start_s=copy.issued_at_s, end_s=dossier.surely_by_s())
    readers = (*seen.others, *seen.anonymous, *seen.opened)
    if readers:
        text = "Others could read, or did read, the place where the copy lay."
        yield Sign(
            name="place_open_to_others", text=text, cites=tuple(row.cite for row in readers[:5])
        )
    yield from _acts_from_elsewhere(dossier, copy, seen)


def _acts_from_elsewhere(dossier: Dossier, copy: CopyHeld, seen: stores.Traffic) -> Iterator[Sign]:
    """Acts of the login from where the person never signed in themselves: a stolen session."""
    holder = dossier.holders.get(copy.recipient)
    known = {
        row.address
        for row in dossier.rows(accounts.KIND)
        if holder and row.actor == holder.login and row.mfa == "passkey" and accounts.entered(row)
    }
    foreign = [row for row in seen.own if not row.address or row.address not in known]
    if foreign:
        text = "The login touched the copy from where the person never signed in with a passkey."
        cites = tuple(row.cite for row in foreign[:3])
        yield Sign(name="acts_from_elsewhere", text=text, cites=cites)


def _account_doubts(dossier: Dossier, copy: CopyHeld, holder: Holder) -> Iterator[Sign]:
    case = (Cite(entry=dossier.case_entry),)
    start_s, end_s = copy.issued_at_s, dossier.surely_by_s()
    for kind, what in ((accounts.KIND, "sign-in"), (stores.KIND, "store")):
        if dossier.covered_ppm(kind, start_s, end_s) < PPM:
            text = f"The {what} logs do not cover the whole time: another's hand may be unseen."
            yield Sign(name=f"{kind}_not_covered", text=text, cites=case)
        lame = [one for one in dossier.sources if one.kind == kind and one.malformed]
        if lame:
            text = f"Lines of the {what} logs could not be read: another's hand may be in them."
            cites = tuple(Cite(entry=one.entry) for one in lame)
            yield Sign(name=f"{kind}_lines_unread", text=text, cites=cites)
    namesakes = [
        other
        for other in dossier.holders.values()
        if other.login == holder.login and other.person != holder.person
    ]
    if namesakes:
        text = "Somebody else has or had the same login: rows of the logs may be theirs."
        cites = tuple(Cite(entry=other.entry) for other in namesakes)
        yield Sign(name="login_used_twice", text=text, cites=cites)
    rows = dossier.rows(accounts.KIND)
    strange = accounts.strange_signins(rows, login=holder.login, start_s=0, end_s=end_s)
    if strange:
        cites = tuple(cite for one in strange[:3] for cite in one.cites)
        text = "The account shows sign-ins that may not be the person's."
        yield Sign(name="account_takeover_signs", text=text, cites=cites)
    shared = accounts.shared_devices(rows, login=holder.login)
    if shared:
        text = "Other people sign in from the same device."
        cites = tuple(row.cite for row in shared[:3])
        yield Sign(name="shared_device", text=text, cites=cites)
    clients = {
        (other.credential, other.client)
        for other in dossier.copies
        if other.recipient == holder.person and other.credential and other.client
    }
    if len(clients) > len({credential for credential, _ in clients}):
        text = "One credential of the person is used from several clients."
        yield Sign(name="shared_credential", text=text, cites=case)
