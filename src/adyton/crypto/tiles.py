"""C2SP tlog-tiles: which files hold which hashes and entries, and what is in them.

A tile holds up to 256 hashes of one level; the partial tile `<N>.p/<W>` holds its first W. An
entry bundle holds the same leaves' bytes, each after its length (two bytes, big-endian).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from adyton.crypto.merkle import HASH_BYTES, NodeReader, root_of
from adyton.terms.errors import Malformed, TooLarge

TILE_WIDTH = 256
MAX_ENTRY_BYTES = 65_535
_TILE_HEIGHT = 8
_GROUP = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One tile of a tree: `level` counts in tiles (256**level leaves a hash)."""

    level: int
    index: int
    width: int

    def path(self) -> str:
        """Where its hashes lie."""
        return f"tile/{self.level}/{_number(self.index)}{self._part()}"

    def entries_path(self) -> str:
        """Where the entries of a level 0 tile lie."""
        return f"tile/entries/{_number(self.index)}{self._part()}"

    def _part(self) -> str:
        return "" if self.width == TILE_WIDTH else f".p/{self.width}"


def partial_folders(tile: Tile) -> tuple[str, ...]:
    """The folders of partial tiles that a full tile makes unnecessary."""
    folders = [f"tile/{tile.level}/{_number(tile.index)}.p"]
    if tile.level == 0:
        folders.append(f"tile/entries/{_number(tile.index)}.p")
    return tuple(folders)


def hashes_at(level: int, size: int) -> int:
    """How many hashes the tiles of `level` hold in a tree of `size` leaves."""
    return size >> (_TILE_HEIGHT * level)


def tile_of(level: int, index: int, size: int) -> Tile:
    """The tile `index` of `level` as it is in a tree of `size` leaves."""
    width = min(TILE_WIDTH, hashes_at(level, size) - index * TILE_WIDTH)
    if width <= 0:
        raise Malformed("a tile lies outside the tree")
    return Tile(level=level, index=index, width=width)


def tiles_of(size: int, *, since: int = 0) -> Iterator[Tile]:
    """Every tile that a tree of `size` leaves has and one of `since` leaves had not.

    Level by level upward, so that a tile's children come before it.
    """
    level = 0
    while (hashes := hashes_at(level, size)) > 0:
        before = hashes_at(level, since)
        if hashes > before:
            for index in range(before // TILE_WIDTH, -(-hashes // TILE_WIDTH)):
                yield tile_of(level, index, size)
        level += 1


def join_hashes(hashes: Sequence[bytes]) -> bytes:
    """The bytes of a tile."""
    return b"".join(hashes)


def split_hashes(data: bytes, *, width: int, what: str) -> list[bytes]:
    """The hashes in a tile of `width`; Malformed, naming `what`, at another length."""
    if len(data) != width * HASH_BYTES:
        raise Malformed(f"{what} does not hold {width} hashes")
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def join_entries(entries: Iterable[bytes]) -> bytes:
    """The bytes of an entry bundle. Raises TooLarge beyond 65,535 bytes an entry."""
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise TooLarge("an entry is over 65,535 bytes")
        parts += [len(entry).to_bytes(2, "big"), entry]
    return b"".join(parts)


def split_entries(data: bytes, *, width: int, what: str) -> list[bytes]:
    """The entries in a bundle of `width`; Malformed, naming `what`, if cut or too long."""
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        entry = data[at + 2 : at + 2 + length]
        if len(data) < at + 2 or len(entry) != length:
            raise Malformed(f"{what} ends inside an entry")
        entries.append(entry)
        at += 2 + length
    if len(entries) != width:
        raise Malformed(f"{what} does not hold {width} entries")
    return entries


def node_reader(size: int, read: Callable[[Tile], Sequence[bytes]]) -> NodeReader:
    """Hashes of complete subtrees out of the tiles of a tree of `size` leaves.

    `read` gives the hashes of a tile; it is asked once for each tile.
    """
    cache: dict[Tile, Sequence[bytes]] = {}

    def node(level: int, index: int) -> bytes:
        tile_level, above = divmod(level, _TILE_HEIGHT)
        first = index << above
        tile = tile_of(tile_level, first // TILE_WIDTH, size)
        if tile not in cache:
            cache[tile] = read(tile)
        start = first % TILE_WIDTH
        return root_of(cache[tile][start : start + (1 << above)])

    return node


def _number(index: int) -> str:
    groups = [f"{index % _GROUP:03d}"]
    while index := index // _GROUP:
        groups.append(f"x{index % _GROUP:03d}")
    return "/".join(reversed(groups))
