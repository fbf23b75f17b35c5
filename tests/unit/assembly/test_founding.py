import pytest

from adyton.assembly import HomePaths, init_home
from adyton.terms import Conflict, Malformed


def test_what_fails_on_the_way_leaves_nothing_and_can_be_done_again(tmp_path):
    with pytest.raises(Malformed):
        init_home(tmp_path / "h", owner="", operator="Op")
    assert [one.name for one in tmp_path.iterdir()] == []
    made = init_home(tmp_path / "h", owner="Lab", operator="Op")
    assert made.paths == HomePaths.of(tmp_path / "h")


@pytest.mark.parametrize("name", ["h", "h-head", "h-witness"])
def test_a_place_in_use_is_left_as_it_is(tmp_path, name):
    (tmp_path / name).mkdir()
    (tmp_path / name / "precious").write_text("precious")
    with pytest.raises(Conflict, match=f"{name} is not empty"):
        init_home(tmp_path / "h", owner="Lab", operator="Op")
    assert [one.name for one in tmp_path.iterdir()] == [name]
    assert (tmp_path / name / "precious").read_text() == "precious"


def test_a_file_in_the_place_of_a_home_is_a_conflict(tmp_path):
    (tmp_path / "h").write_text("precious")
    with pytest.raises(Conflict):
        init_home(tmp_path / "h", owner="Lab", operator="Op")
