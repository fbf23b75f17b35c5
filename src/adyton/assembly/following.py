"""The followers of a home: which there are, how they are run, how they stand.

While somebody serves, they run in one child of that process (`assembly.followers`), which alone
writes the timeline. Where nobody does, a question lets them catch up first.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final, cast

from adyton.adapters import home_files
from adyton.adapters.clock import SystemClock
from adyton.adapters.cursor_files import CursorFiles
from adyton.adapters.duckdb_timeline import FactFollower, RowFollower, TimelineWriter
from adyton.adapters.duckdb_timeline.segments import writer_lock
from adyton.adapters.follower_child import FollowerChild, command_for
from adyton.adapters.sqlite_feed import SqliteFeed
from adyton.assembly.home import HomePaths
from adyton.crypto.plainjson import parse_canonical
from adyton.ledger.envelope import Envelope
from adyton.ledger.following import SILENT_S, Following, Step
from adyton.ledger.ports import Cursor, FactFeed, StoredFact
from adyton.ledger.questions import FOREIGN_WORDS, ForeignRow
from adyton.ledger.sealing import open_sealed
from adyton.terms import Clock, Conflict, Json

IMPORTED: Final = "source.imported"
FOLLOWERS: Final[Mapping[str, int]] = {"facts": FactFollower.least, "rows": RowFollower.least}
"""Every follower, and how many facts it lets gather before it works."""
LAG: Final = 4096
"""How many facts more than it lets gather may wait before a follower counts as behind."""
CATCH_UP_S: Final = 20.0
COVER: Final = ("digest", "skew_s", "coverage_from_s", "coverage_to_s", "coverage_basis")


def cursors_of(paths: HomePaths) -> CursorFiles:
    """Where the followers' cursors lie."""
    return CursorFiles(paths.timeline, write=home_files.write_private)


@contextmanager
def all_followers(paths: HomePaths, clock: Clock) -> Iterator[Sequence[Following]]:
    """The followers, while inside the only ones. Raises Conflict where others run."""
    with writer_lock(paths.timeline):
        feed = SqliteFeed(paths.state / "state.db", paths.state / "bodykeys.db")
        try:
            writer = TimelineWriter(paths.timeline, write=home_files.write_private)
            followers = (
                FactFollower(writer),
                RowFollower(
                    writer, feed, lambda stored, envelope: imported(stored, envelope, feed)
                ),
            )
            yield [
                Following(feed=feed, follower=one, cursors=cursors_of(paths), clock=clock)
                for one in followers
            ]
        finally:
            feed.close()


def catch_up(paths: HomePaths, *, within_s: float = CATCH_UP_S) -> bool:
    """Let the followers do what waits for them; False where a child of `serve` does it."""
    clock = SystemClock()
    until_s = clock.monotonic_s() + within_s
    with suppress(Conflict), all_followers(paths, clock) as followers:
        for one in followers:
            while one.step() is Step.MORE and clock.monotonic_s() < until_s:
                pass
        return True
    return False


@contextmanager
def followed(paths: HomePaths) -> Iterator[FollowerChild]:
    """While inside, a child process follows the record."""
    child = FollowerChild(command_for("adyton.assembly.followers", paths.root), clock=SystemClock())
    child.start()
    try:
        yield child
    finally:
        child.stop()


def imported(
    stored: StoredFact, envelope: Envelope, feed: FactFeed
) -> tuple[Mapping[str, int | str], list[ForeignRow]] | None:
    """What a fact of an imported log says; None for any other fact, and where its body is gone."""
    if envelope.type != IMPORTED:
        return None
    body = feed.body(stored.index)
    key = feed.key(body.key_id) if body else None
    if body is None or key is None:
        return None
    _, plain = open_sealed(stored, envelope, body, key)
    said = cast("dict[str, Any]", parse_canonical(plain, what="a body"))
    return cover_of(envelope), rows_of(envelope.public, said)


def cover_of(envelope: Envelope) -> Mapping[str, int | str]:
    """What stands beside every row of an imported log: its digest, skew and coverage."""
    public = cast("Mapping[str, int | str]", envelope.public)
    return {"source": public["source"], **{name: public[name] for name in COVER}}


def rows_of(public: Mapping[str, Json], body: Mapping[str, Any]) -> list[ForeignRow]:
    """The rows in the body of an imported log, the skew of its clock taken off."""
    skew_s = cast("int", public["skew_s"])
    return [
        ForeignRow(
            source=str(public["source"]),
            line=int(row["n"]),
            time_s=int(row["t"]) - skew_s,
            log_time_s=int(row["t"]),
            says={word: str(row[word]) for word in FOREIGN_WORDS if word in row},
        )
        for row in body.get("rows", ())
    ]


def standing(paths: HomePaths, *, size: int, now_s: int) -> list[dict[str, Any]]:
    """How each follower stands: `state` is ok, behind, failing, silent, at rest, or never."""
    running = is_followed(paths)
    return [
        _standing(cursors_of(paths).load(name), name, size=size, now_s=now_s, running=running)
        for name in FOLLOWERS
    ]


def is_followed(paths: HomePaths) -> bool:
    """Whether some process runs the followers now."""
    if not paths.timeline.exists():
        return False
    try:
        with writer_lock(paths.timeline):
            return False
    except Conflict:
        return True


def _standing(
    cursor: Cursor | None, name: str, *, size: int, now_s: int, running: bool
) -> dict[str, Any]:
    if cursor is None:
        state = "never"
    elif cursor.failed:
        state = "failing"
    elif not running:
        state = "at rest"
    elif abs(now_s - cursor.at_s) > SILENT_S:
        state = "silent"
    else:
        state = "ok" if size - cursor.position <= FOLLOWERS[name] + LAG else "behind"
    found = cursor or Cursor(position=0, at_s=0)
    return {
        "name": name,
        "state": state,
        "position": found.position,
        "size": size,
        "behind": max(0, size - found.position),
        "at": found.at_s,
        "failed": found.failed,
        "note": found.note,
    }
