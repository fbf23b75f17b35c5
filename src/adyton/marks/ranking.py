"""Ranks registered copies against a blind reading and proves who may be named.

For a copy that was no source, its wordings and details are independent of what was read. So the
chance that it scores as high as it does is an exact tail; times the number of suspects, times
the number of readings tried, it bounds the chance that *any* innocent copy is named.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from adyton.marks.code import code_bit, fact_value, pilot_values, slot_biases
from adyton.marks.reader import Reading
from adyton.marks.tails import FACT_WEIGHT, binomial_at_most, log10_milli_up, score_tail
from adyton.terms import CopyId, CopyNamed, Malformed, Secret, VersionId

# Naming nobody, list few and only what is unlikely by chance: a list of innocents is harm.
LISTED_MAX = 5
LISTED_BOUND = Fraction(1, 10)
# A source's copy agrees in nine slots of ten or more, save one reading in a hundred; a copy that
# details point to must pass this, or they may have been taken from it and put into another.
_AGREES_AT_LEAST = Fraction(9, 10)
_DOUBT = Fraction(1, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one copy fits: in wordings, in details, in both, with the exact chance for each."""

    copy: CopyId
    agreements: int
    fact_hits: int
    bound: Fraction
    code_bound: Fraction
    fact_bound: Fraction
    plausible: bool  # the wordings do not speak against it


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """All that the mark says. `copies` is what may be shown; `standings` are best first.

    `by_code`, `by_facts`: copies that wordings alone, details alone point to within ε.
    `slots_read` counts code slots, without pilots.
    `foreign_facts`: details read that no registered copy has. `permitted` is false when the budget
    did not allow naming.
    """

    copies: tuple[CopyNamed, ...]
    standings: tuple[Standing, ...]
    by_code: tuple[CopyId, ...]
    by_facts: tuple[CopyId, ...]
    foreign_facts: int
    slots_read: int
    pilots_read: int
    pilots_agreeing: int
    permitted: bool

    @property
    def named(self) -> tuple[CopyId, ...]:
        """The copies that are named."""
        return tuple(copy.copy for copy in self.copies if copy.named)

    @property
    def layers_disagree(self) -> bool:
        """Whether details point to a copy that wordings speak against, or point elsewhere."""
        against = {item.copy for item in self.standings if not item.plausible}
        if against.intersection(self.by_facts).difference(self.by_code):
            return True
        return bool(self.by_code) and not set(self.by_facts) <= set(self.by_code)


def rank_copies(
    reading: Reading,
    *,
    key: Secret[bytes],
    version: VersionId,
    copies: Sequence[CopyId],
    epsilon: Fraction,
    tries: int = 1,
    permitted: Callable[[], bool] = lambda: True,
) -> Ranking:
    """The registered copies against a reading made before this call.

    `copies` are all suspects, `tries` all readings of this question. `permitted` is asked
    once, before anything is ranked: it spends the budget and says whether it sufficed (a question
    costs its chance of a wrong name whether or not it names anybody).
    """
    if tries < 1 or not 0 < epsilon < 1:
        raise Malformed("tries or epsilon of a ranking", mend="tries from 1, epsilon in (0, 1)")
    allowed = permitted()
    scale = Fraction(len(set(copies)) * tries)
    code = _code_of(reading, key, version)
    standings = _standings(reading, code, tuple(dict.fromkeys(copies)), scale)
    within = {item.copy for item in standings if _may_name(item, epsilon)}
    return Ranking(
        copies=_shown(len(code.read), standings, within if allowed else set()),
        standings=standings,
        by_code=tuple(item.copy for item in standings if item.code_bound <= epsilon),
        by_facts=tuple(item.copy for item in standings if item.fact_bound <= epsilon),
        foreign_facts=_foreign_facts(reading, code, copies),
        slots_read=len(code.read),
        pilots_read=sum(reading.symbols[slot] is not None for slot in code.pilots),
        pilots_agreeing=sum(reading.symbols[slot] == value for slot, value in code.pilots.items()),
        permitted=allowed,
    )


def _may_name(item: Standing, epsilon: Fraction) -> bool:
    # Details are few and easy to transplant: alone they name only what wordings do not deny.
    return item.bound <= epsilon and (item.plausible or item.code_bound <= epsilon)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Code:
    """The code of a version, and what was read in its code slots."""

    key: Secret[bytes]
    version: VersionId
    pilots: dict[int, int]
    biases: dict[int, Fraction]
    read: dict[int, int]

    def agreements(self, copy: CopyId) -> int:
        """In how many slots that were read a copy has what was read."""
        return sum(
            symbol
            == code_bit(
                self.key, version=self.version, copy=copy, slot=slot, bias=self.biases[slot]
            )
            for slot, symbol in self.read.items()
        )

    def has_fact(self, copy: CopyId, slot: int, values: tuple[int, ...]) -> bool:
        """Whether a copy has one of these values in a fact slot."""
        return fact_value(self.key, version=self.version, copy=copy, slot=slot) in values


def _code_of(reading: Reading, key: Secret[bytes], version: VersionId) -> _Code:
    choices = len(reading.symbols)
    pilots = pilot_values(key, version=version, choices=choices, pilots=reading.pilots)
    slots = [slot for slot in range(choices) if slot not in pilots]
    return _Code(
        key=key,
        version=version,
        pilots=pilots,
        biases=slot_biases(key, version=version, slots=slots),
        read={slot: symbol for slot in slots if (symbol := reading.symbols[slot]) is not None},
    )


def _standings(
    reading: Reading, code: _Code, copies: Sequence[CopyId], scale: Fraction
) -> tuple[Standing, ...]:
    sizes = tuple(len(values) for values in reading.facts if values)
    both, wordings, details = (
        score_tail(len(code.read), sizes),
        score_tail(len(code.read), ()),
        score_tail(0, sizes),
    )
    standings: list[Standing] = []
    for copy in copies:
        agreements = code.agreements(copy)
        hits = sum(code.has_fact(copy, slot, values) for slot, values in enumerate(reading.facts))
        odds = binomial_at_most(len(code.read), agreements, _AGREES_AT_LEAST)
        standings.append(
            Standing(
                copy=copy,
                agreements=agreements,
                fact_hits=hits,
                bound=scale * both[agreements + FACT_WEIGHT * hits],
                code_bound=scale * wordings[agreements],
                fact_bound=scale * details[FACT_WEIGHT * hits],
                plausible=odds >= _DOUBT,
            )
        )
    return tuple(sorted(standings, key=lambda item: (item.bound, item.copy)))


def _shown(
    slots_read: int, standings: Sequence[Standing], named: set[CopyId]
) -> tuple[CopyNamed, ...]:
    worth = [item for item in standings if item.copy in named]
    if not worth:
        worth = [item for item in standings if item.bound <= LISTED_BOUND][:LISTED_MAX]
    return tuple(
        CopyNamed(
            copy=item.copy,
            log10_bound_milli=log10_milli_up(item.bound),
            named=item.copy in named,
            weak=False,
            slots_read=slots_read,
            agreements=item.agreements,
        )
        for item in worth
    )


def _foreign_facts(reading: Reading, code: _Code, copies: Sequence[CopyId]) -> int:
    return sum(
        bool(values) and not any(code.has_fact(copy, slot, values) for copy in copies)
        for slot, values in enumerate(reading.facts)
    )
