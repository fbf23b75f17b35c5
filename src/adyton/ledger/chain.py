"""One walk over all entries: rehash every byte, check every envelope, rebuild the tree.

Start-up and `verify` both walk here, so that what one lets pass the other does too. `walk` goes
over a fact store, in which the trees of a log's epochs lie one after the other: it sees where one
ends by the next one's first entry, and holds that entry against the tree that it has just rebuilt.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from adyton.crypto.epochlink import EPOCH_STARTED, EpochLink, parse_link
from adyton.crypto.merkle import EMPTY_ROOT, Tree, leaf_hash
from adyton.ledger.envelope import Envelope, parse_envelope
from adyton.terms.errors import Malformed, Tampered

_MAY_START = f'"type":"{EPOCH_STARTED}"'.encode()


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
    """The entries of one tree so far, from index 0; `problems` grows, the walk goes on.

    `first` is the position in the fact store of the tree's first entry: problems name positions.
    """

    def __init__(
        self, *, log: str, epoch: int, roots_at: Iterable[int] = (), first: int = 0
    ) -> None:
        self.tree = Tree()
        self.problems: list[Problem] = []
        self.writers: dict[str, WriterEnd] = {}
        self.roots: dict[int, bytes] = {0: EMPTY_ROOT}
        self._wanted = frozenset(roots_at)
        self._log, self._epoch, self._first = log, epoch, first

    def add(self, data: bytes) -> bytes:
        """Walk over the next entry; gives its leaf hash."""
        where = f"entry {self._first + self.tree.size}"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """One epoch as the fact store holds it. `link` is its first entry's, None for epoch 1."""

    epoch: int
    first: int
    chain: Chain
    link: EpochLink | None = None


def walk(
    entries: Iterable[bytes], *, log: str, roots_at: Callable[[int], Iterable[int]]
) -> list[Walked]:
    """Every epoch in a fact store, the last one last. Raises Tampered at the first problem.

    `roots_at` gives the sizes of an epoch's tree at which its root will be wanted.
    """
    now = Walked(epoch=1, first=0, chain=Chain(log=log, epoch=1, roots_at=roots_at(1)))
    found = [now]
    for position, data in enumerate(entries):
        link = _started(data, position) if _MAY_START in data else None
        if link is not None:
            check_link(link, now, position)
            sizes = roots_at(link.epoch)
            chain = Chain(log=log, epoch=link.epoch, roots_at=sizes, first=position)
            now = Walked(epoch=link.epoch, first=position, chain=chain, link=link)
            found.append(now)
        now.chain.add(data)
        if now.chain.problems:
            raise Tampered(f"the fact store: {now.chain.problems[0]}")
    return found


def check_link(link: EpochLink, before: Walked, position: int) -> None:
    """Raise Tampered unless an epoch's first entry speaks of the tree before it."""
    what, tree = f"the fact store: entry {position}", before.chain.tree
    if link.before.epoch != before.epoch:
        raise Tampered(f"{what} begins epoch {link.epoch}, which does not follow {before.epoch}")
    if link.first != position:
        raise Tampered(f"{what} begins an epoch that should begin at {link.first}")
    if (link.before.held, link.before.held_root) != (tree.size, tree.root()):
        raise Tampered(f"{what} continues another tree than the one before it")
    if before.chain.roots.get(link.before.size) != link.before.root:
        raise Tampered(f"{what} names another last checkpoint of epoch {before.epoch}")


def _started(data: bytes, position: int) -> EpochLink | None:
    what = f"entry {position}"
    try:
        envelope = parse_envelope(data, what=what)
        if envelope.type != EPOCH_STARTED:
            return None
        link = parse_link(envelope.public)
    except Malformed as error:
        raise Tampered(f"the fact store: {what}: {error.message}") from error
    if link.epoch != envelope.epoch:
        raise Tampered(f"the fact store: {what} begins another epoch than its own")
    return link
