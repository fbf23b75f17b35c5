import pytest
from hypothesis import given
from hypothesis import strategies as st

from adyton.prints.normal import normalise


def kept(text):
    return normalise(text).symbols.tobytes().decode()


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("Hello, World! 42", "helloworld42"),
        ("**bold** and\n> quoted", "boldandquoted"),
        ("caf\u00e9 na\u00efve", "cafenaive"),
        ("e\ufb03cient", "efficient"),
        ("\uff21\uff22\uff23\uff11", "abc1"),
        ("\u0441\u043e\u0440\u0443", "copy"),
        ("zero\u200bwidth\u00a0space", "zerowidthspace"),
        ("\ud800lone", "lone"),
        ("", ""),
        ("\u4e2d\u6587", ""),
    ],
)
def test_what_copying_changes_is_folded(text, signs):
    assert kept(text) == signs


@given(st.text(alphabet=st.characters()))
def test_each_sign_knows_its_place(text):
    normal = normalise(text)
    assert len(normal.symbols) == len(normal.origins)
    assert all(0 <= place < len(text) for place in normal.origins)
    assert list(normal.origins) == sorted(normal.origins)


@given(st.text(alphabet=st.characters(codec="ascii")))
def test_plain_text_agrees_with_a_slow_twin(text):
    assert kept(text) == "".join(sign for sign in text.lower() if sign.isalnum())


@given(st.text())
def test_case_is_folded_everywhere(text):
    assert kept(text) == kept(text.lower())
