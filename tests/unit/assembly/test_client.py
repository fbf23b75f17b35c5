import base64

import pytest

from adyton.assembly import client
from adyton.terms import Conflict, Malformed, Missing, Refused, TooLarge


@pytest.fixture
def home(tmp_path):
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def test_nothing_is_written_into_the_home_by_any_way(home, tmp_path):
    (tmp_path / "way").symlink_to(home)
    for place in (home / "x", tmp_path / "way" / "x", tmp_path / "a" / ".." / "home" / "x"):
        with pytest.raises(Refused, match="inside the home"):
            client.write_stream(place, [b"x"], home=home)
        with pytest.raises(Refused), client.new_file(place, home=home):
            pass
        with pytest.raises(Refused):
            client.make_approver(place, "a phrase that is long enough", home=home)
        with pytest.raises(Refused):
            client.open_approver(place, "a phrase that is long enough", home=home)
    assert [one.name for one in home.iterdir()] == []


def test_a_new_file_is_given_back_when_what_it_was_for_fails(home, tmp_path):
    with pytest.raises(Missing), client.new_file(tmp_path / "key", home=home):
        raise Missing("no such person")
    assert not (tmp_path / "key").exists()
    with client.new_file(tmp_path / "key", home=home):
        client.write_key(tmp_path / "key", "adk_1")
    with pytest.raises(Conflict), client.new_file(tmp_path / "key", home=home):
        pass
    assert (tmp_path / "key").read_text() == "adk_1\n"


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", "", ".", "a\0b"])
def test_a_name_that_somebody_else_chose_stays_below_the_folder(tmp_path, name):
    with pytest.raises(Malformed):
        client.write_folder(tmp_path / "new", {"good": b"g", name: b"x"})
    assert not (tmp_path / "new").exists()
    assert client.below(tmp_path, "a/./b") == tmp_path / "a" / "b"


def test_a_folder_is_written_whole_or_not_at_all(tmp_path):
    with pytest.raises(Exception, match="cannot"):
        client.write_folder(tmp_path / "new", {"a": b"1", "a/b": b"2"})
    assert not (tmp_path / "new").exists()
    client.write_folder(tmp_path / "new", {"a/b": b"2"})
    with pytest.raises(Conflict):
        client.write_folder(tmp_path / "new", {"c": b"3"})


def test_exhibits_keep_their_names_and_are_bounded(tmp_path, monkeypatch):
    (tmp_path / "tree" / "in").mkdir(parents=True)
    (tmp_path / "tree" / "in" / "a.txt").write_bytes(b"a")
    (tmp_path / "b.txt").write_bytes(b"b")
    read = client.read_exhibits([tmp_path / "tree", tmp_path / "b.txt"])
    assert [(one["name"], base64.b64decode(one["data"])) for one in read] == [
        ("in/a.txt", b"a"),
        ("b.txt", b"b"),
    ]
    monkeypatch.setattr(client, "LARGEST_EXHIBIT_BYTES", 1)
    with pytest.raises(TooLarge):
        client.read_exhibits([tmp_path / "tree", tmp_path / "b.txt"])


def test_text_that_is_none_is_malformed(tmp_path):
    (tmp_path / "tree").write_bytes(b"\xff")
    with pytest.raises(Malformed, match="tree is not UTF-8 text"):
        client.read_text(tmp_path / "tree")


def test_an_approver_opens_their_key_with_their_phrase_only(home, tmp_path):
    public = client.make_approver(tmp_path / "k", "a phrase that is long enough", home=home)
    assert {len(half) for half in public.values()} == {64}
    with pytest.raises(Refused):
        client.open_approver(tmp_path / "k", "another phrase, long enough", home=home)
    assert b"phrase" not in (tmp_path / "k").read_bytes()


def test_a_request_without_a_share_cannot_be_approved(small):
    key = small.approvers["approver"]
    with pytest.raises(Missing, match="no share"):
        client.approve({"bytes": "", "sealed_share": ""}, key)


def test_the_catalogue_is_whole():
    assert [row["id"] for row in client.read_controls()] == [f"C{n:02}" for n in range(1, 69)]
