"""State from facts alone: rows that were damaged are found and replaced, and open nobody a door."""

import sqlite3
from contextlib import closing

import pytest

from adyton.assembly import init_home
from adyton.assembly.home import HomePaths
from adyton.assembly.operations import dispatch
from adyton.assembly.perimeter import Perimeter
from adyton.assembly.standing import rebuild_home
from adyton.terms import Conflict, Refused, Secret, Unidentified

RIGHT = "every row follows"


@pytest.fixture
def made(tmp_path):
    return init_home(tmp_path / "home", owner="Example Lab", operator="Op One")


def sql(made, statement):
    connection = sqlite3.connect(made.paths.state / "state.db", isolation_level=None)
    connection.execute(statement)
    connection.close()


def rebuild(made, *, check=False, **more):
    seen = []
    answer = rebuild_home(made.paths.root, made.key, check=check, seen=seen.append, **more)
    assert seen[-1] == answer["facts"]
    return answer


def test_an_honest_home_has_nothing_to_rebuild(made):
    assert rebuild(made, check=True)["problems"] == []
    assert rebuild(made)["problems"] == []


DAMAGE = {
    "emptied": "DELETE FROM state_rows",
    "changed": "UPDATE state_rows SET json = '{\"name\":\"Mallory\"}' WHERE tbl = 'people'",
    "planted": "INSERT INTO state_rows VALUES ('people', 'per_x', '', '{}')",
    "index moved": "UPDATE state_rows SET ix = 'elsewhere' WHERE tbl = 'credentials'",
}


@pytest.mark.parametrize("statement", DAMAGE.values(), ids=DAMAGE)
def test_rows_that_were_changed_on_the_disk_are_found_and_made_again(made, statement):
    sql(made, statement)
    assert rebuild(made, check=True)["problems"] != []
    assert rebuild(made, check=True)["problems"] != []  # a check changes nothing
    assert rebuild(made)["replaced"] is True
    assert rebuild(made, check=True)["problems"] == []
    with Perimeter.open(HomePaths.of(made.paths.root)) as perimeter:
        assert perimeter.verify_record()[1] == ()
        assert perimeter.identity.authenticate(made.key.reveal()).person == made.operator


def test_a_row_that_is_not_even_readable_is_said_and_made_again(made):
    sql(made, "UPDATE state_rows SET json = '{'")
    assert "is not what we wrote" in rebuild(made, check=True)["problems"][0]
    rebuild(made)
    assert rebuild(made, check=True)["problems"] == []


def test_a_credential_that_only_a_row_knows_opens_nothing(made):
    stranger = Secret("adk_" + "a" * 26 + "_" + "a" * 68)
    with pytest.raises(Unidentified):
        rebuild_home(made.paths.root, stranger, check=True, seen=lambda _: None)


def test_rows_of_lost_bodies_are_never_called_right_nor_replaced_unasked(made):
    """Whoever destroys a body key must not have the rows made again without what it held."""
    with Perimeter.open(HomePaths.of(made.paths.root)) as perimeter:
        before = perimeter.ledger.state.get("people", made.operator)
    with closing(sqlite3.connect(made.paths.state / "bodykeys.db")) as keys:
        keys.execute("DELETE FROM body_keys WHERE subject = ?", (made.operator,))
        keys.commit()
    assert rebuild(made, check=True)["problems"][0].startswith("bodies: ")
    with pytest.raises(Conflict, match="are lost, no erasure explains it"):
        rebuild(made)
    with Perimeter.open(HomePaths.of(made.paths.root)) as perimeter:
        assert perimeter.ledger.state.get("people", made.operator) == before
        with pytest.raises(Conflict, match="are lost"):
            dispatch(perimeter, made.key, "ledger.rebuild", {})
    assert rebuild(made, despite_lost=True)["replaced"] is True
    with Perimeter.open(HomePaths.of(made.paths.root)) as perimeter:
        assert perimeter.ledger.state.get("people", made.operator) != before


def test_who_may_not_administer_rebuilds_nothing(made):
    with Perimeter.open(made.paths) as perimeter:
        from adyton.assembly.operations import dispatch  # noqa: PLC0415

        asked = {"name": "One", "login": "one", "org": made.org, "employment": "employee"}
        person = dispatch(perimeter, made.key, "person.add", {**asked, "roles": ["auditor"]})
        key = dispatch(perimeter, made.key, "key.issue", {"person": person["person"]})["key"]
    with pytest.raises(Refused):
        rebuild_home(made.paths.root, Secret(key), check=True, seen=lambda _: None)


def test_a_home_that_somebody_owns_is_rebuilt_by_its_owner_alone(made):
    with Perimeter.open(made.paths), pytest.raises(Conflict):
        rebuild(made)
