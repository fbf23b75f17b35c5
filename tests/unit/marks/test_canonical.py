import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from adyton.marks.canonical import canonical


def test_what_a_leak_loses_makes_no_difference():
    written = "## The **Bench**\n\n- It doesn\u2019t *forgive*\u200b haste \u2014 ever\u2026\n"
    posted = "the bench it doesnt forgive haste - ever..."
    assert canonical(written).strip() == posted


def test_cyrillic_twins_read_as_latin():
    assert canonical("b\u0435nch h\u043est") == "bench host"


def test_sentence_punctuation_stays_because_wordings_may_differ_in_it():
    assert canonical("red, green, and blue.") != canonical("red, green and blue")


@given(st.text())
def test_any_text_has_a_canonical_form_without_invisible_characters(text):
    assert not any(unicodedata.category(char) == "Cf" for char in canonical(text))
