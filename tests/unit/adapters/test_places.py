import os
import pathlib

import pytest

from adyton.adapters.places import LocalPlaces
from adyton.sweep import FoundKind, Place, PlaceKind
from adyton.terms import Missing, Unavailable


@pytest.fixture
def place(tmp_path):
    inside = tmp_path / "inside"
    (inside / "deep" / "er").mkdir(parents=True)
    (inside / "deep" / "er" / "b.txt").write_bytes(b"b" * 10)
    (inside / "a.txt").write_bytes(b"a")
    (inside / "a.txt").chmod(0o644)
    (tmp_path / "secret.txt").write_bytes(b"outside")
    return Place(kind=PlaceKind.FOLDER, path=str(inside))


def walked(place):
    return {found.path: found for found in LocalPlaces().walk(place)}


def read(place, path):
    return b"".join(LocalPlaces().read(place, path))


def test_each_file_below_comes_once_with_size_and_mode(place):
    found = walked(place)
    assert set(found) == {"a.txt", "deep/er/b.txt"}
    assert (found["a.txt"].size_bytes, found["a.txt"].mode) == (1, 0o644)
    assert read(place, "deep/er/b.txt") == b"b" * 10


def test_a_single_file_is_a_place_too(place):
    alone = Place(kind=PlaceKind.FOLDER, path=f"{place.path}/a.txt")
    (found,) = LocalPlaces().walk(alone)
    assert (found.path, found.kind) == ("", FoundKind.FILE)
    assert read(alone, "") == b"a"


def test_links_are_told_and_never_followed(place, tmp_path):
    pathlib.Path(f"{place.path}/link.txt").symlink_to(tmp_path / "secret.txt")
    pathlib.Path(f"{place.path}/up").symlink_to(tmp_path)
    found = walked(place)
    assert found["link.txt"].kind is FoundKind.LINK
    assert found["up"].kind is FoundKind.LINK
    for path in ("link.txt", "up/secret.txt", "../secret.txt", "deep/../../secret.txt"):
        with pytest.raises(Unavailable):
            read(place, path)


def test_a_pipe_does_not_block(place):
    os.mkfifo(f"{place.path}/pipe")
    assert walked(place)["pipe"].kind is FoundKind.OTHER
    with pytest.raises(Unavailable):
        read(place, "pipe")


def test_what_vanished_is_unavailable_and_no_place_is_missing(place, tmp_path):
    with pytest.raises(Unavailable):
        read(place, "gone.txt")
    with pytest.raises(Missing):
        list(LocalPlaces().walk(Place(kind=PlaceKind.FOLDER, path=str(tmp_path / "nowhere"))))


def test_folders_without_end_are_reported(place):
    pathlib.Path(f"{place.path}/" + "/".join("d" * 70)).mkdir(parents=True)
    assert FoundKind.CLOSED in {found.kind for found in walked(place).values()}
