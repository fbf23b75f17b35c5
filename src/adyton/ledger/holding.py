"""Legal hold: what is held is not erased, neither by retention nor by hand, until the hold ends.

A hold names a subject of bodies (a person, a case, an asset …) or `*`, and a month or every month.
It looks at the key under which bodies are sealed: bodies about the same matter that are sealed
under another subject need a hold of their own.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from adyton.terms.errors import Malformed, Missing, Refused
from adyton.terms.facts import Entry, Fact, Json, Row, State

HOLD_ADDED = "hold.added"
HOLD_ENDED = "hold.ended"
HOLDS = "holds"
"""Table of holds that stand: key = hold, {subject, month, by}."""
ANY = "*"
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])", re.ASCII)
_SUBJECT = re.compile(r"[a-z0-9_-]{1,64}", re.ASCII)


def added(hold: str, *, subject: str, month: str, by: str, reason: str) -> Fact:
    """The fact that a hold begins. `month` "" is every month. Raises Malformed."""
    if subject != ANY and not _SUBJECT.fullmatch(subject):
        raise Malformed("a hold names no subject", mend="give its id, or * for everybody")
    if month and not _MONTH.fullmatch(month):
        raise Malformed("a hold names no month as YYYY-MM")
    if subject == ANY and not month:
        raise Malformed("a hold on everything for ever", mend="give a month for *")
    return Fact(
        type=HOLD_ADDED,
        subjects=() if subject == ANY else (subject,),
        public={"hold": hold, "subject": subject, "month": month, "by": by},
        body={"reason": reason},
        body_subject=hold,
    )


def ended(hold: str, *, by: str) -> Fact:
    """The fact that a hold ends."""
    return Fact(type=HOLD_ENDED, public={"hold": hold, "by": by})


def stands(hold: str) -> Callable[[State], None]:
    """A guard that raises Missing unless the hold stands."""

    def guard(state: State) -> None:
        if state.get(HOLDS, hold) is None:
            raise Missing("no such hold stands")

    return guard


def project(entry: Entry, _state: State) -> Iterable[Row]:
    """The row of a hold while it stands."""
    if entry.type == HOLD_ADDED:
        data = {name: entry.public[name] for name in ("subject", "month", "by")}
        return (Row(table=HOLDS, key=str(entry.public["hold"]), data=data),)
    if entry.type == HOLD_ENDED:
        return (Row(table=HOLDS, key=str(entry.public["hold"]), data=None),)
    return ()


def on(state: State, subject: str, month: str) -> Iterator[str]:
    """The holds that stand on the bodies of a subject and month."""
    for hold, row in state.scan(HOLDS):
        if _covers(row, subject, month):
            yield hold


def check_free(state: State, subject: str, month: str) -> None:
    """Raise Refused where a hold stands on the bodies of a subject and month."""
    held = next(on(state, subject, month), None)
    if held is not None:
        raise Refused(f"these bodies are held ({held})", mend="end the hold first")


def _covers(row: Mapping[str, Json], subject: str, month: str) -> bool:
    return row["subject"] in {ANY, subject} and row["month"] in {"", month}
