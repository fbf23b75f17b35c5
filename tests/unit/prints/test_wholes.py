import hashlib

from adyton.intake import BLOCK_BYTES, digest_file
from adyton.prints import PrintIndex, file_prints
from adyton.terms import AssetId, Span, VersionId
from tests.unit.prints.prose import KEY

WEIGHTS = hashlib.shake_256(b"weights").digest(10 * BLOCK_BYTES + 5000)


def index():
    made = PrintIndex(KEY)
    blob = file_prints([WEIGHTS[:70_000], WEIGHTS[70_000:]], KEY)
    made.add(asset=AssetId("ast_w"), version=VersionId("ver_w"), blob=blob)
    return made


def match(data):
    digest = digest_file([data])
    return index().match_file(
        sha256=digest.sha256, size_bytes=digest.size_bytes, blocks=digest.blocks
    )


def test_the_whole_file_is_exact():
    (found,) = match(WEIGHTS)
    assert found.exact
    assert (found.version, found.share_ppm) == ("ver_w", 1_000_000)


def test_a_piece_is_recognised_with_its_place():
    (found,) = match(WEIGHTS[3 * BLOCK_BYTES : 6 * BLOCK_BYTES])
    assert not found.exact
    assert found.blocks == 3
    assert found.spans_source == (Span(start=3 * BLOCK_BYTES, end=6 * BLOCK_BYTES),)


def test_another_file_and_empty_blocks_match_nothing():
    assert match(hashlib.shake_256(b"other").digest(5 * BLOCK_BYTES)) == ()
    assert match(bytes(5 * BLOCK_BYTES)) == ()
    assert match(b"") == ()


def test_blocks_of_a_common_ancestor_are_counted_as_shared():
    made = index()
    tuned = WEIGHTS[: 8 * BLOCK_BYTES] + hashlib.shake_256(b"tuned").digest(2 * BLOCK_BYTES)
    made.add(asset=AssetId("ast_t"), version=VersionId("ver_t"), blob=file_prints([tuned], KEY))
    digest = digest_file([tuned])
    best, other = made.match_file(
        sha256=digest.sha256, size_bytes=digest.size_bytes, blocks=digest.blocks
    )
    assert (best.version, best.exact, best.shared) == ("ver_t", True, 8)
    assert (other.version, other.exact, other.shared, other.blocks) == ("ver_w", False, 8, 8)


def test_an_index_knows_whether_it_has_files():
    assert index().knows_files()
    assert not PrintIndex(KEY).knows_files()
