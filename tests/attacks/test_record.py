"""What catches what: every cell of the table in docs/operate/what-catches-what.md.

Rows are attacks by an administrator who owns all files and keys of a real home. Columns are what he
does not own: nothing (the home's own checks), a checkpoint or receipt that somebody kept, a witness
on another machine, the counts of somebody else. A test named `_not_by_` shows a cell that says no.
"""

import pytest

from adyton.assembly.operations.record import kept_checkpoint
from adyton.terms import Tampered
from tests.attacks import attacked
from tests.attacks.attacked import LATER, Home, new_home, remembered, rewrite, show

EDITS = [attacked.edit_entry, attacked.edit_tile]
OUTSIDE = ["checkpoint", "receipt", "witness"]


@pytest.fixture(scope="module")
def past(tmp_path_factory):
    """A home, and what others remembered of it."""
    home = new_home(tmp_path_factory.mktemp("past") / "at")
    return home, remembered(home)


@pytest.fixture(scope="module")
def present(past, tmp_path_factory):
    """The home after some more work, which a user and the witness saw too."""
    home = past[0].copy(tmp_path_factory.mktemp("present") / "at")
    home.work(*(f"Late {n}" for n in range(LATER)))
    return home, remembered(home)


@pytest.fixture
def case(present, tmp_path):
    """The same for one test, which may do with it what it likes."""
    return present[0].copy(tmp_path / "now"), present[1].again()


def test_an_untouched_home_is_called_whole_by_everybody(case):
    home, memory = case
    assert home.by_itself() == ()
    assert home.beside(memory, *OUTSIDE) == ()
    assert home.beside(memory, *OUTSIDE, witnessed=True) == ()


# -- row 1: edit entry bytes or a tile ---------------------------------------------------------


@pytest.mark.parametrize("edit", [*EDITS, attacked.edit_store])
def test_an_edit_is_caught_by_the_home_itself(case, edit):
    home, _ = case
    edit(home)
    assert home.by_itself() != ()


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("keeper", OUTSIDE)
def test_an_edit_is_caught_beside_anything_kept(case, edit, keeper):
    home, memory = case
    edit(home)
    assert any("entry" in one for one in home.beside(memory, keeper))


# -- row 2: drop the tail without the key ------------------------------------------------------


def test_a_dropped_tail_is_caught_by_the_home_itself(case):
    home, _ = case
    attacked.drop_tail(home)
    assert "head is older than the checkpoint" in home.by_itself()[0]


@pytest.mark.parametrize("keeper", OUTSIDE)
def test_a_dropped_tail_is_caught_beside_anything_kept(case, keeper):
    home, memory = case
    attacked.drop_tail(home)
    assert home.beside(memory, keeper) != ()


# -- row 3: drop the tail and restore an old valid checkpoint (rollback) -----------------------


def test_a_rollback_is_not_caught_by_the_home_itself(past, case):
    home, _ = case
    home.become(past[0])
    assert home.by_itself() == ()


@pytest.mark.parametrize("keeper", OUTSIDE)
def test_a_rollback_is_caught_by_a_kept_checkpoint_a_receipt_and_the_witness(past, case, keeper):
    home, memory = case
    home.become(past[0])
    assert any("cut or rolled back" in one for one in home.beside(memory, keeper))


def test_a_rollback_is_not_caught_by_a_checkpoint_that_is_older_still(past, case):
    home, _ = case
    home.become(past[0])
    assert home.beside(past[1], "checkpoint") == ()


def test_a_rolled_back_log_is_not_cosigned_again(past, case):
    home, memory = case
    home.become(past[0])
    with pytest.raises(Tampered, match="more entries than this log"):
        show(home, memory)


# -- row 4: rewrite all and sign again with the stolen key -------------------------------------


@pytest.fixture
def rewritten(case):
    home, memory = case
    rewrite(home, attacked.another_name)
    return home, memory


def test_a_rewriting_is_not_caught_by_the_home_itself(rewritten):
    home, _ = rewritten
    assert home.by_itself() == ()
    with home.opened() as perimeter:
        names = [one.body["name"] for one in perimeter.all_entries("person.added")]
    assert "Somebody Else" in names
    assert "Person 2" not in names


