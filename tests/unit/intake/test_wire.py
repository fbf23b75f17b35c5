import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adyton.intake import (
    Claim,
    Limits,
    RawFile,
    decode_intake,
    decode_request,
    encode_intake,
    encode_request,
)
from adyton.terms import ExhibitId, Malformed
from tests.unit.intake.made import SALT, chat, opened, zipped


def test_a_request_and_an_intake_come_back_as_they_were():
    files = [RawFile(name="a", data=b"\0\xff", provenance={"k": "v"})]
    raw = encode_request(files, salt=SALT, claims=[Claim(text="c")], limits=Limits(depth=2))
    request = decode_request(raw)
    assert list(request.files) == files
    assert (request.claims[0].text, request.salt, request.limits.depth) == ("c", SALT, 2)
    intake = opened("a.zip", zipped({"result.json": chat({"id": 1, "text": "hello"}), "b": b"\0"}))
    assert decode_intake(encode_intake(intake)) == intake


def test_an_answer_that_does_not_hold_together_is_refused():
    intake = opened("a.txt", b"hello")
    astray = dataclasses.replace(intake.segments[0], exhibit=ExhibitId("exh_of_nobody"))
    with pytest.raises(Malformed):
        decode_intake(encode_intake(dataclasses.replace(intake, segments=(astray,))))
    with pytest.raises(Malformed):
        decode_intake(encode_intake(dataclasses.replace(intake, exhibits=intake.exhibits * 2)))


@given(st.binary(max_size=300))
def test_i7_hostile_answers_raise_only_malformed(raw):
    with pytest.raises(Malformed):
        decode_intake(raw)
    with pytest.raises(Malformed):
        decode_request(raw)
