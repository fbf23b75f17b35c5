"""Truth and answer side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from adyton.drill.truth import Case, Truth

ACCUSE = "accuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """What was right. `copy` and `pathway` are None where nothing was to be said of them."""

    verdict: bool
    copy: bool | None
    pathway: bool | None
    accused_innocent: bool
    accused: int

    def as_json(self) -> dict[str, object]:
        """For the demo's answer."""
        return asdict(self)


def score(truth: Truth, answer: Mapping[str, object]) -> Right:
    """What of `answer` (verdict, copies, persons, pathways) is right."""
    named = [str(one["id"]) for one in listed(answer, "copies") if one.get("named", True)]
    accused = [str(one["id"]) for one in listed(answer, "persons") if one.get("tier") == ACCUSE]
    return Right(
        verdict=answer.get("verdict") in right_verdicts(truth),
        copy=right_copy(truth, named),
        pathway=right_pathway(truth, answer),
        accused_innocent=bool(set(accused) - set(truth.persons)),
        accused=len(accused),
    )


def right_verdicts(truth: Truth) -> set[str]:
    """The verdicts that are right; `unsure` is, where the post does not hold enough."""
    too_little = {"unsure"} if truth.copies and not truth.nameable else set()
    return {truth.verdict, *truth.also_right, *too_little}


def right_copy(truth: Truth, named: Sequence[str]) -> bool | None:
    """Whether exactly the right copies are named.

    Naming none is right where there is none, and None where one might be named but need not.
    """
    if set(named) - set(truth.copies):
        return False
    if truth.nameable:
        return set(named) == set(truth.copies)
    return True if named or not truth.copies else None


def right_pathway(truth: Truth, answer: Mapping[str, object]) -> bool | None:
    """Whether the right pathway is the most likely one; None where there was none."""
    if not truth.pathway:
        return None
    ranked = sorted(listed(answer, "pathways"), key=likelihood, reverse=True)
    return bool(ranked) and ranked[0].get("id") == truth.pathway


def likelihood(pathway: Mapping[str, object]) -> float:
    """The probability that the answer gives a pathway."""
    return float(str(pathway.get("p", 0)))


def listed(answer: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    """A list of the answer; empty where it is missing."""
    value = answer.get(name)
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def wrong(truth: Truth, right: Right) -> bool:
    """Whether the answer as a whole was wrong.

    It is with a wrong verdict, a wrong copy, a wrong pathway where the post holds enough to tell,
    an innocent accused; in a case that is no plain leak, with anybody accused.
    """
    if right.accused_innocent or right.copy is False:
        return True
    if truth.case is not Case.LEAK and right.accused:
        return True
    told = truth.case is Case.LEAK and truth.nameable
    return not right.verdict or (told and right.pathway is False)
