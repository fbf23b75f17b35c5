"""Bodies that are gone though no erasure explains it, counted on a walk over the record."""

from collections.abc import Iterable, Iterator

from adyton.ledger.chain import Problem
from adyton.terms.errors import Conflict
from adyton.terms.facts import BodyState, Entry

_RANGES_TOLD = 50


class Lost:
    """Which facts lost their body, as a walk in their order meets them."""

    def __init__(self) -> None:
        self.bodies = 0
        self._ranges: list[tuple[int, int]] = []

    def note(self, index: int) -> None:
        """The body of this fact is lost."""
        self.bodies += 1
        if self._ranges and self._ranges[-1][1] == index - 1:
            self._ranges[-1] = (self._ranges[-1][0], index)
        else:
            self._ranges.append((index, index))

    def among(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """The same entries, those that lost their body noted."""
        for entry in entries:
            if entry.body_state is BodyState.LOST:
                self.note(entry.index)
            yield entry

    def __str__(self) -> str:
        told = [
            f"{first}" if first == last else f"{first} to {last}"
            for first, last in self._ranges[:_RANGES_TOLD]
        ]
        more = len(self._ranges) - len(told)
        if more > 0:
            told.append(f"and {more} more stretches")
        return f"{self.bodies} are lost, no erasure explains it: entries {', '.join(told)}"

    def refuse(self) -> None:
        """Raise Conflict where any is lost: what stood on them cannot be made again."""
        if self.bodies:
            raise Conflict(
                f"bodies: {self}; rows that stand on them may be the last that hold what they said",
                mend="bring the body keys back (docs/operate/keys-lost.md), or accept the loss:"
                " --despite-lost",
            )

    def problems(self) -> tuple[Problem, ...]:
        """One problem that names them all; none where none is lost."""
        return (Problem(where="bodies", what=str(self)),) if self.bodies else ()
