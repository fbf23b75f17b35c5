from hypothesis import given
from hypothesis import strategies as st

from adyton.prints.places import GRAM, WINDOW, print_text
from tests.unit.prints.prose import KEY, prose


def test_a_common_run_of_w_plus_k_minus_1_signs_always_shares_a_gram():
    run = prose("run", 40).replace(" ", "")[: GRAM + WINDOW - 1]
    one = print_text(prose("before", 30) + run, KEY, shingles=False)
    for cut in range(20):
        other = print_text(prose("other", 30)[cut:] + run + "tail", KEY, shingles=False)
        assert set(one.hashes) & set(other.hashes)


def test_spans_lead_back_to_the_text():
    text = "  One, two; THREE -- four five six seven eight nine ten eleven twelve."
    printed = print_text(text, KEY, shingles=True)
    pieces = {text[a:b] for a, b in zip(printed.starts, printed.ends, strict=True)}
    assert "One, two; THREE" in pieces
    assert "ten eleven twelve" in pieces
    assert printed.length == len(text)


def test_a_repeated_hash_comes_at_each_place():
    sentence = "the same five words here "
    printed = print_text(sentence * 3, KEY, shingles=True)
    assert len(set(printed.hashes.tolist())) < len(printed.hashes)


@given(st.text(max_size=200), st.booleans())
def test_any_text_can_be_printed(text, shingles):
    printed = print_text(text, KEY, shingles=shingles)
    assert len(printed.hashes) == len(printed.starts) == len(printed.ends)
    assert all(0 <= a < b <= len(text) for a, b in zip(printed.starts, printed.ends, strict=True))
    assert printed.starts.tolist() == sorted(printed.starts.tolist())
