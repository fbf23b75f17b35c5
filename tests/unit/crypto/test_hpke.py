import pytest
from hypothesis import given
from hypothesis import strategies as st

from adyton.adapters.memory_ledger import SeededEntropy
from adyton.crypto import hpke
from adyton.terms import Malformed, Secret, Tampered

KEY = hpke.HpkeKey.generate(SeededEntropy(1))
OTHER = hpke.HpkeKey.generate(SeededEntropy(2))


def test_what_is_sealed_opens_for_its_key_and_context():
    sealed = hpke.seal(b"share", public=KEY.public, info=b"here")
    assert KEY.open(sealed, info=b"here") == b"share"
    assert len(sealed) == len(b"share") + hpke.OVERHEAD_BYTES


@pytest.mark.parametrize(
    ("key", "info", "change"),
    [(OTHER, b"here", 0), (KEY, b"there", 0), (KEY, b"here", 1)],
    ids=["another key", "another context", "a changed byte"],
)
def test_anything_else_is_tampered(key: hpke.HpkeKey, info: bytes, change: int):
    sealed = bytearray(hpke.seal(b"share", public=KEY.public, info=b"here"))
    sealed[-1] ^= change
    with pytest.raises(Tampered):
        key.open(bytes(sealed), info=info)


@given(st.binary(max_size=100))
def test_i7_hostile_bytes_only_ever_raise_tampered(data: bytes):
    with pytest.raises(Tampered):
        KEY.open(data, info=b"")


def test_a_key_of_another_length_is_refused():
    with pytest.raises(Malformed):
        hpke.HpkeKey(Secret(bytes(31)))


@pytest.mark.parametrize("public", [b"", b"short", bytes(32)], ids=["none", "short", "order one"])
def test_unusable_public_keys_are_refused(public: bytes):
    with pytest.raises(Malformed):
        hpke.seal(b"share", public=public, info=b"")


def test_bound_fields_do_not_slide_into_each_other():
    assert hpke.bind("l", b"ab", b"c") != hpke.bind("l", b"a", b"bc") != hpke.bind("la", b"bc")
