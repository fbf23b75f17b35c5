"""The disk reserve: who may still write when room runs short.

| room | free | recorded |
|---|---|---|
| ample | more than `low_bytes` | everything |
| low | less | not what bad requests cause: it is counted |
| floor | less than `floor_bytes` | only what closes and contains, and erasures |

Each change is told by one fact. What a lane took before room fell to the floor waits there; what
still waits at a stop is lost, and one more fact says how much. Room has to grow by an eighth above
a mark before it counts as regained, so that a disk at the mark does not fill the record.
"""

from dataclasses import dataclass
from enum import IntEnum

from adyton.ledger.erasing import BODIES_ERASED
from adyton.ledger.ports import FreeSpace
from adyton.terms.errors import Unavailable
from adyton.terms.facts import Fact, Json
from adyton.terms.ports import Clock

RESERVE_CHANGED = "reserve.changed"
LOOK_S = 0.25
_ALWAYS = frozenset({RESERVE_CHANGED, BODIES_ERASED})
_MIB = 1 << 20
# On a small disk the marks are shares of it: a home on two mebibytes must still open.
_LOW_SHARE, _FLOOR_SHARE = 8, 64


class Room(IntEnum):
    """How much room there is."""

    AMPLE = 0
    LOW = 1
    FLOOR = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """The marks, and the types of facts that may use the last room."""

    low_bytes: int = 1024 * _MIB
    floor_bytes: int = 128 * _MIB
    last: frozenset[str] = frozenset()


class ReserveWatch:
    """Looks at the disk for the writer. `room` may be read by any thread."""

    def __init__(self, *, space: FreeSpace, reserve: Reserve, clock: Clock) -> None:
        self.room = Room.AMPLE
        self._space = space
        self._reserve = reserve
        self._clock = clock
        self._looked_s: float | None = None
        self._free_mib = 0

    def look(self) -> Fact | None:
        """The fact that tells of a change since the last look, if there is one."""
        now_s = self._clock.monotonic_s()
        if self._looked_s is not None and now_s - self._looked_s < LOOK_S:
            return None
        self._looked_s = now_s
        try:
            space = self._space.measure()
        except Unavailable:
            return None  # the commit will say what is wrong with the disk
        marks = marks_of(self._reserve, space.total_bytes)
        room = room_at(space.free_bytes, marks, before=self.room)
        if room is self.room:
            return None
        self.room = room
        self._free_mib = space.free_bytes // _MIB
        return self.told(dropped=0)

    def told(self, *, dropped: int) -> Fact:
        """The fact of the room as it is. `dropped`: facts that were taken and not recorded."""
        public: dict[str, Json] = {
            "room": self.room.name.lower(),
            "free_mib": self._free_mib,
            "dropped": dropped,
        }
        return Fact(type=RESERVE_CHANGED, public=public)

    def admits(self, fact: Fact) -> bool:
        """Whether there is room for a fact of this type."""
        return (
            self.room is not Room.FLOOR or fact.type in self._reserve.last or fact.type in _ALWAYS
        )


def marks_of(reserve: Reserve, total_bytes: int) -> tuple[int, int]:
    """The marks in force on a disk of that size: low, floor."""
    return (
        min(reserve.low_bytes, total_bytes // _LOW_SHARE),
        min(reserve.floor_bytes, total_bytes // _FLOOR_SHARE),
    )


def room_at(free_bytes: int, marks: tuple[int, int], *, before: Room) -> Room:
    """The room that so many free bytes are, coming from `before`."""
    low, floor = marks
    if free_bytes < _raised(floor, held=before is Room.FLOOR):
        return Room.FLOOR
    if free_bytes < _raised(low, held=before is not Room.AMPLE):
        return Room.LOW
    return Room.AMPLE


def _raised(mark: int, *, held: bool) -> int:
    return mark + mark // 8 if held else mark
