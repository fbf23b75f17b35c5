"""Operations on the record: receipts, proofs, and what they tell of others."""

import pytest

from adyton.crypto.notes import parse_vkey
from adyton.ledger.promise import open_promise, open_receipt
from adyton.terms import Missing, Refused


def log_key(small):
    return parse_vkey(small.perimeter.ledger.vkey())


def test_every_issue_and_checkout_is_promised(small):
    copy = small.copy_for("entitled")
    request = small.request(small.document, "checkout", by="entitled", recipient="entitled")
    small.approve(request)
    opened = small.call("entitled", "asset.open", {"request": request})
    held = {"copy": copy["copy"], "digest": copy["digest"]}
    acknowledged = small.call("entitled", "issue.acknowledge", held)
    ledger = small.perimeter.ledger
    types = ("copy.issued", "copy.issued", "copy.acknowledged")
    for answer, kind in zip((copy, opened, acknowledged), types, strict=True):
        said = open_promise(answer["promise"].encode(), log_key(small))
        assert said.receipt == answer["receipt"]
        assert ledger.entry(said.receipt).type == kind


def test_a_release_for_other_ends_is_no_copy_and_is_not_promised(small):
    request = small.request(small.document, "issue", by="custodian", recipient="custodian")
    small.approve(request)
    assert "promise" not in small.call("custodian", "asset.open", {"request": request})


def test_i2_another_ones_receipt_is_missing_like_none(small):
    receipt = small.copy_for("entitled")["receipt"]
    told = small.call("entitled", "receipt.status", {"receipt": receipt})
    assert told["status"] == "promised"
    note = open_receipt(told["note"].encode(), log_key(small))
    assert (note.receipt, note.kept) == (receipt, False)
    words = set()
    for by, asked in (
        ("nobody", receipt),
        ("operator", receipt),
        ("auditor", receipt),
        ("nobody", "rct_" + "a" * 26),
        ("entitled", "rct_" + "a" * 26),
        ("nobody", ""),
    ):
        with pytest.raises(Missing) as raised:
            small.call(by, "receipt.status", {"receipt": asked})
        words.add((raised.value.message, raised.value.mend))
    assert len(words) == 1


def test_a_receipt_is_kept_once_covered_and_its_time_has_come(small, monkeypatch):
    receipt = small.copy_for("entitled")["receipt"]
    small.perimeter.ledger.publish()
    later_s = small.perimeter.now_s() + 30
    monkeypatch.setattr(small.perimeter, "now_s", lambda: later_s)
    assert small.call("entitled", "receipt.status", {"receipt": receipt})["status"] == "kept"


def test_a_proof_with_index_and_size_is_for_auditors_and_investigators(small):
    receipt = small.copy_for("entitled")["receipt"]
    for by in ("auditor", "investigator"):
        assert "index" in small.call(by, "ledger.prove", {"receipt": receipt})["proof"]
    for by in ("entitled", "operator", "custodian", "approver"):
        with pytest.raises(Refused):
            small.call(by, "ledger.prove", {"receipt": receipt})


def verify(small, *kept):
    return small.call("auditor", "ledger.verify", {"kept": list(kept)})


def test_what_somebody_kept_of_an_honest_record_holds(small):
    checkpoint = small.call("auditor", "ledger.checkpoint", {})["checkpoint"]
    receipt = small.call("investigator", "drill.seal", {"digest": "3" * 64})["receipt"]
    proof = small.call("auditor", "ledger.prove", {"receipt": receipt})["proof"]
    assert verify(small, checkpoint, proof)["ok"]


@pytest.mark.parametrize("kept", ["", "no checkpoint", "c2sp.org/tlog-proof@v1\nindex 1\n"])
def test_what_is_no_checkpoint_is_a_check_that_failed(small, kept):
    answer = verify(small, kept)
    assert not answer["ok"]
    assert answer["problems"][0].startswith("kept 1: ")


def test_a_checkpoint_that_somebody_changed_is_named(small):
    checkpoint = small.call("auditor", "ledger.checkpoint", {})["checkpoint"]
    lines = checkpoint.split("\n")
    lines[1] = str(int(lines[1]) + 1)
    answer = verify(small, checkpoint, "\n".join(lines))
    assert [one.partition(":")[0] for one in answer["problems"]] == ["kept 2"]
