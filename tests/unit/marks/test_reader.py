import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adyton.marks.code import code_bit, fact_value, pilot_values, slot_biases
from adyton.marks.layout import read_master
from adyton.marks.reader import read_symbols
from adyton.marks.writing import mark_text, render_master
from tests.unit.marks import leaks
from tests.unit.marks.leaks import FOREIGN, MASTER, VERSION, copies, key, seeded

COPY = copies(1)[0]
TEXT = mark_text(MASTER, key=key(1), version=VERSION, copy=COPY, label="Reader")
LAYOUT = read_master(MASTER)
PILOTS = pilot_values(key(1), version=VERSION, choices=LAYOUT.choices, pilots=LAYOUT.pilot_count)
BIASES = slot_biases(
    key(1), version=VERSION, slots=[slot for slot in range(LAYOUT.choices) if slot not in PILOTS]
)
TRUE = PILOTS | {
    slot: code_bit(key(1), version=VERSION, copy=COPY, slot=slot, bias=bias)
    for slot, bias in BIASES.items()
}
VALUES = [
    fact_value(key(1), version=VERSION, copy=COPY, slot=at) for at in range(len(LAYOUT.facts))
]


def wrong(reading):
    return sum(
        symbol is not None and TRUE[slot] != symbol for slot, symbol in enumerate(reading.symbols)
    )


def right_details(reading):
    return sum(
        value in values for value, values in zip(VALUES, reading.facts, strict=True) if values
    )


@pytest.mark.parametrize(
    ("name", "change", "slots", "flips", "details"),
    [
        ("as issued", lambda text, _: text, 102, 0, 5),
        ("markdown stripped", lambda text, _: leaks.strip_markdown(text), 102, 0, 5),
        ("reflowed", lambda text, _: leaks.reflow(leaks.strip_markdown(text)), 102, 0, 5),
        ("lower case", lambda text, _: text.lower(), 102, 0, 5),
        ("NFKC", lambda text, _: leaks.nfkc(text), 102, 0, 5),
        ("3 % of characters misread", lambda text, rng: leaks.noise(text, 0.03, rng), 95, 3, 4),
        ("retyped", leaks.retype, 95, 3, 4),
        ("edited by hand", lambda text, rng: leaks.edit(text, 0.08, rng), 75, 6, 4),
        (
            "an extract among other text",
            lambda text, rng: FOREIGN + leaks.crop(text, 300, rng) + FOREIGN,
            30,
            1,
            0,
        ),
    ],
)
def test_a_copy_is_read_after(name, change, slots, flips, details):
    reading = read_symbols(change(TEXT, seeded(name)), MASTER)
    assert reading.symbols_read >= slots
    assert wrong(reading) <= flips
    assert right_details(reading) >= details


def test_extracts_in_another_order_are_read_all_the_same():
    half = TEXT.index("## During the run")
    reading = read_symbols(TEXT[half:] + FOREIGN + TEXT[:half], MASTER)
    assert reading.symbols_read >= 90
    assert wrong(reading) == 0


def test_what_is_not_there_is_erased_and_not_guessed():
    cut = TEXT.index("## After the run")
    reading = read_symbols(TEXT[:cut], MASTER)
    last = max(slot for slot, symbol in enumerate(reading.symbols) if symbol is not None)
    assert last < LAYOUT.choices - 20
    assert wrong(reading) == 0


def test_a_third_wording_is_erased():
    master = "the bench was {{reset|wiped}} every night at two by the job that we all know"
    text = "the bench was repaired every night at two by the job that we all know"
    assert read_symbols(text, master).symbols == (None,)


def test_foreign_text_holds_no_symbols():
    reading = read_symbols(FOREIGN * 3, MASTER)
    assert reading.symbols_read <= 1
    assert reading.facts_read == 0


def test_the_master_itself_reads_as_first_wordings_with_neutral_details():
    reading = read_symbols(render_master(MASTER), MASTER)
    assert set(reading.symbols) == {0}
    assert reading.neutral_facts == len(LAYOUT.facts)
    assert reading.facts_read == 0


def test_symbols_are_written_for_the_record_with_erasures():
    reading = read_symbols("alpha {{x}}", "one {{two|three}} four and more of it")
    assert reading.written() == "-"


def test_a_very_long_text_is_cut_and_says_so():
    assert read_symbols("a " * 40_000, "one {{two|three}} four").truncated


@settings(max_examples=40)
@given(st.text(max_size=300))
def test_i7_any_text_can_be_read(text):
    reading = read_symbols(text, "one {{two|three}} four {{fact:host}} five {{fact:ticket}}")
    assert len(reading.symbols) == 1
    assert len(reading.facts) == 2
