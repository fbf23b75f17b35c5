"""The turn of the year in a served home: a new shard by itself, or a word on why not."""

import logging

from adyton.crypto.epochlink import Reason
from adyton.ledger import Ledger
from adyton.ledger.years import year_end, year_of
from adyton.terms import AdytonError, Clock

RETRY_S = 3600
_DIARY = logging.getLogger("adyton.owner")


class YearTurning:
    """Looks now and then whether the epoch's year is over, and turns it if the clock is sound."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._year = 0  # looked at already, and not over
        self._not_before_s = 0.0

    def tend(self) -> None:
        """Turn if it is due. What stands in the way is said once an hour, and nothing is done."""
        now_s = self._clock.now_s()
        if year_of(now_s) == self._year or self._clock.monotonic_s() < self._not_before_s:
            return
        self._not_before_s = self._clock.monotonic_s() + RETRY_S
        end = year_end(self._ledger, int(now_s))
        if end.doubt:
            _DIARY.warning(
                "the year's shard goes on: %s; if the clock is right: adyton ledger turn-year",
                end.doubt,
            )
            return
        try:
            if end.over:
                self._ledger.trees.turn(Reason.YEAR)
        except AdytonError as error:
            _DIARY.warning("the year's shard goes on: %s", error.message)
        else:
            self._year, self._not_before_s = year_of(now_s), 0.0
