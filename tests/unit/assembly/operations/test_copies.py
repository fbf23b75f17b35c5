import base64
import hashlib

import pytest

from adyton.terms import Conflict, Malformed, Missing, Refused
from tests.perimeter import MASTER


def test_each_recipient_gets_a_copy_of_their_own_that_is_on_record(small):
    small.person("other reader")
    small.entitle("other reader", "read", asset=small.document)
    one, other = small.copy_for("entitled"), small.copy_for("other reader")
    assert one["digest"] != other["digest"]
    data = base64.b64decode(one["data"])
    assert hashlib.sha256(data).hexdigest() == one["digest"]
    row = small.perimeter.ledger.state.get("copies", one["copy"])
    assert (row["recipient"], row["digest"]) == (small.ids["entitled"], one["digest"])


def test_only_who_may_read_is_handed_a_copy(small):
    small.release(small.document, "issue", by="custodian")
    for person, family in ((small.ids["nobody"], Refused), ("per_none", Missing)):
        with pytest.raises(family):
            small.call("custodian", "issue.copy", {"asset": small.document, "to": person})


def test_without_an_open_session_nothing_is_issued(small):
    asset = small.protect("never opened", MASTER)
    small.entitle("entitled", "read", asset=asset)
    before = len(list(small.perimeter.all_entries("copy.issued")))
    with pytest.raises(Missing, match="not open to issue"):
        small.call("custodian", "issue.copy", {"asset": asset, "to": small.ids["entitled"]})
    assert len(list(small.perimeter.all_entries("copy.issued"))) == before


def test_a_copy_is_not_handed_out_by_checkout(small):
    small.release(small.document, "issue", by="custodian")
    asked = {"asset": small.document, "to": small.ids["entitled"], "channel": "checkout"}
    with pytest.raises(Malformed):
        small.call("custodian", "issue.copy", asked)


def test_only_the_recipient_acknowledges_and_only_the_bytes_they_hold(small):
    copy = small.copy_for("entitled")
    params = {"copy": copy["copy"], "digest": copy["digest"]}
    told = set()
    for name in (copy["copy"], "cpy_none"):
        with pytest.raises(Missing) as raised:
            small.call("nobody", "issue.acknowledge", {**params, "copy": name})
        told.add(raised.value.message)
    assert len(told) == 1
    with pytest.raises(Refused):
        small.call("entitled", "issue.acknowledge", {**params, "digest": "0" * 64})
    assert small.call("entitled", "issue.acknowledge", params)["receipt"]
    with pytest.raises(Conflict):
        small.call("entitled", "issue.acknowledge", params)


def test_an_endpoint_has_no_version_to_publish(small):
    asked = {"name": "no-version", "compartment": small.compartment}
    small.call("operator", "asset.endpoint", asked)
    with pytest.raises(Missing):
        small.call("operator", "publish.version", {"asset": "no-version"})


def test_a_name_that_no_model_can_have_registers_nothing(small):
    asked = {"name": "two words", "compartment": small.compartment}
    with pytest.raises(Malformed, match="not a model name"):
        small.call("operator", "asset.endpoint", asked)
    with pytest.raises(Missing):
        small.perimeter.asset("two words")
