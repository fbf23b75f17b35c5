import errno
import stat
from pathlib import Path

import pytest

from adyton.adapters import shelf as local
from adyton.adapters.shelf import LocalShelf
from adyton.terms import Unavailable

ASSET, VERSION = "ast_" + "a" * 26, "ver_" + "a" * 26


def test_files_and_folders_are_for_the_owner_alone(tmp_path: Path):
    shelf = LocalShelf(tmp_path / "vault")
    shelf.put(ASSET, VERSION, "parts/0", [b"abc"])
    shelf.publish(ASSET, VERSION)
    found = sorted((tmp_path / "vault").rglob("*"))
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in found} == {0}
    assert (tmp_path / "vault" / ASSET / VERSION / "parts" / "0").read_bytes() == b"abc"


def test_a_full_disk_is_unavailable_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    shelf = LocalShelf(tmp_path)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(local.os, "fsync", full)
    with pytest.raises(Unavailable, match="full"):
        shelf.put(ASSET, VERSION, "parts/0", [b"abc"])


def test_every_file_and_folder_is_flushed_before_put_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    shelf, flushed = LocalShelf(tmp_path), []
    genuine = local.os.fsync

    def noted(descriptor: int) -> None:
        flushed.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        genuine(descriptor)

    monkeypatch.setattr(local.os, "fsync", noted)
    shelf.put(ASSET, VERSION, "parts/0", [b"abc"])
    assert {"0", "parts"} <= set(flushed)
    flushed.clear()
    shelf.publish(ASSET, VERSION)
    assert ASSET in flushed
