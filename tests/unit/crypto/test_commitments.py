import pytest

from adyton.crypto.commitments import check_commitment, commit
from adyton.terms.errors import Tampered

OPENING = bytes(range(32))


def test_a_commitment_holds_for_its_body_alone():
    commitment = commit(OPENING, b"body")
    check_commitment(commitment, OPENING, b"body", what="x")
    for opening, body in ((OPENING, b"Body"), (OPENING[::-1], b"body"), (OPENING[:31], b"body")):
        with pytest.raises(Tampered, match="the note"):
            check_commitment(commitment, opening, body, what="the note")


def test_a_commitment_hides_a_guessable_body():
    assert commit(OPENING, b"yes") != commit(OPENING[::-1], b"yes")
