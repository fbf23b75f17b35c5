"""A home that is not opened: its facts, and the state that follows from them, in memory.

For what must work although the record does not open, or its rows are wrong: rebuilding them,
deciding on a new epoch. Nobody is trusted by a row that no fact explains: people are
authenticated and asked for their rights against the state as the facts give it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from adyton.adapters.clock import SystemClock, SystemEntropy
from adyton.adapters.home_files import HomeLock
from adyton.adapters.sqlite import SqliteBodyKeys, SqliteFacts
from adyton.assembly import storage
from adyton.assembly.config import Config
from adyton.assembly.home import HomePaths
from adyton.identity import Principal
from adyton.identity.authentication import authenticate
from adyton.ledger import Projection
from adyton.ledger.chain import Problem
from adyton.ledger.erasing import on_record, withhold
from adyton.ledger.lost import Lost
from adyton.ledger.overlay import EmptyState, Overlay
from adyton.ledger.own import OWN
from adyton.ledger.ports import StoredFact
from adyton.ledger.rebuild import changes, counted, project
from adyton.ledger.sealing import Bodies
from adyton.ledger.verify import check_rows
from adyton.policy import Gatekeeper
from adyton.terms import Act, Entry, Row, Secret, Tampered

PAGE = 1000
Seen = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A home whose owner we are, with its stores open and no ledger over them."""

    paths: HomePaths
    config: Config
    store: SqliteFacts
    body_keys: SqliteBodyKeys
    projections: Sequence[Projection]

    def rebuilt(self, seen: Seen = lambda _: None, *, lost: Lost | None = None) -> Overlay:
        """The state that follows from the facts. `seen` hears how many were read.

        `lost` hears which facts lost their body: rows that stood on one are not among these.
        """
        overlay = Overlay(EmptyState())
        for entry in (lost or Lost()).among(counted(self._entries(), seen)):
            project(entry, overlay, (*OWN, *self.projections))
        return overlay

    def check(self, state: Overlay) -> tuple[Problem, ...]:
        """Rows on the disk that are not those of `state`."""
        try:
            return check_rows(standing_rows(state), self.store.state().rows())
        except Tampered as error:
            return (Problem(where="state", what=error.message),)

    def replace(self, state: Overlay) -> None:
        """Put the rows of `state` in place of those on the disk, readable or not, all at once."""
        live = [Row(table=table, key=key, data={}) for table, key in self.store.state().names()]
        self.store.commit([], [*changes(live, ()), *standing_rows(state)])

    def ask(self, state: Overlay, key: Secret[str], *acts: Act) -> Principal:
        """Who presents `key`, if they may do all of `acts`. Raises Unidentified, Refused."""
        clock = SystemClock()
        kms = storage.open_kms(self.paths, self.config)
        principal = authenticate(
            state,
            key.reveal(),
            now_s=int(clock.now_s()),
            checksum_key=kms.named("adyton/key-checksum/v1"),
        )
        gatekeeper = Gatekeeper.shipped(state=state, clock=clock)
        for act in acts:
            gatekeeper.ask(principal, act)
        return principal

    def _entries(self) -> Iterator[Entry]:
        bodies = Bodies(self.body_keys, SystemEntropy())
        withhold(bodies, on_record(self._facts()))  # no row is believed here
        yield from (bodies.entry(stored) for stored in self._facts())

    def _facts(self) -> Iterator[StoredFact]:
        at = 0
        while page := self.store.read(at, PAGE):
            yield from page
            at += len(page)


def standing_rows(state: Overlay) -> list[Row]:
    """The rows of a state that are there."""
    return [row for row in state.rows() if row.data is not None]


@contextmanager
def standing(paths: HomePaths) -> Iterator[Standing]:
    """Own the home without opening its record. Raises Conflict where somebody owns it."""
    from adyton.assembly.perimeter import PROJECTIONS  # noqa: PLC0415  (loads every part)

    config = paths.read_config()
    with ExitStack() as opened:
        lock = HomeLock(paths.lock)
        lock.take()
        opened.callback(lock.free)
        body_keys = storage.open_body_keys(paths)
        opened.callback(body_keys.close)
        store = SqliteFacts(paths.state / "state.db")
        opened.callback(store.close)
        yield Standing(
            paths=paths,
            config=config,
            store=store,
            body_keys=body_keys,
            projections=PROJECTIONS,
        )


def rebuild_home(
    home: Path, key: Secret[str], *, check: bool, seen: Seen, despite_lost: bool = False
) -> Mapping[str, object]:
    """Compare the rows of a home that nobody owns with its facts, and replace them unless `check`.

    The holder of `key` may administer, by what the facts say. Answers as `ledger.rebuild` does, and
    as it raises Conflict where bodies are lost.
    """
    with standing(HomePaths.of(home)) as here:
        lost = Lost()
        state = here.rebuilt(seen, lost=lost)
        here.ask(state, key, Act.ADMINISTER)
        problems = (*lost.problems(), *here.check(state))
        if not check:
            if not despite_lost:
                lost.refuse()
            here.replace(state)
        return {
            "facts": here.store.size,
            "replaced": not check,
            "problems": [str(one) for one in problems],
        }
