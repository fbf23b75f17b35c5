import re

from hypothesis import given
from hypothesis import strategies as st

from adyton.marks.regions import quiet_regions
from adyton.marks.writing import mark_text, render_master
from tests.unit.marks.leaks import MASTER, VERSION, copies, key

COPY, OTHER = copies(2)


def marked(master=MASTER, copy=COPY, seed=1):
    return mark_text(master, key=key(seed), version=VERSION, copy=copy, label="Reader")


def test_two_copies_differ_and_the_same_copy_is_the_same_bytes():
    assert marked() == marked()
    assert marked() != marked(copy=OTHER)
    assert marked() != marked(seed=2)


def test_no_slot_is_left_open():
    code = "{{ value | json }}"  # this stands in a code block of the master
    assert "{{" not in marked().replace(code, "")
    assert "{{" not in render_master(MASTER).replace(code, "")


def test_the_rendered_master_has_first_wordings_and_no_copys_details():
    text = render_master("{{One|Two}} and {{fact:host}}, {{fact:ticket}}")
    assert text == "One and sample-machine.example, REQ-0000000"


def test_a_named_detail_is_the_same_everywhere_in_a_copy():
    text = marked("{{fact:host:a}} {{fact:host:a}} {{fact:host:b}}").split("\n")[-1].split()
    assert text[0] == text[1] != text[2]


def test_the_visible_line_comes_first_but_behind_front_matter():
    assert marked("plain").startswith("Copy for Reader \u00b7 cpy_")
    assert marked().startswith("---\ntitle: Evaluation runbook\n---\n\nCopy for Reader")


def test_most_words_of_a_master_without_slots_stay_as_they_are():
    plain = re.sub(r"\{\{([^|{}]*)\|[^{}]*\}\}", r"\1", MASTER)
    plain = re.sub(r"\{\{fact[^{}]*\}\}", "it", plain)
    before = render_master(plain).split()
    after = marked(plain).split("\n\n", 3)[3].split()
    lost = len(set(before) - set(after))
    assert lost <= len(before) * 3 / 100


QUIET = [
    "```\nwe do not, they don't, 3 days, a, b, and c\n```",
    "> we do not, they don't, 3 days, a, b, and c",
    "# We do not organize 3 days",
    "`do not`",
    "[do not](https://a.example/do-not)",
    '"we do not organize it"',
    "    do not organise",
]
LOUD = ["We do not know. It took 3 days.", "They organize a, b, and c.", "{{one|two}} is {{a|b}}."]


@given(st.lists(st.sampled_from(QUIET + LOUD), min_size=4, max_size=30), st.integers(0, 50))
def test_code_quotations_links_and_headings_stay_byte_for_byte(parts, seed):
    master = "\n\n".join(parts)
    text = marked(master, copy=copies(1, seed)[0])
    for part in QUIET:
        assert text.count(part) == master.count(part)


def test_the_property_above_looks_at_quiet_text():
    assert all(quiet_regions("x\n\n" + part).spans for part in QUIET)