@pytest.mark.parametrize("keeper", OUTSIDE)
def test_a_rewriting_is_caught_by_a_kept_checkpoint_a_receipt_and_the_witness(rewritten, keeper):
    home, memory = rewritten
    assert any("rewritten" in one for one in home.beside(memory, keeper))


def test_a_rewriting_is_caught_by_the_rewritten_home_once_a_user_shows_a_receipt(rewritten):
    home, memory = rewritten
    kept = kept_checkpoint(memory.receipt.decode())
    with home.opened() as perimeter:
        assert any("rewritten" in one for one in perimeter.verify_record(kept={"Ann": kept})[1])


def test_a_rewritten_log_gets_no_cosignature(rewritten):
    home, memory = rewritten
    with pytest.raises(Tampered, match="another history"):
        show(home, memory)
    assert any("not cosigned" in one for one in home.beside(memory, witnessed=True))


# -- row 5: split view -------------------------------------------------------------------------


@pytest.fixture
def views(past, tmp_path):
    """Two histories with one beginning, one for each reader; both properly signed."""
    first, second = past[0].copy(tmp_path / "first"), past[0].copy(tmp_path / "second")
    first.work("Shown To Ann")
    second.work("Shown To Ben")
    return first, second


def test_a_split_view_is_not_caught_by_either_view_itself(views):
    assert [one.by_itself() for one in views] == [(), ()]


def test_a_split_view_is_not_caught_by_readers_who_do_not_compare(views, past):
    first, second = views
    for view in (first, second):
        assert view.beside(past[1], "checkpoint", "receipt") == ()
        assert view.beside(remembered(view), "checkpoint", "receipt") == ()


def test_a_split_view_is_caught_by_readers_who_compare_what_they_kept(views):
    first, second = views
    ann, ben = remembered(first), remembered(second)
    assert any("rewritten" in one for one in second.beside(ann, "checkpoint"))
    assert any("rewritten" in one for one in first.beside(ben, "receipt"))


def test_a_split_view_is_caught_by_the_witness(views, past, tmp_path):
    first, second = views
    witness = remembered(past[0].copy(tmp_path / "before"))
    show(first, witness)
    assert first.beside(witness, witnessed=True) == ()
    with pytest.raises(Tampered, match="another history"):
        show(second, witness)
    assert any("not cosigned" in one for one in second.beside(witness, witnessed=True))


# -- row 6: delete bodies, not entries ---------------------------------------------------------


@pytest.mark.parametrize("delete", [attacked.delete_bodies, attacked.delete_keys])
def test_deleted_bodies_are_caught_by_the_home_itself(case, delete):
    home, _ = case
    delete(home)
    assert any("no erasure explains it" in one for one in home.by_itself())


@pytest.mark.parametrize("keeper", OUTSIDE)
def test_deleted_bodies_are_not_caught_by_what_others_keep_of_the_tree(case, keeper):
    home, memory = case
    attacked.delete_bodies(home)
    assert home.beside(memory, keeper) == ()


def test_deleted_bodies_are_not_caught_where_the_record_was_rewritten_without_them(case):
    """That needs the key, and is row 4: what others keep catches it, the home does not."""
    home, memory = case
    rewrite(home, lambda fact: attacked.replace(fact, body={}))
    assert home.by_itself() == ()
    assert home.beside(memory, "checkpoint") != ()


# -- the reconciler beside rows 3 to 6 ---------------------------------------------------------


def rolled_back(home: Home, past) -> None:
    home.become(past)


@pytest.mark.parametrize(
    "attack",
    [
        rolled_back,
        lambda home, _: rewrite(home, attacked.another_name),
        lambda home, _: home.work("Shown To Ben"),
        lambda home, _: attacked.delete_bodies(home),
    ],
    ids=["rollback", "rewriting", "split view", "deleted bodies"],
)
def test_changes_to_the_record_alone_are_not_caught_by_the_reconciler(past, case, attack):
    home, _ = case
    attack(home, past[0])
    assert not home.by_counts()
