"""Answers without their close fact: after a crash, and while the ledger takes nothing."""

from collections.abc import Iterator

from adyton.gateway.facts import ANSWER_CLOSED, ANSWERS, Status
from adyton.gateway.limits import Limits
from adyton.terms import CopyId, Fact, State


def crashed_answers(state: State, limits: Limits) -> Iterator[Fact]:
    """The close facts of all answers that no process works on. Call it before serving.

    What left and was recorded stands in the intent and continuation facts; up to
    `undescribed_bytes_most` more may have left.
    """
    for copy, row in state.scan(ANSWERS):
        if row["closed"] is True:
            continue
        yield Fact(
            type=ANSWER_CLOSED,
            subjects=(copy, str(row["asset"]), str(row["recipient"])),
            public={
                "copy": copy,
                "asset": row["asset"],
                "recipient": row["recipient"],
                "credential": row["credential"],
                "client": row["client"],
                "status": str(Status.CRASHED),
                "locked": False,
                "bytes_out": row["bytes_out"],
                "tokens_in": 0,
                "tokens_out": row["tokens_out"],
                "undescribed_bytes_most": limits.undescribed_bytes,
            },
        )


class OwedCloses:
    """Close facts that the ledger did not take, offered again until they stand.

    Disposable: after a crash `crashed_answers` says what can be said. There are no more of them
    than answers were open when the ledger went away: without it none is begun. Used from one
    event loop; not safe from threads.
    """

    def __init__(self) -> None:
        self._facts: dict[CopyId, Fact] = {}

    def keep(self, copy: CopyId, fact: Fact) -> None:
        """Owe a fact."""
        self._facts[copy] = fact

    def due(self, state: State) -> tuple[Fact, ...]:
        """What is still owed; an answer that was closed after all is forgotten."""
        for copy in tuple(self._facts):
            row = state.get(ANSWERS, copy)
            if row is None or row["closed"] is True:
                del self._facts[copy]
        return tuple(self._facts.values())
