"""Writing an evidence bundle; test_proof.py checks what the verifier says of it."""

import pytest

from adyton.adapters.memory_ledger import memory_ledger
from adyton.ledger.bundle import write_bundle
from adyton.ledger.proof import examine_bundle
from adyton.terms import Fact, Malformed, Missing


def ledger(total=6):
    made = memory_ledger()
    for at in range(total):
        made.append(Fact(type="a.done", public={"n": at}, body={"name": "Robin"} if at else {}))
    return made


def test_a_bundle_holds_what_was_asked_for_and_verifies():
    made = ledger()
    bundle = write_bundle(
        {"report.html": b"<p>"}, case="cas_a", ledger=made, indexes=[4, 1], bodies=[4]
    )
    assert sorted(bundle) == [
        "MANIFEST",
        "bodies/4.json",
        "checkpoint",
        "facts/1.json",
        "facts/1.tlog-proof",
        "facts/4.json",
        "facts/4.tlog-proof",
        "report.html",
        "vkeys",
    ]
    seen = examine_bundle(bundle, anchor=made.vkey())
    assert (seen.failures, seen.facts, seen.size) == ([], 2, 6)


@pytest.mark.parametrize(
    "path", ["MANIFEST", "vkeys", "checkpoint", "facts/9.json", "../x", "/x", "a//b", "a\nb"]
)
def test_a_file_that_the_bundle_writes_itself_or_that_leaves_it_is_malformed(path):
    with pytest.raises(Malformed):
        write_bundle({path: b""}, case="cas_a", ledger=ledger(), indexes=[])


def test_a_body_that_is_not_there_cannot_be_opened():
    made = ledger()
    with pytest.raises(Missing):
        write_bundle({}, case="cas_a", ledger=made, indexes=[0], bodies=[0])
    with pytest.raises(Malformed):
        write_bundle({}, case="cas_a", ledger=made, indexes=[0], bodies=[1])
    made.erase("log", "2027-01")
    with pytest.raises(Missing):
        write_bundle({}, case="cas_a", ledger=made, indexes=[1], bodies=[1])


def test_an_unknown_fact_is_missing():
    with pytest.raises(Missing):
        write_bundle({}, case="cas_a", ledger=ledger(), indexes=[99])


def test_a_bundle_of_an_erased_fact_still_verifies_without_its_body():
    made = ledger()
    made.erase("log", "2027-01")
    bundle = write_bundle({}, case="cas_a", ledger=made, indexes=[1, 6])
    assert examine_bundle(bundle).failures == []
