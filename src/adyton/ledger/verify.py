"""The full check of a log: nothing is believed but the key.

1. the checkpoint is signed by each key of the log, and cosigned by a quorum where a policy is
   given, else by each witness given;
2. every entry's bytes are hashed again and compared with the tile; each envelope is canonical,
   of this log, and continues its writer's chain;
3. every tile above is computed again and compared;
4. the root of all that is the checkpoint's;
5. head and kept checkpoints (a witness's, a receipt's) are continued by this log: this, and this
   alone, catches a rollback or a rewriting by whoever holds the key.

Problems name the entry or file; the walk goes on as far as it can. `check_store` holds the fact
store, which answers questions, against the published files; `check_rows` the rows of current state
against the facts that they follow from.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from adyton.crypto import tiles
from adyton.crypto.checkpoints import Checkpoint, open_checkpoint
from adyton.crypto.merkle import leaf_hash, root_of
from adyton.crypto.notes import VerifierKey
from adyton.crypto.tlogpolicy import TlogPolicy
from adyton.ledger.chain import Chain, Problem
from adyton.ledger.envelope import parse_envelope
from adyton.ledger.erasing import Cover, Erasure
from adyton.ledger.lost import Lost
from adyton.ledger.ports import FactStore, Head, StoredFact, TreeFiles
from adyton.ledger.publisher import CHECKPOINT
from adyton.ledger.sealing import Bodies
from adyton.terms.errors import AdytonError, Malformed, Tampered
from adyton.terms.facts import BodyState, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTree:
    """One epoch's entries in the fact store, from position `first` on, and its published files.

    `held` is how many there are (more may come unless it is `past`), `published` how many of
    them the checkpoint covers.
    """

    files: TreeFiles
    first: int
    held: int
    published: int
    past: bool


def check_log(
    files: TreeFiles,
    *,
    log_key: VerifierKey,
    witness_keys: Sequence[VerifierKey] = (),
    policy: TlogPolicy | None = None,
    head: Head | None = None,
    kept: Mapping[str, bytes] | None = None,
    log: str = "main",
    epoch: int = 1,
    known: int = 0,
) -> tuple[Problem, ...]:
    """Every problem of one published tree; () if all of it holds.

    `witness_keys` are all keys but the log's first: further ones of the log, and its witnesses'.
    `known` is how many entries somebody may have seen of a tree that ended: what was lost of it
    is said in the first entry of the next one.
    """
    try:  # (1): the checkpoint
        checkpoint = _checkpoint(files, log_key, witness_keys, policy)
    except (Malformed, Tampered) as error:
        return (Problem(where=CHECKPOINT, what=error.message),)
    remembered, problems = _remembered(kept or {}, log_key, witness_keys)
    if head is not None:
        remembered["head"] = Checkpoint(origin=log_key.name, size=head.size, root=head.root)
    chain = Chain(log=log, epoch=epoch, roots_at=[one.size for one in remembered.values()])
    whole = _walk(files, checkpoint.size, chain, problems)  # (2), (3): entries and tiles
    problems += chain.problems
    if whole and chain.tree.root() != checkpoint.root:  # (4): the root
        problems.append(Problem(where=CHECKPOINT, what="its root is not that of the entries"))
    for where, seen in remembered.items():  # (5): what others remember
        if not checkpoint.size < seen.size <= known:
            problems += _continued(where, seen, checkpoint, chain, head)
    return tuple(problems)


def check_store(
    store: FactStore,
    bodies: Bodies,
    trees: Sequence[StoredTree],
    *,
    erasures: Sequence[Erasure],
) -> tuple[Problem, ...]:
    """What of the stored facts is not in the published trees, and bodies that are not their own.

    Bodies that are gone are lost unless an erasure explains it, and an erasure explains exactly
    those that its fact covers.
    """
    seen = _Seen(erasures)
    problems = [one for tree in trees for one in _check_tree(store, bodies, tree, seen)]
    return (*problems, *seen.lost.problems(), *seen.uncovered())


class _Seen:
    """What a walk over all stored bodies tells of losses and erasures."""

    def __init__(self, erasures: Sequence[Erasure]) -> None:
        self.lost = Lost()
        self._erasures = erasures
        self._by_key = {key: one.index for one in erasures for key in one.keys}
        self._covers = {one.index: Cover() for one in erasures}

    def add(self, stored: StoredFact, state: BodyState) -> None:
        """One stored fact, the next in the order of the record."""
        if state is BodyState.LOST:
            self.lost.note(stored.index)
        erased = None if stored.body is None else self._by_key.get(stored.body.key_id)
        if erased is not None:
            self._covers[erased].add(stored)

    def uncovered(self) -> Iterator[Problem]:
        """Erasures whose keys stand with other bodies than those that their facts cover."""
        for one in self._erasures:
            found = self._covers[one.index]
            if one.bodies >= 0 and (one.bodies, one.covers) != (found.bodies, found.digest()):
                yield Problem(
                    where=f"entry {one.index}",
                    what=f"its erasure covers {one.bodies} bodies; the fact store has"
                    f" {found.bodies} under its keys, or others",
                )


def _check_tree(
    store: FactStore, bodies: Bodies, tree: StoredTree, seen: _Seen
) -> Iterator[Problem]:
    at, end = 0, tree.held
    while page := store.read(tree.first + at, min(tiles.TILE_WIDTH, end - at)):
        leaves = _leaves(tree.files, at, tree.published)
        for place, stored in enumerate(page):
            position = tree.first + at + place
            published = place >= len(leaves) or leaf_hash(stored.data) == leaves[place]
            if stored.index != position or not published:
                what = "the fact store holds another one"
                yield Problem(where=f"entry {position}", what=what)
            else:
                yield from _check_body(stored, bodies, seen)
        at += len(page)
    if at < max(tree.published, end if tree.past else 0):
        yield Problem(where="fact store", what="holds fewer facts than the checkpoint")


def check_rows(expected: Iterable[Row], live: Iterable[Row]) -> tuple[Problem, ...]:
    """Rows of current state that do not follow from the facts, or lack."""
    tables: dict[str, list[dict[str, str]]] = {}
    for side, rows in enumerate((expected, live)):
        for row in rows:
            tables.setdefault(row.table, [{}, {}])[side][row.key] = _form(row)
    problems: list[Problem] = []
    for table, (wanted, found) in sorted(tables.items()):
        wrong = sum(wanted.get(key) != found.get(key) for key in wanted.keys() | found.keys())
        if wrong:
            what = f"{wrong} rows do not follow from the facts: rebuild the state"
            problems.append(Problem(where=f"table {table}", what=what))
    return tuple(problems)


def _form(row: Row) -> str:
    return json.dumps([row.index, row.data], sort_keys=True)


def _leaves(files: TreeFiles, start: int, size: int) -> Sequence[bytes]:
    """The published leaf hashes of the tile that begins at `start`; what lacks, step 2 names."""
    if start >= size or start % tiles.TILE_WIDTH:
        return ()
    tile = tiles.tile_of(0, start // tiles.TILE_WIDTH, size)
    data = files.read(tile.path())
    try:
        return tiles.split_hashes(data or b"", width=tile.width, what=tile.path())
    except Malformed:
        return ()


def _checkpoint(
    files: TreeFiles,
    log_key: VerifierKey,
    witness_keys: Sequence[VerifierKey],
    policy: TlogPolicy | None,
) -> Checkpoint:
    data = files.read(CHECKPOINT)
    if data is None:
        raise Malformed("is missing")
    checkpoint, note = open_checkpoint(data, log=log_key, witnesses=witness_keys)
    if policy is not None and not policy.satisfied(note.signers):
        raise Tampered("is not cosigned by a quorum of its witnesses")
    if policy is None and any(key not in note.signers for key in witness_keys):
        raise Tampered("is not cosigned by a witness that it needs")
    return checkpoint


def _remembered(
    kept: Mapping[str, bytes], log_key: VerifierKey, witness_keys: Sequence[VerifierKey]
) -> tuple[dict[str, Checkpoint], list[Problem]]:
    found: dict[str, Checkpoint] = {}
    problems: list[Problem] = []
    for where, data in kept.items():
        try:
            found[where], _ = open_checkpoint(data, log=log_key, witnesses=witness_keys)
        except (Malformed, Tampered) as error:
            problems.append(Problem(where=where, what=error.message))
    return found, problems


def _walk(files: TreeFiles, size: int, chain: Chain, problems: list[Problem]) -> bool:
    """Whether every entry could be read."""
    below: dict[int, bytes] = {}
    for tile in tiles.tiles_of(size):
        first = tile.index * tiles.TILE_WIDTH
        if tile.level == 0:
            entries = _entries(files, tile, problems)
            if entries is None:
                return False
            hashes = [chain.add(entry) for entry in entries]
        else:
            hashes = [below[first + at] for at in range(tile.width)]
        problems += _compare_tile(files, tile, hashes)
        if tile.width == tiles.TILE_WIDTH:
            # the levels follow each other, so an index is overwritten only after it was used
            below[tile.index] = root_of(hashes)
    return True


def _entries(files: TreeFiles, tile: tiles.Tile, problems: list[Problem]) -> list[bytes] | None:
    path = tile.entries_path()
    data = files.read(path)
    if data is None:
        problems.append(Problem(where=path, what="is missing; what follows was not checked"))
        return None
    try:
        return tiles.split_entries(data, width=tile.width, what=path)
    except Malformed as error:
        problems.append(Problem(where=path, what=f"{error.message}; the rest was not checked"))
        return None


def _compare_tile(files: TreeFiles, tile: tiles.Tile, hashes: Sequence[bytes]) -> list[Problem]:
    path = tile.path()
    data = files.read(path)
    if data is None:
        return [Problem(where=path, what="is missing")]
    try:
        kept = tiles.split_hashes(data, width=tile.width, what=path)
    except Malformed as error:
        return [Problem(where=path, what=error.message)]
    first = tile.index * tiles.TILE_WIDTH
    differ = [first + at for at, one in enumerate(kept) if one != hashes[at]]
    if tile.level == 0:
        what = f"its bytes are not those whose hash {path} holds"
        return [Problem(where=f"entry {index}", what=what) for index in differ]
    return [Problem(where=path, what="is not what the tiles below it give")] if differ else []


def _continued(
    where: str, seen: Checkpoint, checkpoint: Checkpoint, chain: Chain, head: Head | None
) -> list[Problem]:
    # a kill may leave the checkpoint one step behind the head
    behind = where == "head" and head is not None and head.before == checkpoint.size
    if seen.size > checkpoint.size and not behind:
        return [Problem(where=where, what="knows more entries: the log was cut or rolled back")]
    root = chain.roots.get(seen.size)
    if root is not None and root != seen.root:
        return [Problem(where=where, what="knows other entries: the log was rewritten")]
    return []


def _check_body(stored: StoredFact, bodies: Bodies, seen: _Seen) -> list[Problem]:
    where = f"entry {stored.index}"
    try:
        envelope = parse_envelope(stored.data)
        state = bodies.look(stored, envelope)
    except AdytonError as error:
        return [Problem(where=where, what=error.message)]
    if stored.receipt != envelope.receipt:
        return [Problem(where=where, what="is kept under a receipt that is not its own")]
    seen.add(stored, state)
    return []
