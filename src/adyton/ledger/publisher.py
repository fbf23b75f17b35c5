"""From committed entries to a published, cosigned checkpoint.

Straight line of `publish`, in the order in which things reach the disk:

1. entry bundles, then hash tiles, for everything committed since;
2. the root is read back from the tiles and must be that of the entries, and the tree must be
   proved to continue the head: nothing else is ever signed;
3. the head moves (compare and swap);
4. the checkpoint is signed with every key of the log, cosigned by the witnesses, and written.

Killed anywhere, the next start goes on from there. If the witnesses that can be reached are no
quorum, the checkpoint is published with those that are, and `publish` raises Unavailable.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adyton.crypto import tiles
from adyton.crypto.checkpoints import Checkpoint, parse_checkpoint
from adyton.crypto.merkle import (
    NodeReader,
    Tree,
    check_consistency,
    check_inclusion,
    leaf_hash,
    make_consistency_proof,
    make_inclusion_proof,
    root_of,
    tree_from_nodes,
)
from adyton.crypto.notes import ED25519, Note, Signature, Signer, VerifierKey, open_note, parse_note
from adyton.ledger.ports import FactStore, Head, HeadStore, TreeFiles
from adyton.ledger.witnesses import Witnesses
from adyton.terms.errors import Missing, Tampered, Unavailable
from adyton.terms.ports import Clock

CHECKPOINT = "checkpoint"
POLICY = "policy"
_READ_AT_ONCE = 64 * tiles.TILE_WIDTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What stands published: the checkpoint's bytes, its size, and whether a quorum cosigned it."""

    note: bytes
    size: int
    cosigned: bool


