import pytest
from hypothesis import given
from hypothesis import strategies as st

from adyton.marks.layout import Choice, FactPlace, Literal, capacity, read_master
from adyton.terms import Malformed, TooLarge
from tests.unit.marks.leaks import MASTER


def test_a_master_of_a_page_or_two_holds_enough_slots():
    found = capacity(MASTER)
    assert found.code_slots >= 60
    assert found.facts >= 4
    assert found.pilots == pytest.approx(found.code_slots / 9, abs=1)


def test_the_same_master_has_the_same_layout_and_another_has_another():
    assert read_master(MASTER) == read_master(MASTER)
    assert read_master(MASTER).digest != read_master(MASTER + " ").digest


def test_named_details_share_a_slot():
    layout = read_master(
        "{{fact:host:a}} {{fact:host:b}} {{fact:host:a}} {{fact:host}} {{fact:host}}"
    )
    places = [piece.slot for piece in layout.pieces if isinstance(piece, FactPlace)]
    assert places == [0, 1, 0, 2, 3]


def test_braces_in_code_are_code_but_details_are_details_everywhere():
    layout = read_master("a `{{ x | y }}` b\n\n```\n{{a|b}} {{fact:ticket}}\n```\n")
    kinds = [type(piece) for piece in layout.pieces]
    assert kinds == [Literal, FactPlace, Literal]


def test_escaped_braces_are_text():
    (piece,) = read_master("write \\{{a|b}} like this").pieces
    assert piece == Literal(text="write {{a|b}} like this")


@pytest.mark.parametrize(
    ("master", "line"),
    [
        ("one\n{{two}}", 2),
        ("{{a|b|c}}", 1),
        ("\n\n{{open|end", 3),
        ("{{fact:colour}}", 1),
        ("{{Same|same}}", 1),
        ("{{it's|it\u2019s}}", 1),
    ],
)
def test_a_slot_that_is_none_is_refused_with_its_line(master, line):
    with pytest.raises(Malformed, match=f"line {line}"):
        read_master(master)


def test_a_master_over_the_limits_is_too_large():
    with pytest.raises(TooLarge):
        read_master("{{a|b}} " * 3000)
    with pytest.raises(TooLarge):
        read_master("x" * 500_000)


def test_the_authors_slots_are_in_order_with_the_automatic_ones():
    layout = read_master(MASTER)
    slots = [piece.slot for piece in layout.pieces if isinstance(piece, Choice)]
    assert slots == list(range(layout.choices))


@given(st.text(alphabet="{}|ab: \n`\\fact", max_size=80))
def test_any_text_is_a_master_or_malformed(text):
    try:
        layout = read_master(text)
    except Malformed:
        return
    assert layout.pilot_count <= layout.choices


def test_a_tenth_of_the_choices_are_pilots():
    layout = read_master("{{a|b}} " * 100)
    assert layout.pilot_count == 10
