import base64

import pytest

from adyton.terms import Conflict, Malformed, Missing, Refused
from tests.perimeter import MASTER

FREE = {"kind": "document"}


def asked(small, path, name):
    return {**FREE, "path": str(path), "name": name, "compartment": small.compartment}


def test_i2_a_hidden_asset_reads_like_a_missing_one(small):
    for operation, extra in (
        ("asset.show", {}),
        ("asset.quorum", {}),
        (
            "asset.request",
            {"purpose": "checkout", "recipient": small.ids["nobody"], "reason": "r"},
        ),
        ("issue.copy", {"to": small.ids["nobody"]}),
    ):
        told = []
        for name in ("runbook.md", small.document, "no such thing"):
            with pytest.raises(Missing) as raised:
                small.call("nobody", operation, {"asset": name, **extra})
            told.append((type(raised.value), raised.value.message, raised.value.mend))
        assert len(set(told)) == 1, operation
    assert small.call("nobody", "asset.list", {}) == {"assets": []}


def test_the_owners_own_places_are_never_protected_or_swept(small, tmp_path):
    paths, config = small.founded.paths, small.perimeter.config
    (tmp_path / "link").symlink_to(paths.keys)
    places = [
        paths.root,
        paths.keys / "kms.json",
        paths.head(config),
        paths.witness(config) / "witness.key",
        paths.operator_key,
        tmp_path / "link" / "log.key",
        tmp_path / "link",
        paths.root / ".." / paths.root.name / "state",
    ]
    for place in places:
        with pytest.raises(Refused):
            small.call("custodian", "asset.protect", asked(small, place, "stolen"))
        with pytest.raises(Refused):
            small.call("operator", "sweep.run", {"paths": [str(place)]})
    with pytest.raises(Refused, match="holds the perimeter"):
        small.call("custodian", "asset.protect", asked(small, paths.root.parent, "stolen"))


@pytest.mark.parametrize("path", ["relative", "", "~/x", "/a\0b"])
def test_a_path_that_means_something_else_to_the_owner_is_malformed(small, path):
    with pytest.raises(Malformed):
        small.call("custodian", "asset.protect", asked(small, path, "odd"))
    with pytest.raises(Malformed):
        small.call("operator", "sweep.run", {"paths": [path]})


def test_a_link_is_not_protected_and_nothing_is_registered(small, tmp_path):
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "link").symlink_to(MASTER)
    for place in (tmp_path / "tree", tmp_path / "none"):
        with pytest.raises(Missing):
            small.call("custodian", "asset.protect", asked(small, place, "linked"))
    with pytest.raises(Missing):
        small.perimeter.asset("linked")


def test_a_compartment_that_is_not_there_takes_no_asset(small):
    for operation, params in (
        ("asset.protect", {**asked(small, MASTER, "astray"), "compartment": "cmp_none"}),
        ("asset.endpoint", {"name": "astray", "compartment": "cmp_none"}),
    ):
        by = "custodian" if operation == "asset.protect" else "operator"
        with pytest.raises(Missing, match="no such compartment"):
            small.call(by, operation, params)
    with pytest.raises(Missing):
        small.perimeter.asset("astray")


def test_a_known_name_gets_a_new_version(small):
    first = small.call("custodian", "asset.protect", asked(small, MASTER, "twice"))
    second = small.call("custodian", "asset.protect", asked(small, MASTER, "twice"))
    assert first["asset"] == second["asset"]
    assert first["version"] != second["version"]
    shown = small.call("custodian", "asset.show", {"asset": "twice"})
    assert (shown["current"], len(shown["versions"])) == (second["version"], 2)


def test_a_request_is_seen_by_those_whom_it_concerns_only(small):
    request = small.request(small.document, "checkout", by="entitled", recipient="entitled")

    def sees(handle):
        waiting = small.call(handle, "asset.pending", {})["requests"]
        return [bool(one["sealed_share"]) for one in waiting if one["id"] == request]

    assert sees("entitled") == [False]
    assert sees("approver") == [True]
    for handle in ("nobody", "operator", "custodian", "investigator", "auditor"):
        assert sees(handle) == []


def test_i3_neither_one_approver_nor_one_twice_opens(small):
    request = small.request(small.document, "checkout", by="entitled", recipient="entitled")
    small.approve(request, "approver")
    with pytest.raises(Refused):
        small.call("entitled", "asset.open", {"request": request})
    with pytest.raises(Conflict):
        small.approve(request, "approver")
    small.approve(request, "third approver")
    opened = small.call("entitled", "asset.open", {"request": request})
    assert opened["files"] == {MASTER.name: MASTER.stat().st_size}


def test_an_approval_of_somebody_else_is_refused_and_nonsense_is_malformed(small):
    approval = {"request": "r", "person": small.ids["second approver"], "note": ""}
    with pytest.raises(Refused, match="somebody else's"):
        small.call("approver", "asset.approve", {"approval": approval})
    for approval in ({}, {"request": "r", "person": small.ids["approver"], "note": "%"}):
        with pytest.raises(Malformed):
            small.call("approver", "asset.approve", {"approval": approval})


def test_a_session_is_its_recipients_alone(small):
    session = small.release(small.document, "checkout", by="entitled")
    params = {"file": MASTER.name, "start": 0, "end": 5}
    data = small.call("entitled", "asset.read", {"session": session, **params})["data"]
    assert base64.b64decode(data) == MASTER.read_bytes()[:5]
    told = set()
    for handle in ("operator", "custodian", "approver", "nobody"):
        for name in (session, "ses_none"):
            with pytest.raises(Missing) as raised:
                small.call(handle, "asset.read", {"session": name, **params})
            told.add(raised.value.message)
            with pytest.raises(Missing) as raised:
                small.call(handle, "model.start", {"session": name, "endpoint": "m"})
            told.add(raised.value.message)
    assert len(told) == 1
    for name in (session, "ses_none"):
        with pytest.raises(Refused, match="denied"):
            small.call("nobody", "asset.close", {"session": name})
    small.call("operator", "asset.close", {"session": session})
    with pytest.raises(Missing):
        small.call("entitled", "asset.read", {"session": session, **params})


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (5, 1), (0, 1 << 40), (0, 5 << 20)])
def test_a_range_outside_the_file_is_malformed(small, start, end):
    session = small.release(small.document, "checkout", by="entitled")
    params = {"session": session, "file": MASTER.name, "start": start, "end": end}
    with pytest.raises(Malformed):
        small.call("entitled", "asset.read", params)


def test_a_lock_ends_a_session_at_the_next_read(small):
    reader = small.person("locked reader")
    small.entitle("locked reader", "checkout", asset=small.document)
    session = small.release(small.document, "checkout", by="locked reader")
    params = {"session": session, "file": MASTER.name, "start": 0, "end": 5}
    small.call("locked reader", "asset.read", params)
    asked_lock = {"kind": "person", "target": reader, "reason": "a test"}
    lock = small.call("operator", "lock.set", asked_lock)["lock"]
    with pytest.raises(Refused):
        small.call("locked reader", "asset.read", params)
    small.call("operator", "lock.lift", {"lock": lock})


def test_an_ended_entitlement_ends_reading_though_the_session_lives(small):
    small.person("brief reader")
    held = small.entitle("brief reader", "checkout", asset=small.document)
    session = small.release(small.document, "checkout", by="brief reader")
    small.call("operator", "entitle.revoke", {"entitlement": held})
    params = {"session": session, "file": MASTER.name, "start": 0, "end": 5}
    with pytest.raises((Refused, Missing)):
        small.call("brief reader", "asset.read", params)
