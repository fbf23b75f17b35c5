from functools import reduce
from itertools import combinations

import pytest

from adyton.adapters.memory_ledger import SeededEntropy
from adyton.crypto import shamir
from adyton.crypto.shamir import Share
from adyton.terms import Malformed

SECRET = bytes(range(32))


def test_the_field_is_that_of_aes():
    # FIPS 197, section 4.2: {57} x {83} = {c1}, {57} x {13} = {fe}
    assert shamir.multiply(0x57, 0x83) == 0xC1
    assert shamir.multiply(0x57, 0x13) == 0xFE
    assert all(shamir.multiply(value, shamir.inverse(value)) == 1 for value in range(1, 256))


@pytest.mark.parametrize(("threshold", "count"), [(1, 3), (2, 2), (2, 3), (3, 5), (4, 6)])
def test_every_set_of_threshold_shares_gives_the_secret(threshold: int, count: int):
    shares = shamir.split(SECRET, threshold=threshold, count=count, entropy=SeededEntropy())
    for chosen in combinations(shares, threshold):
        assert shamir.join(chosen, threshold=threshold) == SECRET


def test_fewer_shares_fit_every_secret_equally():
    # with one share of a 2-of-n split, each possible secret byte has exactly one line through it
    share = shamir.split(b"\x2a", threshold=2, count=3, entropy=SeededEntropy())[0]
    other_values = {
        bytes(shamir.join([share, Share(x=2, y=bytes([guess]))], threshold=2))
        for guess in range(256)
    }
    assert len(other_values) == 256


def test_two_of_two_agrees_with_splitting_by_xor():
    # f(0) = f(1) * w1 + f(2) * w2 with w1 + w2 = 1 in this field: an oracle without polynomials
    first, second = shamir.split(SECRET, threshold=2, count=2, entropy=SeededEntropy())
    slope = bytes(a ^ b for a, b in zip(first.y, SECRET, strict=True))
    expected = bytes(
        reduce(int.__xor__, (secret, shamir.multiply(step, 2)))
        for secret, step in zip(SECRET, slope, strict=True)
    )
    assert second.y == expected


def test_a_wrong_share_gives_a_wrong_secret_and_its_commitment_shows_it():
    shares = shamir.split(SECRET, threshold=2, count=3, entropy=SeededEntropy())
    bad = Share(x=2, y=bytes(32))
    assert shamir.join([shares[0], bad], threshold=2) != SECRET
    committed = [
        shamir.commitment(label=b"l", context=b"c", share=share.y) for share in (shares[1], bad)
    ]
    assert committed[0] != committed[1]


def test_commitments_do_not_slide_between_their_fields():
    assert shamir.commitment(label=b"a", context=b"bc", share=b"d") != shamir.commitment(
        label=b"ab", context=b"c", share=b"d"
    )


@pytest.mark.parametrize(
    "shares",
    [
        [Share(x=1, y=b"a")],
        [Share(x=1, y=b"a"), Share(x=1, y=b"b")],
        [Share(x=0, y=b"a"), Share(x=1, y=b"b")],
        [Share(x=256, y=b"a"), Share(x=1, y=b"b")],
        [Share(x=1, y=b"a"), Share(x=2, y=b"bc")],
    ],
    ids=["too few", "repeated point", "zero", "outside the field", "other length"],
)
def test_impossible_shares_are_refused(shares: list[Share]):
    with pytest.raises(Malformed):
        shamir.join(shares, threshold=2)


@pytest.mark.parametrize(("threshold", "count"), [(0, 3), (4, 3), (2, 256)])
def test_impossible_numbers_are_refused(threshold: int, count: int):
    with pytest.raises(Malformed):
        shamir.split(SECRET, threshold=threshold, count=count, entropy=SeededEntropy())


def test_an_empty_secret_is_refused():
    with pytest.raises(Malformed):
        shamir.split(b"", threshold=2, count=3, entropy=SeededEntropy())


def test_a_share_does_not_show_its_value():
    assert "deadbeef" not in repr(Share(x=1, y=bytes.fromhex("deadbeef"))).replace("\\x", "")
