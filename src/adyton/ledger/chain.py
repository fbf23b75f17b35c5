"""One walk over all entries: rehash every byte, check every envelope, rebuild the tree.

Start-up and `verify` both walk here, so that what one lets pass the other does too.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from adyton.crypto.merkle import EMPTY_ROOT, Tree, leaf_hash
from adyton.ledger.envelope import Envelope, parse_envelope
from adyton.terms.errors import Malformed


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that does not hold: `where` names the file or entry."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterEnd:
    """The last entry of one writer."""

    counter: int
    leaf: bytes


class Chain:
    """The entries of one log so far, from index 0; `problems` grows, the walk goes on."""

    def __init__(self, *, log: str, epoch: int, roots_at: Iterable[int] = ()) -> None:
        self.tree = Tree()
        self.problems: list[Problem] = []
        self.writers: dict[str, WriterEnd] = {}
        self.roots: dict[int, bytes] = {0: EMPTY_ROOT}
        self._wanted = frozenset(roots_at)
        self._log, self._epoch = log, epoch

    def add(self, data: bytes) -> bytes:
        """Walk over the next entry; gives its leaf hash."""
        where = f"entry {self.tree.size}"
        leaf = leaf_hash(data)
        try:
            self._check(parse_envelope(data), leaf, where)
        except Malformed as error:
            self._note(where, error.message)
        self.tree.append(leaf)
        if self.tree.size in self._wanted:
            self.roots[self.tree.size] = self.tree.root()
        return leaf

    def _check(self, envelope: Envelope, leaf: bytes, where: str) -> None:
        if (envelope.log, envelope.epoch) != (self._log, self._epoch):
            self._note(where, "belongs to another log or epoch")
        last = self.writers.get(envelope.writer)
        counter, previous = (0, "") if last is None else (last.counter + 1, last.leaf.hex())
        if envelope.counter != counter:
            self._note(where, "breaks its writer's counter: an entry is missing or doubled")
        if envelope.previous != previous:
            self._note(where, "does not continue its writer's entry before")
        self.writers[envelope.writer] = WriterEnd(counter=envelope.counter, leaf=leaf)

    def _note(self, where: str, what: str) -> None:
        self.problems.append(Problem(where=where, what=what))
