"""`TreeFiles`, `HeadStore`, `WitnessMemory`: whole or not at all, and compare-and-swap."""

import os
import resource
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor

import pytest

from adyton.adapters.localfs import (
    LocalFiles,
    LocalHead,
    LocalWitnessMemory,
    locked,
    write_durably,
)
from adyton.adapters.memory_ledger import MemoryFiles, MemoryHead, MemoryWitnessMemory
from adyton.ledger.ports import Head
from adyton.terms import Conflict, Malformed, Tampered, Unavailable


@pytest.fixture(params=["memory", "local"])
def files(request, tmp_path):
    return MemoryFiles() if request.param == "memory" else LocalFiles(tmp_path / "log")


@pytest.fixture(params=["memory", "local"])
def heads(request, tmp_path):
    return MemoryHead() if request.param == "memory" else LocalHead(tmp_path / "h" / "main.head")


@pytest.fixture(params=["memory", "local"])
def memory(request, tmp_path):
    return MemoryWitnessMemory() if request.param == "memory" else LocalWitnessMemory(tmp_path)


def test_files_are_read_as_written_and_replaced_whole(files):
    assert files.read("tile/0/000") is None
    for data in (b"one", b"", b"three", b"three"):
        files.write("tile/0/000", data)
        assert files.read("tile/0/000") == data


def test_a_dropped_folder_is_gone_and_its_neighbours_are_not(files):
    files.write("tile/0/000.p/1", b"x")
    files.write("tile/0/000", b"y")
    for _ in range(2):
        files.drop("tile/0/000.p")
    assert files.read("tile/0/000.p/1") is None
    assert files.read("tile/0/000") == b"y"


def test_the_head_moves_only_from_where_one_believes_it_to_be(heads):
    first, second = Head(size=1, root=b"a" * 32), Head(size=5, root=b"b" * 32, before=1)
    assert heads.load() is None
    with pytest.raises(Conflict):
        heads.swap(first, second)
    heads.swap(None, first)
    with pytest.raises(Conflict):
        heads.swap(None, second)
    heads.swap(first, second)
    assert heads.load() == second


def test_of_many_who_swap_the_head_one_wins(heads):
    def swap(size):
        try:
            heads.swap(None, Head(size=size, root=b"r" * 32))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(swap, range(1, 20))) == 1


def test_a_witness_remembers_each_log_apart(memory):
    assert memory.load("a") is None
    memory.swap("a", None, b"one")
    memory.swap("b", None, b"other")
    with pytest.raises(Conflict):
        memory.swap("a", None, b"two")
    memory.swap("a", b"one", b"two")
    assert (memory.load("a"), memory.load("b")) == (b"two", b"other")


ROOT = b"A" * 43 + b"="


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"1\n",
        b"x\ny\nz\n",
        b"01\nAAAA\n0\n",
        b"\xff",
        b"5\nYQ==\n0\n",  # a root of one byte
        b"-5\n" + ROOT + b"\n-5\n",
        b"5\n" + ROOT + b"\n9\n",  # replaced one larger than itself
    ],
    ids=repr,
)
def test_an_unreadable_head_is_tampered_and_never_no_head(tmp_path, data):
    (tmp_path / "main.head").write_bytes(data)
    with pytest.raises(Tampered, match=r"main\.head"):
        LocalHead(tmp_path / "main.head").load()


@pytest.mark.parametrize(
    "path", ["../x", "/etc/x", "//etc/passwd", "///etc/passwd", "a/../../x", "", ".", "..", "a\0b",
             "a\ud800", "a\n", "x" * 5000, "\\etc"], ids=ascii,
)  # fmt: skip
def test_no_path_leaves_its_folder(tmp_path, path):
    with pytest.raises(Malformed):
        LocalFiles(tmp_path / "log").read(path)


@pytest.mark.parametrize(
    "path", ["tile//entries/000", "tile/./entries/000", "./tile/entries/000", "tile/entries/000/"]
)
def test_a_file_has_one_spelling_so_that_who_hides_some_can_go_by_the_name(tmp_path, path):
    LocalFiles(tmp_path).write("tile/entries/000", b"entries")
    with pytest.raises(Malformed):
        LocalFiles(tmp_path).read(path)


def test_a_private_file_is_private_and_leaves_nothing_beside_it(tmp_path):
    path = tmp_path / "deep" / "er" / "key"
    write_durably(path, b"one")
    write_durably(path, b"two")
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_what_a_kill_left_beside_a_file_is_no_hindrance(tmp_path):
    (tmp_path / ".key.new").write_bytes(b"half")
    write_durably(tmp_path / "key", b"whole")
    assert [one.name for one in tmp_path.iterdir()] == ["key"]


def test_a_link_planted_beside_a_file_is_not_followed(tmp_path):
    (tmp_path / "victim").write_bytes(b"untouched")
    (tmp_path / ".key.new").symlink_to(tmp_path / "victim")
    write_durably(tmp_path / "key", b"whole")
    assert (tmp_path / "victim").read_bytes() == b"untouched"


def test_a_folder_in_the_way_is_unavailable(tmp_path):
    (tmp_path / "key").mkdir()
    with pytest.raises(Unavailable, match="key"):
        write_durably(tmp_path / "key", b"x")
    with pytest.raises(Unavailable, match="key"):
        LocalFiles(tmp_path).read("key")
    with pytest.raises(Unavailable), locked(tmp_path / "key"):
        pass
    assert [one.name for one in tmp_path.iterdir()] == ["key"]


def test_a_full_disk_is_unavailable_and_the_old_bytes_stand(tmp_path):
    """The limit on file size stands for the disk: the kernel stops the write in the middle."""
    code = textwrap.dedent(
        """
        import pathlib, sys
        from adyton.adapters.localfs import write_durably
        from adyton.terms import Unavailable
        try:
            write_durably(pathlib.Path(sys.argv[1]), b"n" * 100_000)
        except Unavailable as error:
            print(error.message, "|", error.mend)
        """
    )
    path = tmp_path / "checkpoint"
    path.write_bytes(b"old")
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-B", "-c", code, str(path)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)),
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.stdout.startswith("checkpoint could not be written |"), done
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["checkpoint"]  # noqa: PTH208 - hidden names too
