import pytest

from adyton.assembly.operations import dispatch
from adyton.assembly.refusals import OperationRefusals
from adyton.terms import Fact, Malformed, Missing, Secret, Unidentified


def refusals(small):
    small.perimeter.refusals.end()
    small.perimeter.ledger.append(Fact(type="test.waited"))  # what was offered before is recorded
    return [one.public for one in small.perimeter.all_entries("request.refused")]


def test_a_refusal_is_a_fact_that_names_the_caller_and_not_what_was_asked(small, monkeypatch):
    perimeter = small.perimeter  # what other tests were refused in this minute is not counted in
    fresh = OperationRefusals(
        ledger=perimeter.ledger,
        clock=perimeter.clock,
        entropy=perimeter.entropy,
        digest_key=Secret(b"d" * 32),
    )
    monkeypatch.setattr(perimeter, "refusals", fresh)
    with pytest.raises(Missing):
        small.call("nobody", "asset.show", {"asset": "runbook.md"})
    noted = [one for one in refusals(small) if one.get("route") == "asset.show"][-1]
    assert noted["person"] == small.ids["nobody"]
    assert "runbook" not in str(noted)


def test_callers_without_a_credential_are_counted(small):
    before = len(refusals(small))

    with pytest.raises(Unidentified):
        dispatch(small.perimeter, Secret("adk_nobody"), "org.list", {})
    assert len(refusals(small)) > before


@pytest.mark.parametrize(
    ("operation", "params", "names"),
    [
        ("org.add", {"name": "x", "kind": "planted"}, "$.kind"),
        ("org.add", {"name": 7, "kind": "owner"}, "$.name"),
        ("org.add", {"kind": "owner"}, "name"),
        ("org.list", {"more": "planted"}, "more"),
        ("person.add", {"roles": ["planted"]}, "person.add"),
        ("asset.read", {"session": "s", "file": "f", "start": "planted", "end": 1}, "$.start"),
        ("analyst.review", {"files": [], "key": ["planted"]}, "$.key"),
        ("analyst.review", {"files": [{"name": "a", "data": "planted!"}]}, "base64"),
    ],
    ids=str,
)
def test_a_malformed_parameter_is_named_and_its_value_is_not(small, operation, params, names):
    by = "entitled" if operation == "analyst.review" else "operator"
    with pytest.raises(Malformed) as raised:
        small.call(by, operation, params)
    assert names in raised.value.message
    assert "planted" not in raised.value.message + raised.value.mend


def test_an_operation_that_is_not_there_is_missing(small):
    with pytest.raises(Missing, match="no such operation"):
        small.call("operator", "org.abolish", {})


def test_a_name_that_is_no_operation_is_not_in_the_tree(small):
    with pytest.raises(Missing):
        small.call("operator", "adk_planted_secret", {})
    assert "planted" not in str(refusals(small))
