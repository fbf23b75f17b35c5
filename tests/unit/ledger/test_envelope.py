from hypothesis import given
from hypothesis import strategies as st

from adyton.crypto.canonical import canonical_json
from adyton.ledger.envelope import Envelope, parse_envelope

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(texts=st.lists(TEXT, min_size=7, max_size=7), subjects=st.lists(TEXT, max_size=3))
def test_an_entry_s_bytes_are_the_canonical_form_of_its_fields(texts, subjects):
    commitment, log, previous, receipt, kind, writer, name = texts
    envelope = Envelope(
        type=kind, log=log, epoch=1, writer=writer, counter=0, previous=previous, time_s=7,
        receipt=receipt, subjects=tuple(subjects), public={name: 1}, commitment=commitment,
    )  # fmt: skip
    fields = {
        "v": 1, "type": kind, "log": log, "epoch": 1, "writer": writer, "n": 0, "prev": previous,
        "time": 7, "receipt": receipt, "subjects": subjects, "public": {name: 1},
        "commitment": commitment,
    }  # fmt: skip
    assert envelope.to_bytes() == canonical_json(fields)
    assert envelope.to_bytes(public=canonical_json({name: 1})) == envelope.to_bytes()
    assert parse_envelope(envelope.to_bytes()) == envelope
