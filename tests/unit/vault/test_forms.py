import pytest
from hypothesis import given
from hypothesis import strategies as st

from adyton.terms import AssetKind, Malformed
from adyton.vault.forms import HEAD_BYTES, check_form, form_of
from tests.unit.vault.world import GGUF

SAFETENSORS = (60).to_bytes(8, "little") + b'{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'


@pytest.mark.parametrize(
    ("head", "form"),
    [
        (GGUF + bytes(50), "gguf"),
        (SAFETENSORS + bytes(50), "safetensors"),
        (b'{"hidden_size": 12}', "text"),
        (b"", "text"),
        ("é".encode() * HEAD_BYTES, "text"),
        (b"GGUF" + bytes(20), "opaque"),
        (GGUF[:8] + b"\xff" * 16, "opaque"),
        ((2**40).to_bytes(8, "little") + b"{" + bytes(99), "opaque"),
        (b"PK\x03\x04" + bytes(50), "opaque"),
        (b"\x80\x05\x95" + bytes(50), "opaque"),
        (b"cposix\nsystem\n(S'id'\ntR.", "opaque"),
        (b"(dp0\nS'weight'\np1\n", "opaque"),
    ],
)
def test_the_first_bytes_say_what_a_file_is(head: bytes, form: str):
    cut = head[:HEAD_BYTES]
    assert form_of(cut, size_bytes=len(head)) == form


@pytest.mark.parametrize(
    "head", [b"PK\x03\x04....", b"\x80\x02}q\x00", b"cos\nsystem\n(.", b"\x00ELF"]
)
@pytest.mark.parametrize("kind", [AssetKind.WEIGHTS, AssetKind.ADAPTER, AssetKind.TEST_BUILD])
def test_what_may_run_code_is_no_weights_by_accident(head: bytes, kind: AssetKind):
    with pytest.raises(Malformed):
        check_form(head, size_bytes=len(head), kind=kind, opaque=False)
    assert check_form(head, size_bytes=len(head), kind=kind, opaque=True) == "opaque"


def test_documents_may_be_anything():
    head = b"PK\x03\x04 an office file"
    assert check_form(head, size_bytes=99, kind=AssetKind.DOCUMENT, opaque=False) == "opaque"


@given(st.binary(max_size=64))
def test_i7_any_head_has_a_form(head: bytes):
    assert form_of(head, size_bytes=len(head)) in {"gguf", "safetensors", "text", "opaque"}
