"""The table of what waits for the witnesses, and a whole perimeter that keeps to it."""

import sys

import pytest

from adyton.assembly import HomePaths, init_home
from adyton.assembly.config import Record
from adyton.assembly.operations.work import apart_check, elsewhere_check
from adyton.assembly.quorum import NEVER_WAITS, WAITS, quorum_rules
from adyton.assembly.storage import HomeWitnesses
from adyton.crypto.notes import COSIGNATURE, Signer
from adyton.ledger import standing
from adyton.terms import Fact, Unavailable
from tests.house import tree
from tests.perimeter import SmallPerimeter


def written():
    sys.path.insert(0, str(tree.ROOT / "docs"))
    try:
        from written import facts  # noqa: PLC0415 - beside the pages, not in the package
    finally:
        sys.path.pop(0)
    return {one.type for one in facts()}


def test_the_table_names_facts_that_are_written():
    assert set(WAITS) | NEVER_WAITS <= written()
    assert not set(WAITS) & NEVER_WAITS


def test_what_gives_a_right_or_ends_a_stop_is_in_the_table():
    """A new kind of fact that sounds like one has to be decided: add it here or there."""
    gives = ("granted", "lifted", "enrolled", "issued", "opened", "added", "erased")
    decided = {
        "organisation.added",  # gives nobody a right
        "copy.issued",  # what leaves is recorded first; the release that it needs has waited
        "case.opened",
        "drill.opened",
        "hold.added",  # begins a stop
    }
    found = {one for one in written() if one.rpartition(".")[2] in gives}
    assert found - set(WAITS) == decided


def test_model_requests_are_refused_without_a_quorum_only_if_set_so():
    assert quorum_rules(Record()).refused == frozenset()
    refusing = quorum_rules(Record(without_quorum="refuse"))
    assert refusing.refused == {"answer.intended"}
    assert refusing.waits == set(WAITS)


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A perimeter whose only witness does not answer, from the moment that the test says."""
    made = SmallPerimeter(tmp_path_factory.mktemp("alone"))
    made.request_waiting = made.request(
        made.document, "checkout", by="entitled", recipient="entitled"
    )
    made.approve(made.request_waiting)
    made.lock = made.call(
        "operator", "lock.set", {"kind": "person", "target": made.ids["nobody"], "reason": "x"}
    )["lock"]
    made.perimeter.ledger.publish()
    (member,) = made.perimeter.ledger.witnesses._members
    made.sound, made.member = member.asked.witness.add_checkpoint, member

    def gone(_request):
        message = "gone"
        raise Unavailable(message)

    member.asked.witness.add_checkpoint = gone
    with pytest.raises(Unavailable):
        made.perimeter.ledger.publish(anew=True)
    yield made
    member.asked.witness.add_checkpoint = made.sound
    made.close()


def giving(made):
    person = {"name": "Two", "login": "two", "org": made.founded.org, "employment": "employee"}
    public = {"hpke_public": "11" * 32, "sign_public": "22" * 32}
    return {
        "compartment.add": ("operator", {"name": "other"}),
        "entitle.add": (
            "operator",
            {"person": made.ids["nobody"], "act": "read", "asset": made.document},
        ),
        "lock.lift": ("operator", {"lock": made.lock}),
        "person.add": ("operator", person),
        "key.issue": ("operator", {"person": made.ids["nobody"]}),
        "approver.enroll": (
            "operator",
            {"person": made.ids["approver"], "group": "spare", **public},
        ),
        "asset.open": ("entitled", {"request": made.request_waiting}),
    }


GIVING = (
    *("compartment.add", "entitle.add", "lock.lift", "person.add", "key.issue"),
    *("approver.enroll", "asset.open"),
)


@pytest.mark.parametrize("operation", GIVING)
def test_l1_nothing_is_given_without_a_quorum(alone, operation):
    handle, params = giving(alone)[operation]
    size = alone.perimeter.ledger.trees.position.size
    with pytest.raises(Unavailable, match="no quorum of witnesses"):
        alone.call(handle, operation, params)
    fresh = [one.type for one in alone.perimeter.ledger.entries(after=size - 1)]
    assert not set(fresh) & set(WAITS)
    assert alone.perimeter.vault.sessions() == ()


def test_l1_an_erasure_without_a_quorum_erases_nothing(alone):
    with pytest.raises(Unavailable, match="nothing was recorded"):
        alone.perimeter.ledger.erase(alone.ids["nobody"], "2026-11")


def test_locking_out_and_model_requests_go_on_without_a_quorum(alone):
    target = {"kind": "person", "target": alone.ids["analyst"], "reason": "a test"}
    assert alone.call("operator", "lock.set", target)["lock"]
    alone.call("operator", "person.end", {"person": alone.ids["auditor"]})
    fact = Fact(type="answer.intended", public={"copy": "cpy_x", "recipient": "per_x"})
    assert "answer.intended" not in alone.perimeter.ledger._standing._rules.waits
    assert alone.perimeter.ledger._standing.waits(fact.type) is False


def checks_of(home, quorum, *urls):
    """What the doctor says of witnesses at these addresses, none of which is there."""
    vkeys = (
        Signer(name=f"w{at}.invalid", seed=bytes([at]) * 32, algorithm=COSIGNATURE).key
        for at in range(len(urls))
    )
    text = "".join(
        f'[witnesses.w{at}]\nvkey = "{vkey}"\nurl = "{url}"\n'
        for at, (vkey, url) in enumerate(zip(vkeys, urls, strict=True))
    )
    with (home / "config.toml").open("a") as file:
        file.write(f'\n[ledger]\nquorum = """{quorum}"""\n{text}')
    paths = HomePaths.of(home)
    asked = HomeWitnesses(paths, paths.read_config()).epoch(1)
    return {one["id"]: one for one in (elsewhere_check(asked), apart_check(asked))}


EVERY = "group q all local w0 w1\nquorum q"
TWO = "group q 2 local w0 w1\nquorum q"


@pytest.mark.parametrize(
    ("quorum", "urls", "elsewhere", "apart"),
    [
        ("quorum local", (), False, True),
        (TWO, ("https://a.invalid/x", "https://a.invalid/y"), True, False),
        (TWO, ("https://a.invalid", "https://b.invalid"), True, True),
        (EVERY, ("https://a.invalid/x", "https://a.invalid/y"), True, True),
        (TWO, ("http://127.0.0.1:1", "https://b.invalid"), None, True),
        ("group q any local w0\nquorum q", ("https://a.invalid",), False, False),
    ],
)
def test_the_doctor_sees_a_quorum_that_one_machine_can_satisfy(
    tmp_path, quorum, urls, elsewhere, apart
):
    init_home(tmp_path / "home", owner="Example Lab", operator="Op One")
    found = checks_of(tmp_path / "home", quorum, *urls)
    assert found["witness.elsewhere"]["ok"] is elsewhere
    assert found["witness.apart"]["ok"] is apart
    assert ("a.invalid" in found["witness.apart"]["text"]) is (apart is False)


def test_the_doctor_says_that_the_quorum_is_lost(alone):
    checks = alone.call("operator", "doctor.facts", {})["checks"]
    said = {one["id"]: one for one in checks}
    assert said["witness.quorum"]["ok"] is False
    assert "gone" in said["witness.quorum"]["text"]
    assert (said["witness.local"]["ok"], said["witness.local"]["text"]) == (False, "gone")
    types = [one.type for one in alone.perimeter.all_entries(standing.QUORUM_LOST)]
    assert len(types) == 1
