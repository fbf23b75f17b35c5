"""How long bodies are kept: classes of facts, months, and what is due now.

Bodies are erased by their key, and a key is of one subject and month, whatever the facts under it.
So a subject's month is due only when every class that has a body there is past its time: what is
kept longer keeps the rest. Nothing here erases; each erasure is a fact of its own.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from adyton.assembly.config import Retention
from adyton.ledger import holding
from adyton.ledger.upkeep import Covered
from adyton.terms import State

_MONTHS = 12
OTHER = "other"
CLASSES: Mapping[str, str] = {
    **dict.fromkeys(("answer", "request", "models", "review", "model"), "use"),
    **dict.fromkeys(
        (
            "person",
            "organisation",
            "credential",
            "approver",
            "entitlement",
            "lock",
            "compartment",
            "hold",
        ),
        "access",
    ),
    **dict.fromkeys(
        (
            "case",
            "exhibit",
            "question",
            "reply",
            "action",
            "finding",
            "trace",
            "signal",
            "exposure",
            "sweep",
        ),
        "case",
    ),
    "source": "source",
}
"""Class by the noun of a fact's type; what is not here is `other`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A subject's month that is past its time; `held` names the holds on it."""

    subject: str
    month: str
    bodies: int
    classes: tuple[str, ...]
    held: tuple[str, ...]


def class_of(kind: str) -> str:
    """The class of a type of fact."""
    return CLASSES.get(kind.partition(".")[0], OTHER)


def due(
    covered: Iterable[Covered], settings: Retention, state: State, *, month_now: str
) -> Iterator[Due]:
    """What is past its time in the month `YYYY-MM`."""
    months = {
        "use": settings.use_months,
        "access": settings.access_months,
        "case": settings.case_months,
        "source": settings.source_months,
        OTHER: settings.other_months,
    }
    for one in covered:
        classes = tuple(sorted({class_of(kind) for kind in one.types}))
        age = _number(month_now) - _number(one.month)
        if all(months[name] and age > months[name] for name in classes):
            yield Due(
                subject=one.subject,
                month=one.month,
                bodies=one.bodies,
                classes=classes,
                held=tuple(holding.on(state, one.subject, one.month)),
            )


def _number(month: str) -> int:
    year, _, number = month.partition("-")
    return int(year) * _MONTHS + int(number)
