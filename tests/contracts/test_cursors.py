"""`CursorStore`: durable, whole, by name."""

import pytest

from adyton.adapters import home_files
from adyton.adapters.cursor_files import CursorFiles
from adyton.ledger.ports import Cursor
from adyton.terms import Malformed, Unavailable


@pytest.fixture
def opened(tmp_path):
    """Opens the same store again and again."""
    return lambda: CursorFiles(tmp_path / "cursors", write=home_files.write_private)


def test_what_was_stored_is_there_after_reopening(opened):
    assert opened().load("facts") is None
    one = Cursor(position=7, at_s=9, failed="disk full", note='a "note" ä')
    opened().store("facts", one)
    opened().store("rows", Cursor(position=0, at_s=1))
    assert opened().load("facts") == one
    opened().store("facts", Cursor(position=8, at_s=10))
    assert opened().load("facts") == Cursor(position=8, at_s=10)


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b"\xff", b'{"position":-1}', b'{"position":true,"at_s":0}']
)
def test_a_cursor_that_cannot_be_read_is_none(opened, tmp_path, damage):
    opened().store("facts", Cursor(position=7, at_s=9))
    (tmp_path / "cursors" / "facts.cursor").write_bytes(damage)
    assert opened().load("facts") is None


def test_a_store_that_fails_keeps_the_old_one(tmp_path):
    def fails(*_):
        raise Unavailable("disk full")

    CursorFiles(tmp_path, write=home_files.write_private).store("facts", Cursor(position=1, at_s=1))
    broken = CursorFiles(tmp_path, write=fails)
    with pytest.raises(Unavailable):
        broken.store("facts", Cursor(position=2, at_s=2))
    assert broken.load("facts") == Cursor(position=1, at_s=1)


def test_a_name_leads_nowhere_else(opened):
    with pytest.raises(Malformed):
        opened().store("../facts", Cursor(position=1, at_s=1))


def test_cursors_are_their_owners_alone(opened, tmp_path):
    opened().store("facts", Cursor(position=1, at_s=1))
    assert (tmp_path / "cursors").stat().st_mode & 0o077 == 0
    assert (tmp_path / "cursors" / "facts.cursor").stat().st_mode & 0o077 == 0
