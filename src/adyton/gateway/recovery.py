"""Answers that a crash left open: closed at the next start, with what can and cannot be said."""

from collections.abc import Iterator

from adyton.gateway.facts import ANSWER_CLOSED, ANSWERS, Status
from adyton.gateway.limits import Limits
from adyton.terms import Fact, State


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
