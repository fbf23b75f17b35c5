from adyton.ledger.rebuild import changes, rebuild
from adyton.terms import Entry, Row


def entry(index, kind="a.done"):
    return Entry(
        index=index, receipt=f"rct_{index}", type=kind, writer="owner", counter=index,
        recorded_at_s=1, subjects=(), public={}, body=None,
    )  # fmt: skip


def last(one, state):
    if one.type == "a.ended":
        yield Row(table="t", key="last", data=None)
    else:
        seen = (state.get("t", "last") or {"seen": []})["seen"]
        yield Row(table="t", key="last", data={"seen": [*seen, one.index]})


def test_a_rebuild_runs_the_projections_in_the_order_of_facts():
    assert rebuild([entry(0), entry(1)], [last]) == [
        Row(table="t", key="last", data={"seen": [0, 1]})
    ]


def test_a_deleted_row_is_not_in_the_rebuilt_state():
    assert rebuild([entry(0), entry(1, "a.ended")], [last]) == []


def test_changes_turn_one_state_into_another():
    same = Row(table="t", key="same", data={})
    old = [same, Row(table="t", key="gone", data={}), Row(table="t", key="new", data={"n": 1})]
    new = [same, Row(table="t", key="new", data={"n": 2})]
    assert changes(old, new) == [
        Row(table="t", key="gone", data=None),
        Row(table="t", key="new", data={"n": 2}),
    ]
