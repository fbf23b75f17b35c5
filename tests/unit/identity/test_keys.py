from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from adyton.identity import find_keys
from adyton.identity.keys import (
    KEY_LENGTH,
    has_form,
    new_secret,
    read_key,
    secret_digest,
    write_key,
)
from adyton.terms import CredentialId, Secret

PERIMETER = Secret(b"perimeter checksum key, 32 bytes")
ELSEWHERE = Secret(b"another perimeter's checksum key")
CREDENTIAL = CredentialId("key_" + "abcdefghijklmnopqrstuvwxy2")
SECRET = new_secret(bytes(range(32)))
KEY = write_key(CREDENTIAL, SECRET, PERIMETER).reveal()


def test_a_key_is_what_the_format_page_shows():
    page = Path(__file__).parents[3] / "docs" / "formats" / "keys.md"
    (shown,) = find_keys(page.read_text(encoding="utf-8"), PERIMETER)
    assert shown.genuine
    assert KEY in page.read_text(encoding="utf-8")


@given(st.binary(min_size=32, max_size=32))
def test_every_key_has_one_length_and_is_ascii(raw):
    key = write_key(CREDENTIAL, new_secret(raw), PERIMETER).reveal()
    assert len(key) == KEY_LENGTH == 99
    assert key.isascii()


def test_a_key_reads_back_whole():
    pieces = read_key(KEY, PERIMETER)
    assert pieces.credential == CREDENTIAL
    assert pieces.secret.reveal() == SECRET.reveal()
    assert pieces.genuine
    assert len(secret_digest(pieces.secret)) == 64


@given(st.integers(4, 98), st.sampled_from("abcdefgh234567"))
def test_one_changed_letter_is_never_genuine(position, letter):
    changed = KEY[:position] + letter + KEY[position + 1 :]
    genuine = has_form(changed) and read_key(changed, PERIMETER).genuine
    assert genuine == (changed == KEY)


@given(st.text(max_size=250))
def test_no_text_of_others_reads_as_a_key(text):
    assert not has_form(text)


def test_a_key_is_found_in_the_middle_of_anything():
    text = f"curl -H 'x-api-key:{KEY}' # and {KEY.upper()}"
    (found,) = find_keys(text, PERIMETER)
    assert text[found.span.start : found.span.end] == KEY
    assert found.credential == CREDENTIAL
    assert found.genuine


def test_a_key_of_elsewhere_only_looks_like_ours():
    (found,) = find_keys(write_key(CREDENTIAL, SECRET, ELSEWHERE).reveal(), PERIMETER)
    assert not found.genuine


def test_a_damaged_key_does_not_hide_the_whole_one_inside_it():
    found = find_keys(KEY[:-3] + KEY, PERIMETER)
    assert [one.genuine for one in found] == [False, True]


def test_letters_around_a_key_do_not_hide_it():
    assert [one.genuine for one in find_keys(f"xadk_{KEY}zz", PERIMETER)] == [True]


def test_a_secret_never_shows_itself():
    assert SECRET.reveal() not in repr(read_key(KEY, PERIMETER))
