"""Merkle trees of RFC 6962: growing them, making proofs, checking proofs.

Proof makers take `node(level, index)`, the hash of the complete subtree over the leaves
`index * 2**level` up to `(index + 1) * 2**level`; where the hashes come from (memory, tiles) is
not their business. Checkers look at sizes, index and lengths of hashes first: verifiers that did
not have accepted an index beyond the tree.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Sequence

from adyton.terms.errors import Malformed, Tampered

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
NodeReader = Callable[[int, int], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry's bytes."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A growing tree that keeps only the roots of its complete subtrees (a compact range)."""

    __slots__ = ("_peaks", "size")

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []  # largest subtree first

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        carry, size = leaf, self.size
        while size & 1:
            carry = node_hash(self._peaks.pop(), carry)
            size >>= 1
        self._peaks.append(carry)
        self.size += 1

    def root(self) -> bytes:
        """The root over everything appended so far."""
        return _fold(self._peaks)

    def copy(self) -> "Tree":
        """A second tree of the same leaves that grows apart."""
        other = Tree()
        other.size, other._peaks = self.size, list(self._peaks)
        return other


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes."""
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


def tree_from_nodes(size: int, node: NodeReader) -> Tree:
    """The tree of `size` leaves out of its complete subtrees."""
    tree = Tree()
    tree.size, tree._peaks = size, [node(level, at) for level, at in _cover(0, size)]  # noqa: SLF001 same module
    return tree


def make_inclusion_proof(index: int, size: int, node: NodeReader) -> list[bytes]:
    """The audit path of leaf `index` in the tree of `size` leaves (RFC 6962 §2.1.1)."""
    if not 0 <= index < size:
        raise Malformed("an index lies outside the tree")
    proof: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(_range_root(middle, end, node))
            end = middle
        else:
            proof.append(_range_root(start, middle, node))
            start = middle
    return proof[::-1]


def make_consistency_proof(old: int, new: int, node: NodeReader) -> list[bytes]:
    """The proof that the first `old` of `new` leaves are unchanged (RFC 6962 §2.1.2)."""
    if not 0 < old <= new:
        raise Malformed("sizes of a consistency proof are out of order")
    proof: list[bytes] = []
    start, end, whole = 0, new, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(_range_root(middle, end, node))
            end = middle
        else:
            proof.append(_range_root(start, middle, node))
            start, whole = middle, False
    if not whole:
        proof.append(_range_root(start, end, node))
    return proof[::-1]


def check_inclusion(
    *, index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes, what: str = "entry"
) -> None:
    """Raise Tampered, naming `what`, unless `leaf` is at `index` in the tree of `root`."""
    if not 0 <= index < size or not _hashes(leaf, root, *proof):
        raise Tampered(f"the inclusion proof of {what} is out of range")
    inner = (index ^ (size - 1)).bit_length()
    border = (index >> inner).bit_count()
    if len(proof) != inner + border:
        raise Tampered(f"the inclusion proof of {what} has the wrong length")
    seen = leaf
    for level, sibling in enumerate(proof):
        # above `inner` the path runs along the right border: siblings are all on the left
        on_right = level < inner and not (index >> level) & 1
        seen = node_hash(seen, sibling) if on_right else node_hash(sibling, seen)
    if not hmac.compare_digest(seen, root):
        raise Tampered(f"the inclusion proof of {what} leads to another root")


def check_consistency(
    *, old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Raise Tampered unless the tree of `new_root` starts with that of `old_root`.

    A tree of size 0 is refused: it is consistent with anything, so nothing is shown.
    """
    if not 0 < old <= new:
        raise Tampered("the sizes of a consistency proof are out of range")
    if old == new:
        if proof or not hmac.compare_digest(old_root, new_root):
            raise Tampered("two roots of one size differ")
        return
    if not _hashes(old_root, new_root, *proof):
        raise Tampered("a hash in a consistency proof has the wrong length")
    seen_old, seen_new = _consistency_roots(old, new, old_root, proof)
    if not hmac.compare_digest(seen_old, old_root) or not hmac.compare_digest(seen_new, new_root):
        raise Tampered("a consistency proof leads to another root")


def _consistency_roots(
    old: int, new: int, old_root: bytes, proof: Sequence[bytes]
) -> tuple[bytes, bytes]:
    # RFC 9162 §2.1.4.2, steps 2 to 6
    path = list(proof)
    if not path:
        raise Tampered("a consistency proof is too short")
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    first, second = old - 1, new - 1
    while first & 1:
        first, second = first >> 1, second >> 1
    seen_old = seen_new = path[0]
    for item in path[1:]:
        if second == 0:
            raise Tampered("a consistency proof is too long")
        if first & 1 or first == second:
            seen_old, seen_new = node_hash(item, seen_old), node_hash(item, seen_new)
            while first and not first & 1:
                first, second = first >> 1, second >> 1
        else:
            seen_new = node_hash(seen_new, item)
        first, second = first >> 1, second >> 1
    if second != 0:
        raise Tampered("a consistency proof is too short")
    return seen_old, seen_new


def _hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_BYTES for value in values)


def _split(count: int) -> int:
    """The largest power of two smaller than `count`."""
    return 1 << ((count - 1).bit_length() - 1)


def _cover(start: int, end: int) -> list[tuple[int, int]]:
    """The complete subtrees (level, index) that make up `start <= leaf < end`, left to right.

    `start` is a multiple of the largest of them, as in every range of a proof.
    """
    found: list[tuple[int, int]] = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append((level, start >> level))
        start += 1 << level
    return found


def _range_root(start: int, end: int, node: NodeReader) -> bytes:
    return _fold([node(level, at) for level, at in _cover(start, end)])


def _fold(peaks: Sequence[bytes]) -> bytes:
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root
