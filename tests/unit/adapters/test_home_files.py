import hashlib
import os
import resource
import subprocess
import sys
from contextlib import contextmanager

import pytest

from adyton.adapters import home_files
from adyton.adapters.home_files import HomeLock
from adyton.terms import Conflict, Malformed, Missing, Unavailable

OTHER_PROCESS = """
import sys
from pathlib import Path
from adyton.adapters.home_files import HomeLock
from adyton.terms import Conflict
try:
    HomeLock(Path(sys.argv[1])).take()
except Conflict:
    sys.exit(7)
"""


@contextmanager
def files_at_most(size_bytes):
    """What a full disk does to a write: an error in the middle (setrlimit(2), RLIMIT_FSIZE)."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def owned_by_another(path):
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", OTHER_PROCESS, str(path)], check=False
    )
    return done.returncode == 0


def test_a_home_has_one_owner_until_it_is_freed(tmp_path):
    lock = HomeLock(tmp_path / "owner.lock")
    lock.take()
    assert not owned_by_another(tmp_path / "owner.lock")
    with pytest.raises(Conflict, match="another process owns this home"):
        HomeLock(tmp_path / "owner.lock").take()
    lock.free()
    lock.free()
    assert owned_by_another(tmp_path / "owner.lock")


def test_a_lock_that_cannot_be_made_is_unavailable(tmp_path):
    with pytest.raises(Unavailable, match="cannot lock the home"):
        HomeLock(tmp_path / "not there" / "owner.lock").take()


def test_what_is_written_is_private_and_nothing_else_is_left(tmp_path):
    digest = home_files.write_stream(tmp_path / "key", [b"adk", b"_1"])
    assert digest == hashlib.sha256(b"adk_1").hexdigest()
    assert (tmp_path / "key").read_bytes() == b"adk_1"
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["key"]


def test_a_full_disk_leaves_the_old_file_and_no_piece_of_the_new_one(tmp_path):
    home_files.write_private(tmp_path / "key", b"old")
    with files_at_most(1024), pytest.raises(Unavailable, match="cannot write key: File too large"):
        home_files.write_private(tmp_path / "key", b"n" * 4096)
    assert (tmp_path / "key").read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["key"]


def test_a_source_that_breaks_off_leaves_nothing(tmp_path):
    def pieces():
        yield b"half"
        raise Missing("the rest")

    with pytest.raises(Missing):
        home_files.write_stream(tmp_path / "out", pieces())
    assert [one.name for one in tmp_path.iterdir()] == []


@pytest.mark.parametrize("name", ["folder", "not there/file"])
def test_a_place_that_cannot_be_written_is_unavailable(tmp_path, name):
    (tmp_path / "folder").mkdir()
    with pytest.raises(Unavailable):
        home_files.write_private(tmp_path / name, b"x")
    assert [one.name for one in (tmp_path / "folder").iterdir()] == []


def test_a_link_in_place_of_the_scratch_file_is_not_followed(tmp_path):
    (tmp_path / "precious").write_bytes(b"precious")
    (tmp_path / ".key.new").symlink_to(tmp_path / "precious")
    with pytest.raises(Unavailable):
        home_files.write_private(tmp_path / "key", b"x")
    assert (tmp_path / "precious").read_bytes() == b"precious"


def test_a_reserved_name_is_taken_once(tmp_path):
    home_files.reserve(tmp_path / "new" / "key")
    with pytest.raises(Conflict, match="key exists already"):
        home_files.reserve(tmp_path / "new" / "key")


@pytest.mark.parametrize(
    ("name", "family"),
    [("nothing", Missing), ("file/below", Missing), ("folder", Malformed), ("large", Malformed)],
)
def test_what_cannot_be_read_says_so_by_its_name_only(tmp_path, name, family):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "large").write_bytes(b"x" * 9)
    with pytest.raises(family) as raised:
        home_files.read_small(tmp_path / name, limit_bytes=8)
    assert str(tmp_path) not in raised.value.message
    assert raised.value.mend


def test_a_file_of_the_largest_size_is_read(tmp_path):
    (tmp_path / "file").write_bytes(b"x" * 8)
    assert home_files.read_small(tmp_path / "file", limit_bytes=8) == b"x" * 8


def test_links_are_neither_listed_nor_read(tmp_path):
    (tmp_path / "tree" / "inner").mkdir(parents=True)
    (tmp_path / "tree" / "inner" / "b").write_bytes(b"b")
    (tmp_path / "tree" / "a").write_bytes(b"a")
    (tmp_path / "tree" / "link").symlink_to(tmp_path / "tree" / "a")
    (tmp_path / "tree" / "loop").symlink_to(tmp_path / "tree")
    os.mkfifo(tmp_path / "tree" / "pipe")
    listed = home_files.list_files(tmp_path / "tree")
    assert [path.name for path in listed] == ["a", "b"]
    with pytest.raises(Unavailable):
        list(home_files.read_blocks(tmp_path / "tree" / "link"))
    with pytest.raises(Malformed):
        list(home_files.read_blocks(tmp_path / "tree" / "pipe"))


def test_a_file_is_read_in_blocks_and_a_missing_one_is_missing(tmp_path):
    content = bytes(range(256)) * 5000
    (tmp_path / "file").write_bytes(content)
    blocks = list(home_files.read_blocks(tmp_path / "file"))
    assert b"".join(blocks) == content
    assert len(blocks) == 2
    assert home_files.size_of(tmp_path / "file") == len(content)
    for read in (
        home_files.size_of,
        home_files.list_files,
        lambda p: list(home_files.read_blocks(p)),
    ):
        with pytest.raises(Missing):
            read(tmp_path / "none")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_what_may_not_be_read_is_unavailable(tmp_path):
    (tmp_path / "closed").mkdir(mode=0)
    for read in (home_files.read_small, home_files.list_files, home_files.is_in_use):
        with pytest.raises(Unavailable):
            read(
                tmp_path / "closed" if read is not home_files.read_small else tmp_path / "closed/f"
            )


def test_what_is_in_use_is_seen_and_what_is_removed_is_gone(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    assert not home_files.is_in_use(tmp_path / "empty")
    assert not home_files.is_in_use(tmp_path / "none")
    assert home_files.is_in_use(tmp_path / "file")
    assert home_files.is_in_use(tmp_path)
    for name in ("empty", "file", "none"):
        home_files.remove(tmp_path / name)
    assert [one.name for one in tmp_path.iterdir()] == []
