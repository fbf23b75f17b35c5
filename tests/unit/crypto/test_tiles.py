import pytest

from adyton.crypto import merkle, tiles
from adyton.crypto.checkpoints import open_checkpoint
from adyton.crypto.notes import parse_vkey
from adyton.terms.errors import Malformed, TooLarge


def paths(size, since=0):
    return [tile.path() for tile in tiles.tiles_of(size, since=since)]


def test_seventy_thousand_entries_lie_where_the_specification_says():
    found = paths(70_000)
    assert len(found) == 273 + 1 + 1 + 1 + 1
    assert found[272:] == [
        "tile/0/272", "tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"
    ]  # fmt: skip


def test_a_full_first_tile_has_its_hash_above():
    assert paths(256) == ["tile/0/000", "tile/1/000.p/1"]


def test_large_numbers_are_cut_into_groups_of_three():
    tile = tiles.Tile(level=0, index=1_234_067, width=256)
    assert tile.path() == "tile/0/x001/x234/067"
    assert tile.entries_path() == "tile/entries/x001/x234/067"


def test_only_what_changed_is_listed_again():
    assert paths(300, since=257) == ["tile/0/001.p/44"]
    assert paths(512, since=300) == ["tile/0/001", "tile/1/000.p/2"]
    assert paths(300, since=300) == []


def test_entries_come_back_as_they_went_in():
    entries = [b"", b"one", b"x" * 65_535]
    data = tiles.join_entries(entries)
    assert tiles.split_entries(data, width=3, what="bundle") == entries


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-1], lambda data: data + b"\0"], ids=["cut", "longer"]
)
def test_a_cut_or_longer_bundle_is_malformed(damage):
    data = tiles.join_entries([b"one", b"two"])
    with pytest.raises(Malformed):
        tiles.split_entries(damage(data), width=2, what="bundle")


def test_a_bundle_of_another_width_is_malformed():
    with pytest.raises(Malformed, match="does not hold 3"):
        tiles.split_entries(tiles.join_entries([b"one", b"two"]), width=3, what="bundle")


def test_an_entry_over_the_limit_is_too_large():
    with pytest.raises(TooLarge):
        tiles.join_entries([b"x" * 65_536])


def test_a_tile_of_the_wrong_length_is_malformed():
    with pytest.raises(Malformed):
        tiles.split_hashes(b"x" * 33, width=1, what="tile")


@pytest.mark.parametrize("size", [1, 255, 256, 257, 600])
def test_proofs_can_be_made_from_tiles_alone(size):
    leaves = [merkle.leaf_hash(at.to_bytes(2, "big")) for at in range(size)]

    def read(tile):
        step = 256**tile.level
        first = tile.index * tiles.TILE_WIDTH
        return [
            merkle.root_of(leaves[at * step : (at + 1) * step])
            for at in range(first, first + tile.width)
        ]

    node = tiles.node_reader(size, read)
    assert merkle.tree_from_nodes(size, node).root() == merkle.root_of(leaves)
    merkle.check_inclusion(
        index=size - 1,
        size=size,
        leaf=leaves[-1],
        proof=merkle.make_inclusion_proof(size - 1, size, node),
        root=merkle.root_of(leaves),
    )


def test_a_real_log_verifies_at_every_size_and_between_all_of_them(published):
    folder = published("tessera-log")
    log = parse_vkey((folder / "log.vkey").read_text().strip())
    seen = {}
    for size in range(16):
        data = (folder / "log" / f"checkpoint.{size}").read_bytes()
        checkpoint, _ = open_checkpoint(data, log=log)
        assert checkpoint.size == size
        seen[size] = checkpoint.root
    for size in range(1, 16):
        tile = tiles.tile_of(0, 0, size)
        data = (folder / "log" / tile.path()).read_bytes()
        hashes = tiles.split_hashes(data, width=size, what="tile")
        bundle = (folder / "log" / tile.entries_path()).read_bytes()
        entries = tiles.split_entries(bundle, width=size, what="bundle")
        assert [merkle.leaf_hash(entry) for entry in entries] == hashes
        assert merkle.root_of(hashes) == seen[size]
        node = tiles.node_reader(size, lambda _, kept=hashes: kept)
        for index, leaf in enumerate(hashes):
            proof = merkle.make_inclusion_proof(index, size, node)
            merkle.check_inclusion(index=index, size=size, leaf=leaf, proof=proof, root=seen[size])
        for old in range(1, size + 1):
            proof = merkle.make_consistency_proof(old, size, node)
            merkle.check_consistency(
                old=old, new=size, old_root=seen[old], new_root=seen[size], proof=proof
            )
