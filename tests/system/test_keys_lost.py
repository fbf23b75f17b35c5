"""docs/operate/keys-lost.md, mark keys: the quorum of a version is gone, and so is its mark key."""

import pytest

from adyton.crypto.notes import parse_vkey
from adyton.ledger.proof import examine_receipt
from adyton.terms import AdytonError
from tests.perimeter import MASTER, SmallPerimeter


@pytest.fixture
def small(tmp_path):
    """One of its own: what others trace is taken from the same budget of error."""
    made = SmallPerimeter(tmp_path)
    yield made
    made.close()


def traced(small, copy):
    answer = small.call("investigator", "trace.run", {"files": small.posted(copy)})
    return answer["findings"][0]


def test_without_the_quorum_of_a_version_its_copies_are_recognised_and_none_is_named(small):
    document = small.protect("lost.md", MASTER)
    small.entitle("entitled", "read", asset=document)
    session = small.release(document, "issue", by="custodian")
    asked = {"asset": document, "to": small.ids["entitled"]}
    copy = small.call("custodian", "issue.copy", asked)
    small.call("custodian", "asset.close", {"session": session})
    request = small.request(document, "trace", by="investigator", recipient="investigator")
    small.approve(request, "approver")  # the others' keys are lost: one alone opens nothing
    with pytest.raises(AdytonError):
        small.call("investigator", "asset.open", {"request": request})
    finding = traced(small, copy)
    assert finding["matches"], "the prints are not under that key"
    assert finding["copies"] == []
    # who was given which copy stays on record and provable
    row = small.perimeter.ledger.state.get("copies", copy["copy"])
    assert row["recipient"] == small.ids["entitled"]
    ledger = small.perimeter.ledger
    (issued,) = [
        one
        for one in small.perimeter.all_entries("copy.issued")
        if one.public["copy"] == copy["copy"]
    ]
    receipt = ledger.proof(issued.receipt)
    keys = [parse_vkey(one) for one in (ledger.vkey(), *ledger.witness_vkeys())]
    assert examine_receipt(receipt, entry=None, log=keys[0], witnesses=keys[1:]).failures == []
    # with the quorum the same copy is named: it was the key that lacked
    small.release(document, "trace", by="investigator")
    assert [one["copy"] for one in traced(small, copy)["copies"]] == [copy["copy"]]
