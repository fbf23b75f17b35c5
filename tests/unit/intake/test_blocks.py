from hypothesis import given
from hypothesis import strategies as st

from adyton.intake import BLOCK_BYTES, digest_file


@given(st.lists(st.integers(0, 50_000), max_size=8))
def test_chunking_makes_no_difference(sizes):
    data = bytes(number * 7 % 251 for number in range(sum(sizes)))
    cut, chunks = 0, []
    for size in sizes:
        chunks.append(data[cut : cut + size])
        cut += size
    assert digest_file(chunks) == digest_file([data])


def test_blocks_that_say_nothing_are_blank():
    data = bytes(BLOCK_BYTES) + b"ab" * (BLOCK_BYTES // 2) + b"short"
    zero, some, short = digest_file([data]).blocks
    assert (zero, short) == ("", "")
    assert some
