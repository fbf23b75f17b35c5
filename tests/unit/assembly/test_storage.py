"""Keys of a home: made once, never again under the old name."""

import pytest

from adyton.assembly.founding import init_home
from adyton.assembly.home import HomePaths
from adyton.assembly.perimeter import Perimeter
from adyton.terms import Misconfigured


@pytest.fixture
def home(tmp_path):
    init_home(tmp_path / "home", owner="Example Lab", operator="Operator One")
    return tmp_path / "home"


@pytest.mark.parametrize(
    "key",
    [
        "home/keys/log.key",
        "home/keys/manifest.key",
        "home/keys/kms.json",
        "home-witness/witness.key",
    ],
)
def test_a_key_that_is_gone_is_missed_and_not_made_anew(home, key):
    place = home.parent / key
    place.unlink()
    with pytest.raises(Misconfigured, match=r"is gone"), Perimeter.open(HomePaths.of(home)):
        pass
    assert not place.exists()


def test_a_home_whose_keys_are_all_there_opens_again(home):
    with Perimeter.open(HomePaths.of(home)) as perimeter:
        perimeter.ledger.publish()
        assert perimeter.verify_record()[1] == ()