class Publisher:
    """Publishes one log. The caller (the ledger) lets one thread in at a time."""

    def __init__(
        self,
        *,
        store: FactStore,
        files: TreeFiles,
        heads: HeadStore,
        signers: Sequence[Signer],
        witnesses: Witnesses,
        clock: Clock,
        head: Head | None,
        published: Published | None,
        first: int = 0,
    ) -> None:
        """`signers`: the log's own, its first key first. `first`: the tree's place in the store."""
        self._store = store
        self._first = first
        self._files = files
        self._heads = heads
        self._signers = tuple(signers)
        self._witnesses = witnesses
        self._clock = clock
        self._head = head
        self.published = published
        self._cosigned_size = witnesses.quorum_size()
        size = 0 if head is None else head.size
        self._tree = tree_from_nodes(size, nodes(files, size))
        policy = witnesses.policy.text.encode()
        if files.read(POLICY) != policy:
            files.write(POLICY, policy)

    @property
    def cosigned_size(self) -> int:
        """How many entries a checkpoint covers that a quorum cosigned; it never shrinks."""
        return self._cosigned_size

    def publish(self, size: int) -> None:
        """Publish the first `size` entries; nothing to do if that stands, cosigned."""
        if size == 0:
            return
        while self._tree.size < size:
            self._extend(min(size, self._tree.size + _READ_AT_ONCE))
        if self._head is None or self._head.size != size:
            self._move_head(size)
        if self.published is None or self.published.size != size or not self.published.cosigned:
            self._sign(size)

    def ask_again(self) -> None:
        """Have what stands published cosigned anew: shows that a quorum can be reached now.

        Raises Unavailable where it cannot, Tampered.
        """
        if self.published is not None:
            self._sign(self.published.size, anew=True)

    def signed_by(self) -> tuple[VerifierKey, ...]:
        """All keys of the log, then those of the witnesses that cosigned what stands published."""
        size = 0 if self.published is None else self.published.size
        return (*(one.key for one in self._signers), *self._standing(size)[1])

    def inclusion_proof(self, index: int) -> list[bytes]:
        """The audit path of an entry in the published tree. Raises Missing beyond it, Tampered."""
        if self.published is None or index >= self.published.size:
            raise Missing("the entry is not published yet")
        return prove(
            self._files,
            index,
            size=self.published.size,
            root=parse_checkpoint(parse_note(self.published.note).text).root,
            leaf=leaf_hash(self._store.read(self._first + index, 1)[0].data),
        )

    def _extend(self, size: int) -> None:
        """(1): bundles and tiles up to `size`."""
        since = self._tree.size
        first = since - since % tiles.TILE_WIDTH
        stored = self._store.read(self._first + first, size - first, bodies=False)
        entries = [one.data for one in stored]
        if first + len(entries) != size:
            raise Tampered("the fact store lost entries that it had")
        leaves = [leaf_hash(entry) for entry in entries]
        written: dict[tuple[int, int], Sequence[bytes]] = {}
        fresh = list(tiles.tiles_of(size, since=since))
        for tile in fresh:
            if tile.level == 0:
                start = tile.index * tiles.TILE_WIDTH - first
                bundle = tiles.join_entries(entries[start : start + tile.width])
                self._files.write(tile.entries_path(), bundle)
        for tile in fresh:
            hashes = (
                leaves[tile.index * tiles.TILE_WIDTH - first :][: tile.width]
                if tile.level == 0
                else self._upper(tile, since, written)
            )
            written[tile.level, tile.index] = hashes
            self._files.write(tile.path(), tiles.join_hashes(hashes))
        tree = self._tree.copy()
        for leaf in leaves[since - first :]:
            tree.append(leaf)
        self._check_continues(tree)
        self._tree = tree

    def _upper(
        self, tile: tiles.Tile, since: int, written: Mapping[tuple[int, int], Sequence[bytes]]
    ) -> Sequence[bytes]:
        """A tile above level 0: the hashes that it had, and those of tiles completed now."""
        first = tile.index * tiles.TILE_WIDTH
        had = max(0, tiles.hashes_at(tile.level, since) - first)
        known = read_tile(self._files, tiles.tile_of(tile.level, tile.index, since)) if had else []
        below = range(first + had, first + tile.width)
        return [*known, *(root_of(written[tile.level - 1, index]) for index in below)]

    def _check_continues(self, tree: Tree) -> None:
        """(2): the tiles on disk hold this tree, and it continues the last one."""
        node = nodes(self._files, tree.size)
        root = tree.root()
        if tree_from_nodes(tree.size, node).root() != root:
            raise Tampered("the tiles on disk are not those of the entries")
        if self._tree.size:
            check_consistency(
                old=self._tree.size,
                new=tree.size,
                old_root=self._tree.root(),
                new_root=root,
                proof=make_consistency_proof(self._tree.size, tree.size, node),
            )

    def _move_head(self, size: int) -> None:
        """(3): from now on no other tree of this size may be signed."""
        before = 0 if self.published is None else self.published.size
        head = Head(size=size, root=self._tree.root(), before=before)
        self._heads.swap(self._head, head)
        self._head = head

    def _sign(self, size: int, *, anew: bool = False) -> None:
        """(4): sign, have it cosigned, write."""
        own, cosigned = self._standing(size)
        if not own:
            own = own_lines(self._signers, self._text(size), time_s=int(self._clock.now_s()))
        if anew:
            cosigned = {}
        text = self._text(size)
        node = nodes(self._files, size)
        fresh = self._witnesses.cosign(
            Note(text=text, signatures=own).to_bytes(),
            lambda old: make_consistency_proof(old, size, node),
            having=tuple(cosigned),
        )
        note = Note(text=text, signatures=(*own, *cosigned.values(), *fresh)).to_bytes()
        lost = self._witnesses.lost
        if not (anew and lost):  # what stood before stays as good as it was
            self._write(Published(note=note, size=size, cosigned=not lost))
        if lost:
            raise Unavailable(
                f"no quorum of witnesses cosigned the checkpoint ({self._witnesses.lacking()})",
                mend="see adyton ledger witnesses",
            )

    def _text(self, size: int) -> str:
        name = self._signers[0].key.name
        return Checkpoint(origin=name, size=size, root=self._tree.root()).to_text()

    def _standing(self, size: int) -> tuple[tuple[Signature, ...], dict[VerifierKey, Signature]]:
        """The log's own lines and the cosignatures that stand published at that very size."""
        if self.published is None or self.published.size != size:
            return (), {}
        own = {(one.key.name, one.key.key_id) for one in self._signers}
        note = open_note(
            self.published.note,
            (*(one.key for one in self._signers), *self._witnesses.policy.witnesses.values()),
        )
        by = {(key.name, key.key_id): key for key in note.signers}
        found = {
            by[place]: one for one in note.signatures if (place := (one.name, one.key_id)) in by
        }
        return (
            tuple(one for one in note.signatures if (one.name, one.key_id) in own),
            {key: one for key, one in found.items() if (key.name, key.key_id) not in own},
        )

    def _write(self, published: Published) -> None:
        before = 0 if self.published is None else self.published.size
        self._files.write(CHECKPOINT, published.note)
        self.published = published
        if published.cosigned:
            self._cosigned_size = max(self._cosigned_size, published.size)
        # partial tiles that became full are of no more use to anybody
        for tile in tiles.tiles_of(published.size, since=before):
            if tile.width == tiles.TILE_WIDTH:
                for folder in tiles.partial_folders(tile):
                    self._files.drop(folder)


def own_lines(signers: Sequence[Signer], text: str, *, time_s: int) -> tuple[Signature, ...]:
    """The log's own lines under a checkpoint: Ed25519 signs it, ML-DSA also says when."""
    return tuple(
        one.sign(text) if one.key.algorithm == ED25519 else one.cosign(text, time_s=time_s)
        for one in signers
    )


def prove(files: TreeFiles, index: int, *, size: int, root: bytes, leaf: bytes) -> list[bytes]:
    """The audit path of an entry in the published tree of `size` with `root`.

    Raises Tampered where it does not hold: no receipt leaves that its holder would find to be
    false.
    """
    path = make_inclusion_proof(index, size, nodes(files, size))
    check_inclusion(index=index, size=size, leaf=leaf, proof=path, root=root, what=f"entry {index}")
    return path


def read_tile(files: TreeFiles, tile: tiles.Tile) -> list[bytes]:
    """The hashes of a tile on disk. Raises Tampered, naming the file."""
    data = files.read(tile.path())
    if data is None or len(data) != tile.width * 32:
        raise Tampered(f"{tile.path()} is missing or of the wrong length")
    return tiles.split_hashes(data, width=tile.width, what=tile.path())


def nodes(files: TreeFiles, size: int) -> NodeReader:
    """Subtree hashes out of the tiles of a tree of `size` leaves."""
    return tiles.node_reader(size, lambda tile: read_tile(files, tile))
