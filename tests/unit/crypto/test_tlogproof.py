import pytest
from hypothesis import given
from hypothesis import strategies as st

from adyton.crypto import merkle
from adyton.crypto.checkpoints import Checkpoint
from adyton.crypto.notes import Note, Signer
from adyton.crypto.tlogproof import TlogProof, check_proof, parse_proof
from adyton.terms.errors import Malformed, Tampered

LOG = Signer(name="log.invalid", seed=b"l" * 32)
ENTRIES = [b"one", b"two", b"three"]
LEAVES = [merkle.leaf_hash(entry) for entry in ENTRIES]


def receipt(index=1, extra=None):
    text = Checkpoint(origin="log.invalid", size=3, root=merkle.root_of(LEAVES)).to_text()
    hashes = merkle.make_inclusion_proof(
        index, 3, lambda level, at: merkle.root_of(LEAVES[at << level : (at + 1) << level])
    )
    note = Note(text=text, signatures=(LOG.sign(text),)).to_bytes()
    return TlogProof(index=index, hashes=tuple(hashes), checkpoint=note, extra=extra).to_bytes()


@pytest.mark.parametrize("index", range(3))
def test_a_receipt_proves_its_entry(index):
    checkpoint, _ = check_proof(parse_proof(receipt(index)), entry=ENTRIES[index], log=LOG.key)
    assert checkpoint.size == 3


def test_a_receipt_does_not_prove_another_entry():
    with pytest.raises(Tampered, match="fact 9"):
        check_proof(parse_proof(receipt(1)), entry=b"2", log=LOG.key, what="fact 9")


def test_a_receipt_says_its_format_and_carries_the_checkpoint_verbatim():
    lines = receipt(extra=b"two").decode().split("\n")
    assert lines[:3] == ["c2sp.org/tlog-proof@v1", "extra dHdv", "index 1"]
    assert lines[5:7] == ["", "log.invalid"]
    assert parse_proof(receipt(extra=b"two")).extra == b"two"


def test_every_changed_byte_of_a_receipt_is_noticed():
    data = receipt()
    for at in range(len(data)):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        with pytest.raises((Malformed, Tampered)):
            check_proof(parse_proof(changed), entry=ENTRIES[1], log=LOG.key)


@given(st.binary(max_size=200))
def test_i7_any_bytes_give_a_receipt_or_malformed(data):
    try:
        parse_proof(b"c2sp.org/tlog-proof@v1\n" + data)
    except Malformed:
        return
