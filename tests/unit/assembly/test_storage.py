"""Keys of a home: made once, never again under the old name."""

from pathlib import Path

import pytest

from adyton.adapters.free_space import LocalSpace
from adyton.assembly.founding import init_home
from adyton.assembly.home import HomePaths
from adyton.assembly.perimeter import Perimeter
from adyton.assembly.storage import LAST_RECORDED
from adyton.ledger.ports import Space
from adyton.policy import LockKind
from adyton.terms import Misconfigured, Unavailable


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


def set_reserve(home, refusals_mib, uses_mib):
    config = home / "config.toml"
    settings = f"\n[reserve]\nrefusals_mib = {refusals_mib}\nuses_mib = {uses_mib}\n"
    config.write_text(config.read_text() + settings)


def test_a_home_on_a_disk_below_the_last_mark_takes_locks_and_no_uses(home, monkeypatch):
    monkeypatch.setattr(LocalSpace, "measure", lambda _: Space(free_bytes=0, total_bytes=1 << 40))
    with Perimeter.open(HomePaths.of(home)) as perimeter:
        with pytest.raises(Unavailable, match="nearly full"):
            perimeter.compartments.add("cyber", by=None)
        perimeter.locks.set(kind=LockKind.NETWORK, target="192.0.2.0/24", reason="x", by=None)


def test_bad_requests_stop_before_uses_do(home):
    set_reserve(home, 100, 200)
    with (
        pytest.raises(Misconfigured, match=r"reserve\.uses_mib"),
        Perimeter.open(HomePaths.of(home)),
    ):
        pass


def test_what_closes_and_contains_are_facts_that_there_are():
    page = Path(__file__).parents[3] / "docs" / "facts.md"
    assert [one for one in LAST_RECORDED if f"`{one}`" not in page.read_text()] == []
