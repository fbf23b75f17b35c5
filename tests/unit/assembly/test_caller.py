import pytest

from adyton.adapters import owner_socket
from adyton.assembly import connect, init_home
from adyton.assembly.caller import (
    FAMILIES,
    LocalCaller,
    OwnerCaller,
    OwnerFailed,
    error_in,
    internal_error,
    public_error,
)
from adyton.assembly.operations import OPERATIONS
from adyton.terms import Conflict, Malformed, Refused, Secret, Unavailable, Unidentified


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return init_home(tmp_path_factory.mktemp("alone") / "home", owner="Lab", operator="Op")


def test_without_an_owner_the_home_is_opened_for_the_call(home):
    caller = connect(home.paths.root, home.key)
    assert isinstance(caller, LocalCaller)
    assert caller.call("org.list", {})["orgs"][0]["name"] == "Lab"
    assert caller.call("compartment.add", {"name": "one"})["compartment"].startswith("cmp_")


@pytest.mark.parametrize("name", [name for name, one in OPERATIONS.items() if one.lives])
def test_what_lives_in_an_owner_is_unavailable_and_nothing_is_done(home, name):
    caller = connect(home.paths.root, home.key)
    with pytest.raises(Unavailable) as raised:
        caller.call(name, {})
    assert raised.value.mend == "start adyton serve"


def test_what_must_not_end_with_the_call_needs_an_owner():
    assert {name for name, one in OPERATIONS.items() if one.lives} == {
        *("asset.request", "asset.pending", "asset.approve", "asset.open"),
        *("asset.read", "asset.close", "issue.copy", "model.start"),
        "ledger.follow",
    }


def test_a_second_owner_is_a_conflict(small):
    with pytest.raises(Conflict, match="another process owns this home"):
        LocalCaller(small.founded.paths, small.keys["operator"]).call("org.list", {})


def test_nobody_is_let_in_with_another_key(home):
    with pytest.raises(Unidentified):
        connect(home.paths.root, Secret("adk_wrong")).call("org.list", {})


def test_where_somebody_listens_the_call_goes_there(home):
    with owner_socket.listen(home.paths.socket):
        assert isinstance(connect(home.paths.root, home.key), OwnerCaller)
    assert isinstance(connect(home.paths.root, home.key), LocalCaller)


@pytest.mark.parametrize("family", FAMILIES.values())
def test_every_family_crosses_the_socket_as_itself(family):
    back = error_in(public_error(family("what", mend="do this")))
    assert (type(back), back.message, back.mend) == (family, "what", "do this")


def test_a_locked_caller_is_refused_and_a_bug_keeps_its_number():
    class Locked(Refused):
        """As policy has it."""

    assert type(error_in(public_error(Locked("locked")))) is Refused
    failed = error_in(internal_error("ab12"))
    assert isinstance(failed, OwnerFailed)
    assert failed.number == "ab12"
    assert isinstance(error_in({"nonsense": 1}), Unavailable)
    assert not isinstance(error_in(public_error(Malformed("m"))), Unavailable)
