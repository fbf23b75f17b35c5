import numpy as np

from adyton.prints.places import Printed
from adyton.prints.postings import meet, postings_of, with_added


def printed(*hashes):
    places = np.arange(len(hashes), dtype=np.int64)
    return Printed(
        hashes=np.array(hashes, dtype=np.uint64), starts=places, ends=places + 1, length=len(hashes)
    )


def test_every_holder_is_found_however_the_tiers_were_merged():
    tiers = ()
    for number in range(50):
        tiers = with_added(tiers, postings_of(printed(7, 100 + number), number))
    assert len(tiers) < 8
    met = meet(tiers, np.array([7, 149, 3], dtype=np.uint64), most=100)
    assert sorted(met.sources[met.asked == 0].tolist()) == list(range(50))
    assert met.sources[met.asked == 1].tolist() == [49]
    assert not (met.asked == 2).any()


def test_a_hash_with_too_many_places_is_passed_over():
    tiers = with_added((), postings_of(printed(*[7] * 20, 8), 0))
    met = meet(tiers, np.array([7, 8], dtype=np.uint64), most=10)
    assert met.asked.tolist() == [1]


def test_nothing_meets_nothing():
    assert len(meet((), np.array([1], dtype=np.uint64), most=10).asked) == 0
