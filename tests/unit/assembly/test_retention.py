import pytest

from adyton.adapters.memory_ledger import memory_ledger
from adyton.assembly.config import Retention
from adyton.assembly.retention import CLASSES, class_of, due
from adyton.ledger import holding
from adyton.ledger.upkeep import Covered


def found(covered, now, state=None, **months):
    ledger = state or memory_ledger()
    listed = due([covered], Retention(**months), ledger.state, month_now=now)
    return [(one.subject, one.month, one.bodies, one.held) for one in listed]


USES = Covered(subject="per_a", month="2026-11", types={"answer.closed": 3, "request.refused": 1})
MIXED = Covered(subject="per_a", month="2026-11", types={"answer.closed": 3, "person.added": 1})


@pytest.mark.parametrize(
    ("now", "months", "is_due"),
    [
        ("2028-11", 24, False),  # the month itself and 24 more are kept
        ("2028-12", 24, True),
        ("2026-12", 1, False),
        ("2027-01", 1, True),
        ("2099-01", 0, False),  # 0 is for ever
        ("2026-10", 1, False),  # a clock that went back
    ],
)
def test_a_month_is_due_when_its_class_is_past_its_time(now, months, is_due):
    expected = [("per_a", "2026-11", 4, ())] if is_due else []
    assert found(USES, now, use_months=months) == expected


def test_what_must_be_kept_longer_keeps_what_lies_under_the_same_key():
    assert found(MIXED, "2040-01", use_months=1, access_months=0) == []
    assert found(MIXED, "2040-01", use_months=1, access_months=240) == []
    assert len(found(MIXED, "2040-01", use_months=1, access_months=12)) == 1


def test_what_is_held_is_listed_as_held():
    ledger = memory_ledger()
    ledger.append(holding.added("hld_a", subject="per_a", month="", by="per_i", reason="x"))
    assert found(USES, "2030-01", ledger, use_months=1) == [("per_a", "2026-11", 4, ("hld_a",))]


def test_the_defaults_erase_no_case_no_person_and_no_copy():
    for kind in ("case.opened", "person.added", "copy.issued", "entitlement.granted", "x.done"):
        one = Covered(subject="s", month="2026-11", types={kind: 1})
        assert found(one, "2099-01") == []
    assert class_of("answer.closed") == "use"
    assert class_of("unheard.of") == "other"


def test_every_noun_of_a_class_is_one_of_a_fact_that_we_write():
    from pathlib import Path  # noqa: PLC0415

    page = (Path(__file__).resolve().parents[3] / "docs" / "facts.md").read_text(encoding="utf-8")
    assert [noun for noun in CLASSES if f"| `{noun}." not in page] == []
