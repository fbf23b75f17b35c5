"""What every pathway is handed: the dossier, one suspect copy, its stretch, its weights."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from adyton.incident.ownacts import own_acts
from adyton.incident.records import PPM, Cite, CopyHeld, Dossier, Evidence, Holder, Side

MILLI: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One pathway looking at one copy. The stretch runs from its issue to the post."""

    dossier: Dossier
    copy: CopyHeld
    weights: Mapping[str, int]

    @property
    def start_s(self) -> int:
        """When the copy was issued: nothing earlier can have carried it out."""
        return self.copy.issued_at_s

    @property
    def end_s(self) -> int:
        """When it was posted: nothing later can have carried it out."""
        return self.dossier.posted_by_s()

    @property
    def holder(self) -> Holder | None:
        """The copy's recipient, where the registry knows them."""
        return self.dossier.holders.get(self.copy.recipient)

    def weighed(
        self, name: str, text: str, cites: Iterable[Cite], *, milli: int | None = None
    ) -> Evidence:
        """Evidence with its weight (from the table unless given), on the side of its sign."""
        weight = self.weights[name] if milli is None else milli
        side = Side.FOR if weight > 0 else Side.AGAINST
        return Evidence(name=name, side=side, text=text, weight_milli=weight, cites=tuple(cites))

    def missing(self, name: str, text: str) -> Evidence:
        """Something that could have been looked at and was not there: it weighs nothing."""
        return Evidence(
            name=name, side=Side.MISSING, text=text, cites=(Cite(entry=self.dossier.case_entry),)
        )

    def issue(self) -> Cite:
        """The fact by which the copy was issued."""
        return Cite(entry=self.copy.entry)

    def logs(self, kind: str) -> tuple[Cite, ...]:
        """The imports of the logs of a kind."""
        sources = self.dossier.sources
        return tuple(Cite(entry=source.entry) for source in sources if source.kind == kind)

    def share(self, kind: str) -> int:
        """How much of the stretch the logs of a kind claim to hold, in ppm."""
        return self.dossier.covered_ppm(kind, self.start_s, self.end_s)

    def rarity(self, name: str, *, alike: int, others: int) -> int:
        """The weight of a trait that `alike` of `others` comparable people share.

        What everybody is tells nothing; what nobody else is tells up to the table's weight. Half
        a person is added on each side, as few people are a poor sample.
        """
        most = self.weights[name]
        if not others:
            return most
        share = (alike + 0.5) / (others + 1)
        return max(1, min(most, round(-MILLI * math.log10(share))))

    def own_acts(self) -> tuple[Evidence, ...]:
        """The holder's own opening of the copy, once however often they did it."""
        acts = tuple(own_acts(self.dossier, self.copy))
        cites = [row.cite for pair in acts[:3] for row in pair]
        text = "The holder's own account, from a passkey session, opened the copy to others."
        return (self.weighed("own_act", text, cites),) if acts else ()

    def quiet(self, name: str, text: str, kind: str) -> Evidence:
        """Nothing was seen: that weighs as much as the logs cover of the stretch."""
        milli = self.weights[name] * self.share(kind) // PPM
        return self.weighed(name, text, self.logs(kind), milli=min(milli, -1))


Examine = Callable[[Look], tuple[Evidence, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pathway:
    """A way out: its id, its name for people, what no log of ours can show of it."""

    id: str
    name: str
    unseen: str
    examine: Examine
