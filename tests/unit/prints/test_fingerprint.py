from adyton.prints import answer_prints, background_prints, fingerprints
from tests.unit.prints.prose import KEY, prose


def test_answers_take_less_than_the_text():
    text = prose("answer", 500)
    assert len(answer_prints(text, KEY)) < len(text)
    assert len(fingerprints(text, KEY)) > len(answer_prints(text, KEY))


def test_background_does_not_tell_which_texts_or_in_which_order():
    one, other = prose("one", 60), prose("other", 60)
    assert background_prints([one, other], KEY) == background_prints([other, one, one], KEY)


def test_a_text_of_another_script_is_a_blob_all_the_same():
    assert fingerprints("\u4e2d\u6587" * 50, KEY).startswith(b"ADYP")
    assert background_prints([], KEY).startswith(b"ADYP")
