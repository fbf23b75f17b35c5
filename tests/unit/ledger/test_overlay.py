from hypothesis import given
from hypothesis import strategies as st

from adyton.adapters.memory_ledger import MemoryState
from adyton.ledger.overlay import EmptyState, Overlay
from adyton.terms import Row

ROWS = st.lists(
    st.builds(
        Row,
        table=st.sampled_from("tu"),
        key=st.sampled_from("abc"),
        data=st.none() | st.fixed_dictionaries({"n": st.integers(0, 3)}),
        index=st.sampled_from(["", "x", "y"]),
    ),
    max_size=12,
)


def seen(state):
    return [
        (
            list(state.scan(table)),
            [list(state.by_index(table, index)) for index in ("x", "y")],
            [state.get(table, key) for key in "abc"],
        )
        for table in "tu"
    ]


@given(ROWS, ROWS)
def test_an_overlay_reads_like_the_state_after_its_commit(before, batch):
    below, after = MemoryState(), MemoryState()
    below.write(before)
    after.write(before)
    overlay = Overlay(below)
    overlay.apply(batch)
    after.write(batch)
    assert seen(overlay) == seen(after)
    below.write(overlay.rows())
    assert seen(below) == seen(after)


def test_the_version_grows_with_every_row_laid():
    overlay = Overlay(EmptyState())
    versions = []
    for n in range(3):
        overlay.apply([Row(table="t", key="a", data={"n": n})])
        versions.append(overlay.version("t"))
    assert versions == sorted(set(versions))
    assert overlay.version("u") == 0
