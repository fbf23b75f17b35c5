"""What keeps a record in order: rebuilt state, and how much each body key still covers."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from adyton.ledger.chain import Problem
from adyton.ledger.envelope import parse_envelope
from adyton.ledger.ports import BodyKeys, FactStore
from adyton.ledger.writer import Writer

_READ_AT_ONCE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """Bodies that are readable under the keys of one subject and month: how many of each type."""

    subject: str
    month: str
    types: Mapping[str, int]

    @property
    def bodies(self) -> int:
        """How many in all."""
        return sum(self.types.values())


class Upkeep:
    """Long looks at the whole record; memory grows with state and keys, not with the log."""

    def __init__(self, store: FactStore, body_keys: BodyKeys, writer: Writer) -> None:
        self._store = store
        self._body_keys = body_keys
        self._writer = writer

    def check_state(self) -> tuple[Problem, ...]:
        """Rows that do not follow from the facts; nothing is committed meanwhile."""
        return self._writer.check_rows()

    def rebuild_state(
        self, seen: Callable[[int], None] = lambda _: None, *, despite_lost: bool = False
    ) -> tuple[Problem, ...]:
        """Replace every row by what follows from the facts; what was wrong before.

        `seen` hears how many facts were read so far. Nothing is committed meanwhile. Raises
        Conflict where bodies are lost and that is not accepted.
        """
        return self._writer.replace_rows(seen, despite_lost=despite_lost)

    def covered(self) -> Iterator[Covered]:
        """What each subject and month has under keys that are not destroyed, in order."""
        names: dict[str, tuple[str, str] | None] = {}
        found: dict[tuple[str, str], dict[str, int]] = {}
        at = 0
        while page := self._store.read(at, _READ_AT_ONCE):
            for stored in page:
                if stored.body is None:
                    continue
                key_id = stored.body.key_id
                if key_id not in names:
                    key = self._body_keys.get(key_id)
                    names[key_id] = None if key is None else (key.subject, key.month)
                name = names[key_id]
                if name is not None:
                    kind = parse_envelope(stored.data).type
                    types = found.setdefault(name, {})
                    types[kind] = types.get(kind, 0) + 1
            at += len(page)
        for (subject, month), types in sorted(found.items()):
            yield Covered(subject=subject, month=month, types=types)
