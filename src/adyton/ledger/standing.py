"""Whether the witnesses' quorum stands, and what that means for each kind of fact.

Which kinds of fact wait for the quorum, and which are refused while it is lost, is a table that
the ledger is given (`QuorumRules`). That the quorum was lost, and that it is back, is one fact
each and a row of state; in between, the diary says it.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from adyton.ledger.witnesses import Witnesses
from adyton.terms.errors import AdytonError, Unavailable
from adyton.terms.facts import Entry, Fact, Json, Promise, Row, State

FRESH_S = 5.0
"""How long a quorum that answered counts as reachable."""
STALE_S = 30.0
"""How old a fact may be that no cosigned checkpoint covers; no promise is due sooner."""
QUORUM_LOST = "quorum.lost"
QUORUM_REGAINED = "quorum.regained"
QUORUM = "quorum"
"""Table of one row: key = "main", {lost, since}."""
_ROW = "main"
_DIARY = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuorumRules:
    """What the quorum means for each type of fact; a type that stands nowhere goes on without.

    `waits`: recorded only while the quorum can be reached, and answered only once it has
    cosigned. `refused`: not recorded while the quorum is known to be lost, or nothing recorded was
    cosigned for `STALE_S`, whatever the reason; waits for nobody.
    """

    waits: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()


class Standing:
    """Tells the record and the diary when the quorum goes and when it comes back."""

    def __init__(
        self,
        *,
        rules: QuorumRules,
        witnesses: Callable[[], Witnesses],
        overdue: Callable[[float], bool],
        state: State,
        submit: Callable[[Fact], object],
    ) -> None:
        """`overdue`: whether facts wait for a cosigned checkpoint for so many seconds."""
        self._rules = rules
        self._overdue = overdue
        self._witnesses = witnesses
        self._submit = submit
        row = state.get(QUORUM, _ROW)
        self._lost = row is not None and bool(row["lost"])

    def waits(self, kind: str) -> bool:
        """Whether that kind of fact waits for the quorum. Raises Unavailable if it is refused."""
        if kind in self._rules.refused and (self._lost or self._overdue(STALE_S)):
            why = (
                "the witnesses' quorum is lost" if self._lost else "no fresh checkpoint is cosigned"
            )
            raise Unavailable(
                f"{why}, and settings refuse this; nothing was recorded",
                mend="see adyton ledger witnesses",
            )
        return kind in self._rules.waits

    def reach(self, publish: Callable[[], None], ask_again: Callable[[], None]) -> None:
        """Raise Unavailable unless a quorum answered a moment ago, or does so now."""
        try:
            for attempt in (publish, ask_again):
                if not self._witnesses().reached_within(FRESH_S):
                    attempt()
        except Unavailable as error:
            raise Unavailable(f"{error.message}; nothing was recorded", mend=error.mend) from error

    def note(self, size: int) -> None:
        """Take note after a checkpoint of that size was offered to the witnesses."""
        lost = self._witnesses().lost
        if lost is None or lost == self._lost:
            return
        try:
            self._submit(_lost(size) if lost else _regained(size))
        except AdytonError:
            return  # the ledger takes nothing now: noted at the next turn
        self._lost = lost
        if lost:
            _DIARY.error("the witnesses' quorum is lost: %s", self._witnesses().lacking())
        else:
            _DIARY.warning("the witnesses' quorum is back")


def cover(promise: Promise, witnessed: Callable[[Promise], bytes]) -> None:
    """Have a fact that waited covered. Raises Unavailable, saying that it is recorded."""
    try:
        witnessed(promise)
    except Unavailable as error:
        raise Unavailable(
            f"recorded as {promise.receipt}, but not covered yet: {error.message}",
            mend="see adyton ledger witnesses; look what stands before you repeat it",
        ) from error


def project(entry: Entry, _state: State) -> Iterable[Row]:
    """The row that says whether the quorum is lost."""
    if entry.type not in {QUORUM_LOST, QUORUM_REGAINED}:
        return ()
    data: dict[str, Json] = {"lost": entry.type == QUORUM_LOST, "since": entry.recorded_at_s}
    return (Row(table=QUORUM, key=_ROW, data=data),)


def _lost(size: int) -> Fact:
    return Fact(type=QUORUM_LOST, public={"size": size})


def _regained(size: int) -> Fact:
    return Fact(type=QUORUM_REGAINED, public={"size": size})
