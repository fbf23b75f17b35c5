"""Which tree an address means: an old one stays what it was, a new one has its number."""

import pytest

from adyton.assembly import init_home
from adyton.assembly.operations import dispatch
from adyton.assembly.perimeter import Perimeter
from adyton.assembly.publication import published
from adyton.crypto.epochlink import Reason
from adyton.terms import Missing, Secret


@pytest.fixture
def turned(tmp_path):
    """A home in its second epoch, and an auditor's key."""
    made = init_home(tmp_path / "home", owner="Example Lab", operator="Op One")
    with Perimeter.open(made.paths) as perimeter:
        asked = {"name": "One", "login": "one", "org": made.org, "employment": "employee"}
        person = dispatch(perimeter, made.key, "person.add", {**asked, "roles": ["auditor"]})
        key = dispatch(perimeter, made.key, "key.issue", {"person": person["person"]})["key"]
        perimeter.ledger.trees.turn(Reason.YEAR)
        perimeter.ledger.publish()
        yield perimeter, Secret(key)


def origin(turned, path):
    return published(*turned, path).content.decode().split("\n")[0]


def test_the_plain_address_stays_the_first_epochs_and_a_number_names_the_others(turned):
    base = turned[0].config.origin
    assert origin(turned, "checkpoint") == base
    assert origin(turned, "1/checkpoint") == base
    assert origin(turned, "2/checkpoint") == f"{base}/2"
    assert published(*turned, "2/tile/0/000.p/1").content


@pytest.mark.parametrize(
    "path",
    ["3/checkpoint", "0/checkpoint", "02/checkpoint", "2/2/checkpoint", "2/../1/checkpoint", "2/"],
)
def test_i2_an_epoch_that_is_not_there_is_missing_like_any_file(turned, path):
    with pytest.raises(Missing):
        published(*turned, path)


def test_reading_entries_of_a_later_epoch_is_recorded_by_their_positions(turned):
    perimeter, _ = turned
    first = perimeter.ledger.trees.position.first
    published(*turned, "2/tile/entries/000.p/1")
    (read,) = perimeter.all_entries("record.read")
    assert read.public["operation"] == "ledger.file"
    assert (read.public["first"], read.public["last"]) == (first, first)
