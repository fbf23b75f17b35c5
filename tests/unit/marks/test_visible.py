import time

import pytest

from adyton.marks.visible import (
    Seal,
    check_line,
    claimed_copies,
    find_lines,
    write_line,
)
from adyton.terms import Malformed
from tests.unit.marks.leaks import FOREIGN, VERSION, copies, key

COPY, OTHER = copies(2)


def line(label="Reader One", copy=COPY):
    return write_line(label, key=key(1), version=VERSION, copy=copy)


def checked(text):
    (found,) = find_lines(text)
    return found.copy, check_line(found, key=key(1), version=VERSION)


@pytest.mark.parametrize(
    "shown",
    [
        line(),
        FOREIGN + "> **" + line() + "**\n\nrest",
        line().upper().replace("\u00b7", "-"),
        line().replace("\u00b7", "."),
        line()[:22] + line()[22:].replace("o", "0").replace("l", "1"),
    ],
)
def test_a_line_of_ours_is_genuine_however_it_was_posted(shown):
    assert checked(shown) == (COPY, Seal.GENUINE)


def test_f2_a_line_with_another_copys_id_shows_by_its_seal():
    assert checked(line().replace(COPY, OTHER)) == (OTHER, Seal.ALTERED)


def test_f2_a_line_with_another_label_shows_by_its_seal():
    assert checked(line().replace("Reader One", "Reader Two"))[1] is Seal.ALTERED


def test_a_line_of_another_version_or_key_is_not_genuine():
    (found,) = find_lines(line())
    assert check_line(found, key=key(2), version=VERSION) is Seal.ALTERED


def test_bare_ids_are_claims_too():
    assert claimed_copies(f"see {OTHER}\n{line()}") == (COPY, OTHER)
    assert claimed_copies(FOREIGN) == ()


@pytest.mark.parametrize("label", ["", "  ", "x" * 81, "a \u00b7 b"])
def test_a_label_that_would_break_the_line_is_refused(label):
    with pytest.raises(Malformed):
        line(label=label)


@pytest.mark.parametrize(
    "hostile",
    [
        "copy for" + " " * 400_000,
        ("copy for" + " " * 90 + "\n") * 4_000,
        "copy for " * 40_000,
        ("copy for a" + " ." * 50 + "\n") * 3_000,
        ("copy" + "\n" * 1_000) * 400,
    ],
)
def test_i7_hostile_lines_take_linear_time(hostile):
    began = time.process_time()
    assert find_lines(hostile) == ()
    assert time.process_time() - began < 5  # quadratic, it would be hours
