import pytest

from adyton.prints import PrintKey
from adyton.terms import Malformed, Secret


def test_a_short_key_is_not_taken():
    with pytest.raises(Malformed):
        PrintKey(Secret(b"short"))


def test_hashes_differ_by_key_and_by_use():
    one, other = PrintKey(Secret(b"1" * 32)), PrintKey(Secret(b"2" * 32))
    told = {
        one.hashes(b"gram", [b"x"]),
        one.hashes(b"words", [b"x"]),
        one.hashes(b"block", [b"x"]),
        other.hashes(b"gram", [b"x"]),
    }
    assert len(told) == 4
    assert one.sealing_key() != other.sealing_key()
    assert one.order != other.order


def test_i8_a_key_does_not_show_itself():
    key = PrintKey(Secret(b"planted-secret-planted-secret-12"))
    key.hashes(b"gram", [b"x"])
    assert "planted" not in repr(key) + repr(vars(key))
