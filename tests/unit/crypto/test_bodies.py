import pytest

from adyton.crypto.bodies import open_body, seal_body
from adyton.terms.errors import Tampered

KEY, NONCE, OPENING = b"k" * 32, b"n" * 12, b"r" * 32


def sealed():
    return seal_body(key=KEY, nonce=NONCE, opening=OPENING, body=b"text", receipt="rct_a")


def test_a_body_opens_under_its_key_and_receipt():
    assert open_body(key=KEY, sealed=sealed(), receipt="rct_a") == (OPENING, b"text")


def test_a_body_cannot_be_moved_to_another_fact():
    with pytest.raises(Tampered):
        open_body(key=KEY, sealed=sealed(), receipt="rct_b")


def test_i7_every_change_and_cut_is_tampered():
    data = sealed()
    changed = [data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :] for at in range(len(data))]
    for bad in [*changed, *(data[:at] for at in range(len(data)))]:
        with pytest.raises(Tampered):
            open_body(key=KEY, sealed=bad, receipt="rct_a")
