"""What may be asked, and what fits."""

import pytest

from adyton.incident.fieldmap import WORDS
from adyton.ledger.envelope import Envelope
from adyton.ledger.questions import (
    FOREIGN_WORDS,
    ForeignRow,
    Question,
    fits,
    names_of,
    row_fits,
    words_of,
)
from adyton.terms import Malformed

PERSON = "per_" + "a" * 26
COPY = "cpy_" + "b" * 26


def envelope(**changed):
    fields = {
        "type": "copy.issued",
        "log": "main",
        "epoch": 1,
        "writer": "owner",
        "counter": 0,
        "previous": "",
        "time_s": 1000,
        "receipt": "rct_x",
        "subjects": (PERSON,),
        "public": {"copy": COPY, "channel": "document", "deep": [{"n": 7}]},
        "commitment": "",
    }
    return Envelope(**{**fields, **changed})


ROW = ForeignRow(
    source="src_one",
    line=3,
    time_s=1000,
    log_time_s=1010,
    says={"action": "object.read", "address": "192.0.2.1", "object": "a/runbook.md"},
)


@pytest.mark.parametrize(
    ("question", "fit"),
    [
        ({}, True),
        ({"type": "copy.issued"}, True),
        ({"type": "copy.issue"}, False),
        ({"subject": PERSON}, True),
        ({"subject": COPY}, True),
        ({"subject": PERSON[:-1]}, False),
        ({"since_s": 1000, "until_s": 1000}, True),
        ({"since_s": 1001}, False),
        ({"until_s": 999}, False),
        ({"text": '"channel":"doc'}, True),
        ({"text": "Document"}, False),
        ({"text": COPY[:8]}, False),
        ({"after": 4}, True),
        ({"after": 5}, False),
        ({"source": "src_one"}, False),
        ({"address": "192.0.2.1"}, False),
    ],
)
def test_a_fact_fits_when_everything_given_does(question, fit):
    assert fits(Question(**question), 5, envelope()) is fit


@pytest.mark.parametrize(
    ("question", "fit"),
    [
        ({}, True),
        ({"type": "object.read"}, True),
        ({"type": "object.list"}, False),
        ({"source": "src_one", "address": "192.0.2.1"}, True),
        ({"address": "192.0.2"}, False),
        ({"source": "src_two"}, False),
        ({"text": "runbook"}, True),
        ({"text": "object.read"}, True),
        ({"text": "src_one"}, False),
        ({"since_s": 1000, "until_s": 1000}, True),
        ({"since_s": 1001}, False),
        ({"after_row": (1000, "src_one", 2)}, True),
        ({"after_row": (1000, "src_one", 3)}, False),
        ({"subject": PERSON}, False),
        ({"only": "facts"}, False),
    ],
)
def test_a_row_fits_when_everything_given_does(question, fit):
    assert row_fits(Question(**question), ROW) is fit


@pytest.mark.parametrize(
    "question",
    [
        {"limit": 0},
        {"limit": 1001},
        {"type": "x' OR 1=1 --"},
        {"subject": "a\nb"},
        {"text": "x" * 201},
        {"text": "\x00"},
        {"since_s": 5, "until_s": 4},
        {"since_s": -1},
        {"after": -2},
    ],
)
def test_what_cannot_be_asked_is_malformed_and_names_the_field_not_the_value(question):
    with pytest.raises(Malformed) as told:
        Question(**question).check()
    assert "OR 1=1" not in told.value.message


def test_ids_are_names_and_all_else_are_words():
    public = {"copy": COPY, "list": [PERSON, "plain"], "digest": "0" * 64}
    assert names_of(("log",), public) == (COPY, "log", PERSON)
    assert words_of(public) == '{"copy":"","digest":"' + "0" * 64 + '","list":["","plain"]}'


def test_foreign_rows_have_the_words_of_the_field_mappings():
    assert FOREIGN_WORDS == WORDS
