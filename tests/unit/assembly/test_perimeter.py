import os

import pytest

from adyton.adapters.home_files import HomeLock
from adyton.assembly import HomePaths, init_home
from adyton.assembly.operations import dispatch
from adyton.assembly.perimeter import Perimeter
from adyton.terms import Conflict, Misconfigured, Unavailable


@pytest.fixture
def made(tmp_path):
    return init_home(tmp_path / "h", owner="Lab", operator="Op")


def test_what_fails_to_open_gives_the_home_up(made):
    good = made.paths.config.read_text()
    made.paths.config.write_text(good + "\n[trace]\nepsilon_case = 'half'\n")
    with pytest.raises(Misconfigured, match=r"trace\.epsilon"):
        Perimeter.open(made.paths)
    made.paths.config.write_text(
        good + "\n[upstreams.m]\nurl = 'http://127.0.0.1:1'\nkey_file = '/n'\n"
    )
    with pytest.raises(Misconfigured, match="key_file"):
        Perimeter.open(made.paths)
    made.paths.config.write_text(good)
    with Perimeter.open(made.paths) as perimeter:
        assert dispatch(perimeter, made.key, "org.list", {})["orgs"]


def test_a_home_has_one_owner_at_a_time(made):
    with Perimeter.open(made.paths), pytest.raises(Conflict):
        Perimeter.open(made.paths)
    lock = HomeLock(made.paths.lock)
    lock.take()
    lock.free()


def test_what_was_done_is_there_after_the_next_opening(made):
    with Perimeter.open(made.paths) as perimeter:
        one = dispatch(perimeter, made.key, "compartment.add", {"name": "cyber"})["compartment"]
    with Perimeter.open(made.paths) as perimeter:
        listed = dispatch(perimeter, made.key, "compartment.list", {})["compartments"]
        assert [(row["id"], row["name"]) for row in listed] == [(one, "cyber")]
        assert perimeter.verify_record()[1] == ()
    assert [one.name for one in made.paths.scratch.iterdir()] == []


def test_a_folder_without_a_home_is_told(tmp_path):
    with pytest.raises(Misconfigured, match="is not a perimeter"):
        Perimeter.open(HomePaths.of(tmp_path))


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_a_home_that_cannot_be_written_is_unavailable(made):
    made.paths.root.chmod(0o500)
    made.paths.lock.unlink(missing_ok=True)
    with pytest.raises(Unavailable):
        Perimeter.open(made.paths)
