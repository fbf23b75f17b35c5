"""Followers: each gets every fact in order, at least once, and never holds up the writer.

A follower keeps its own work; its cursor is stored after that work is durable. After a kill it
gets again what it had done since, and must take that well. One that raises stands still where it
is, and its cursor says why; it is tried again from the same place.
"""

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum
from typing import Final, Protocol

from adyton.ledger.ports import Cursor, CursorStore, FactFeed, StoredFact
from adyton.terms.errors import AdytonError, Tampered
from adyton.terms.ports import Clock

SIGN_OF_LIFE_S: Final = 30
"""A cursor is stored at least this often while its follower runs."""
SILENT_S: Final = 3 * SIGN_OF_LIFE_S
"""After this long without a word a follower counts as silent."""


class Follower(Protocol):
    """Something that is done with every fact. One thread."""

    @property
    def name(self) -> str:
        """Stable; the cursor's name."""

    @property
    def least(self) -> int:
        """How many facts are worth one call; fewer wait for more."""

    @property
    def most(self) -> int:
        """How many facts one call takes."""

    def take(self, facts: Sequence[StoredFact]) -> int:
        """Do the work for facts in order; the index from which to go on. Durable on return."""

    def check(self, feed: FactFeed, position: int) -> tuple[int, str]:
        """Look whether what was done still stands, and mend it.

        From where to go on, and what was mended ("" for nothing).
        """

    def begin_anew(self) -> None:
        """Throw everything away: the record is another one than was followed, or starts again."""


class Step(Enum):
    """What one step came to."""

    MORE = "more"
    IDLE = "idle"
    FAILED = "failed"


class Following:
    """One follower on its way through the facts."""

    def __init__(
        self, *, feed: FactFeed, follower: Follower, cursors: CursorStore, clock: Clock
    ) -> None:
        self._feed = feed
        self._follower = follower
        self._cursors = cursors
        self._clock = clock
        self._cursor = cursors.load(follower.name)

    def step(self) -> Step:
        """Take the next facts, if enough of them wait. A bug of the follower's comes out."""
        try:
            return self._step()
        except AdytonError as error:
            self._keep(self._position, failed=error.message)
            return Step.FAILED
        except Exception as error:
            self._keep(self._position, failed=f"a bug of ours: {type(error).__name__}")
            raise

    @property
    def _position(self) -> int:
        return self._cursor.position if self._cursor else 0

    def _step(self) -> Step:
        follower = self._follower
        size = self._feed.size()
        if self._cursor is None or self._cursor.position > size:
            # a cursor that is lost, or from another record: what was made under it may not fit
            follower.begin_anew()
            self._keep(0, note="" if self._cursor is None else "the record is shorter: begun anew")
        start, note = follower.check(self._feed, self._position)
        if note or start != self._position:
            self._keep(start, note=note)
        if size - start < follower.least:
            self._keep(start)
            return Step.IDLE
        facts = self._feed.read(start, follower.most)
        if [one.index for one in facts] != list(range(start, start + len(facts))):
            raise Tampered("the fact store has a gap", mend="run adyton ledger verify")
        self._keep(follower.take(facts))
        return Step.MORE if size - self._position >= follower.least else Step.IDLE

    def _keep(self, position: int, *, failed: str = "", note: str = "") -> None:
        """Store the cursor, where it says something new or is due as a sign of life."""
        last = self._cursor
        kept = note or (last.note if last else "")
        now_s = int(self._clock.now_s())
        cursor = Cursor(position=position, at_s=now_s, failed=failed, note=kept)
        if last and replace(cursor, at_s=last.at_s) == last:
            unheard_s = abs(now_s - last.at_s)
        else:
            unheard_s = SIGN_OF_LIFE_S
        if unheard_s < SIGN_OF_LIFE_S:
            return
        self._cursors.store(self._follower.name, cursor)
        self._cursor = cursor
