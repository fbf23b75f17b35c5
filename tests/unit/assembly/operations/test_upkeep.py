"""Erasure by hand and by time, holds, backup and rebuild, as people call them."""

import msgspec
import pytest

from adyton.assembly.backups import look
from adyton.assembly.config import Retention
from adyton.ledger.sealing import month_of
from adyton.terms import Conflict, Malformed, Missing, Refused

LATER_S = 40 * 31 * 86_400  # more than three years


@pytest.fixture
def person(small):
    made = small.person("Somebody Else")
    small.month = month_of(small.perimeter.now_s())
    return made


def erase(small, person, **more):
    asked = {"subject": person, "month": small.month, **more}
    return small.call("operator", "ledger.erase", asked)


def name_of(small, person):
    return small.perimeter.ledger.state.get("people", person)["name"]


def test_i11_erasing_is_a_dry_run_until_it_is_applied(small, person):
    shown = erase(small, person)
    assert (shown["bodies"], shown["types"], shown["erased"]) == (1, {"person.added": 1}, False)
    assert name_of(small, person) == "Somebody Else"
    assert erase(small, person, apply=True)["erased"] is True
    assert name_of(small, person) == ""
    assert erase(small, person)["bodies"] == 0
    listed = small.call("auditor", "ledger.erasures", {})["erasures"]
    assert [one["month"] for one in listed if one["subject"] == person][-1] == small.month


def test_what_is_held_is_shown_as_held_and_not_erased(small, person):
    asked = {"subject": person, "reason": "a claim"}
    hold = small.call("investigator", "hold.add", asked)["hold"]
    assert erase(small, person)["held"] == [hold]
    with pytest.raises(Refused, match="held"):
        erase(small, person, apply=True)
    assert name_of(small, person) == "Somebody Else"
    assert hold in {one["id"] for one in small.call("investigator", "hold.list", {})["holds"]}
    small.call("investigator", "hold.end", {"hold": hold})
    with pytest.raises(Missing):
        small.call("investigator", "hold.end", {"hold": hold})
    assert erase(small, person, apply=True)["erased"] is True


def test_retention_lists_then_erases_all_that_is_due_and_nothing_that_is_held(
    small, person, monkeypatch
):
    perimeter = small.perimeter
    asked = {"reason": "a claim", "subject": "*", "month": "2001-01"}
    small.call("investigator", "hold.add", asked)  # a month of nobody here
    kept = {row["subject"] for row in due(small)}
    assert kept == set()  # nothing is due by default settings today
    settings = msgspec.structs.replace(perimeter.config, retention=Retention(access_months=36))
    monkeypatch.setattr(perimeter, "config", settings)
    held, now_s = small.person("Somebody Held"), perimeter.now_s()
    monkeypatch.setattr(perimeter, "now_s", lambda: now_s + LATER_S)
    hold = small.call("investigator", "hold.add", {"subject": held, "reason": "a claim"})["hold"]
    others = [one["subject"] for one in due(small) if one["subject"] not in {person, held}]
    holds = [
        small.call("investigator", "hold.add", {"subject": one, "reason": "not this test's"})
        for one in others
    ]
    rows = {one["subject"]: one for one in due(small)}
    assert rows[person]["classes"] == ["access"]
    assert rows[held]["held"] == [hold]
    assert name_of(small, person) == "Somebody Else"
    done = small.call("operator", "ledger.retention", {"apply": True})["due"]
    erased = {one["subject"] for one in done if one["erased"]}
    assert person in erased
    assert not erased & {held, *others}
    assert name_of(small, person) == ""
    assert name_of(small, held) == "Somebody Held"
    for one in holds:
        small.call("investigator", "hold.end", {"hold": one["hold"]})


def due(small):
    return small.call("operator", "ledger.retention", {})["due"]


@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        ("ledger.erase", {"subject": "per_a", "month": "2027-13"}),
        ("ledger.erase", {"subject": "", "month": "2027-12"}),
        ("backup.take", {"path": "relative"}),
    ],
)
def test_what_is_malformed_is_refused_before_anything_is_done(small, operation, asked):
    with pytest.raises(Malformed):
        small.call("operator", operation, asked)


def test_a_backup_of_a_perimeter_with_sealed_versions_holds(small, tmp_path):
    answer = small.call("operator", "backup.take", {"path": str(tmp_path / "backup")})
    assert look(tmp_path / "backup").failures == []
    assert answer["files"] > 10
    assert any((tmp_path / "backup" / "vault").rglob("*"))


def test_the_owner_rebuilds_what_it_has(small):
    answer = small.call("operator", "ledger.rebuild", {"check": True})
    assert (answer["problems"], answer["replaced"]) == ([], False)
    answer = small.call("operator", "ledger.rebuild", {})
    assert (answer["problems"], answer["replaced"]) == ([], True)


def test_no_operator_turns_a_year_that_is_not_over(small):
    with pytest.raises(Conflict, match="not over"):
        small.call("operator", "ledger.turn", {})
    assert small.call("auditor", "ledger.epochs", {})["now"] == 1
