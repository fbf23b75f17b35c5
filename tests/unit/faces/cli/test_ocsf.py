"""OCSF events hold what the schema requires of their class; nothing is made up."""

import re
from pathlib import Path

import pytest

from adyton.faces.cli import ocsf
from adyton.faces.cli.ocsf import API, AUTHENTICATION, BASE, ENTITY, fact_event, row_event

PERSON, OTHER = "per_" + "a" * 26, "per_" + "b" * 26
SOURCE = {"kind": "idp", "digest": "0" * 64, "skew_s": 3, "coverage_basis": "stated"}
PAGE = Path(__file__).parents[4] / "docs" / "formats" / "ocsf.md"
# required attributes of OCSF 1.6.0, by class
EVERY = ("activity_id", "category_uid", "class_uid", "metadata", "severity_id", "time", "type_uid")
REQUIRED = {
    BASE: (),
    ENTITY: ("entity",),
    AUTHENTICATION: ("user", "service"),  # of service and dst_endpoint at least one
    API: ("actor", "api", "src_endpoint"),
}
ONE_OF = {  # at least one of these attributes, by object
    "actor": ("user", "app_name"),
    "entity": ("uid", "name"),
    "src_endpoint": ("ip", "name"),
    "user": ("uid", "name"),
}
ACTIVITIES = {
    BASE: {0, 99},
    ENTITY: {0, 1, 2, 3, 4, 99},
    AUTHENTICATION: {0, 1, 2, 3, 4, 5, 99},
    API: {0, 1, 2, 3, 4, 99},
}


def fact(kind, subjects=(PERSON,), **public):
    return {
        "index": 7,
        "epoch": 2,
        "time": 1_800_000_000,
        "type": kind,
        "writer": "owner",
        "subjects": list(subjects),
        "public": public,
        "receipt": "rct_x",
        "body": "lost",
    }


def row(**says):
    return {"source": "src_a", "line": 4, "time": 1_800_000_000, "log_time": 1_800_000_003,
            "says": says}  # fmt: skip


def facts_in_clear():
    """Every type of fact with its fields in clear."""
    text = (PAGE.parents[1] / "facts.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|[^|]*\|([^|]*)\|", text, re.MULTILINE)
    return {kind: set(re.findall(r"`([a-z_0-9]+)`", fields)) for kind, fields in rows}


def types_of_facts():
    return sorted(facts_in_clear())


def whole(event):
    """Everything that the class requires, in its form."""
    kind = event["class_uid"]
    assert [name for name in (*EVERY, *REQUIRED[kind]) if name not in event] == []
    assert event["category_uid"] == kind // 1000
    assert event["type_uid"] == kind * 100 + event["activity_id"]
    assert event["activity_id"] in ACTIVITIES[kind]
    assert event["time"] == 1_800_000_000_000
    assert event["metadata"]["product"]["vendor_name"]
    assert event["metadata"]["version"] == "1.6.0"
    for name, one_of in ONE_OF.items():
        assert name not in event or any(event[name].get(one) for one in one_of), name
    if kind == API:
        assert event["api"]["operation"]
    if "user" in event.get("actor", {}):
        assert event["actor"]["user"].keys() & {"uid", "name"}
    return kind


@pytest.mark.parametrize("kind", types_of_facts())
def test_every_type_of_fact_is_a_whole_event(kind):
    whole(fact_event(fact(kind)))
    whole(fact_event(fact(kind, subjects=())))


@pytest.mark.parametrize(
    ("kind", "expected", "activity"),
    [
        ("person.added", ENTITY, 1),
        ("entitlement.revoked", ENTITY, 4),
        ("answer.intended", API, 99),
        ("checkout.read", API, 2),
        ("bodies.erased", BASE, 99),
        ("signal.raised", BASE, 99),
    ],
)
def test_facts_have_the_class_that_fits_and_the_base_class_where_none_does(
    kind, expected, activity
):
    event = fact_event(fact(kind))
    assert (whole(event), event["activity_id"]) == (expected, activity)


@pytest.mark.parametrize(
    ("kind", "subjects", "public", "actor"),
    [
        ("person.added", (PERSON,), {"by": OTHER}, OTHER),
        ("person.added", (PERSON,), {"by": ""}, None),
        ("person.added", (PERSON,), {}, None),
        ("release.requested", (PERSON, OTHER), {"recipient": PERSON, "by": OTHER}, OTHER),
        ("release.approved", ("ver_x", OTHER), {"person": OTHER}, OTHER),
        ("release.opened", (PERSON, OTHER), {"recipient": PERSON, "approved_by": [OTHER]}, None),
        ("copy.issued", ("cpy_x", PERSON), {"recipient": PERSON}, None),
        ("copy.acknowledged", ("cpy_x", PERSON), {}, PERSON),
        ("checkout.read", ("ver_x", PERSON), {"recipient": PERSON}, PERSON),
        ("answer.intended", ("cpy_x", PERSON), {"recipient": PERSON}, PERSON),
        ("answer.continued", ("cpy_x",), {}, None),
        ("request.refused", (PERSON,), {"person": PERSON}, PERSON),
        ("request.refused", (), {"person": ""}, None),
        ("record.read", (PERSON,), {}, PERSON),
        ("credential.issued", ("crd_x", PERSON), {"person": PERSON, "by": OTHER}, OTHER),
    ],
)
def test_who_acted_is_not_whom_it_is_about_or_who_received(kind, subjects, public, actor):
    expected = {"user": {"uid": actor}} if actor else {"app_name": "owner"}
    assert fact_event(fact(kind, subjects, **public))["actor"] == expected


def test_of_every_fact_that_names_people_it_is_said_who_acts():
    """A new type of fact is either given its actor, or has it in `by`."""
    unsaid = [
        kind
        for kind, fields in facts_in_clear().items()
        if fields & {"recipient", "person", "approved_by"}
        and "by" not in fields
        and kind not in ocsf._ACTORS
    ]
    assert unsaid == []
    assert [kind for kind in ocsf._ACTORS if kind not in facts_in_clear()] == []


@pytest.mark.parametrize(
    ("says", "expected", "activity"),
    [
        ({"action": "signin.ok", "actor": "lea", "address": "192.0.2.1"}, AUTHENTICATION, 1),
        ({"action": "signin.failed"}, AUTHENTICATION, 1),
        ({"action": "token.refreshed"}, AUTHENTICATION, 5),
        ({"action": "object.read", "address": "192.0.2.1"}, API, 2),
        ({"action": "acl.changed"}, API, 3),
        ({"action": "other"}, API, 99),
        ({}, API, 99),
    ],
)
def test_rows_are_whole_events_with_their_source_beside_them(says, expected, activity):
    event = row_event(row(**{"action": "other", **says}), SOURCE)
    assert (whole(event), event["activity_id"]) == (expected, activity)
    assert event["unmapped"]["source"] == {"id": "src_a", **SOURCE}
    assert event["metadata"]["original_time"] == "1800000003"
    assert event.get("src_endpoint", {}).get("ip") == says.get("address")


def test_an_absent_actor_is_unknown():
    assert row_event(row(action="object.read"), SOURCE)["actor"] == {"user": {"name": "unknown"}}


def test_a_failed_sign_in_failed():
    assert row_event(row(action="signin.failed"), SOURCE)["status_id"] == 2


def test_the_page_names_the_classes():
    text = PAGE.read_text(encoding="utf-8")
    assert [kind for kind in REQUIRED if f"`{kind}`" not in text] == []
