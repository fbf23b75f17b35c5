import io
import json
import zipfile

import pytest

from adyton.drill.dice import Dice
from adyton.drill.posts import FORMS, MESSAGE_CHARACTERS, Posting, cut

TEXT = "\n\n".join(f"Paragraph {at} " + "of plain words & signs <b> " * 12 for at in range(30))
POSTING = Posting(text=TEXT, remark="Found this.", time_s=1_790_000_000, file="team/ab/paper.md")


def posted(form: str, posting: Posting = POSTING) -> dict[str, bytes]:
    return dict(FORMS[form](posting, Dice(form)))


@pytest.mark.parametrize("form", list(FORMS))
def test_every_form_is_the_same_for_the_same_dice(form: str):
    assert posted(form) == posted(form)


@pytest.mark.parametrize("form", ["forum_text", "forum_markdown"])
def test_a_thread_holds_remark_and_text(form: str):
    (content,) = posted(form).values()
    assert "Found this." in content.decode()
    assert TEXT in content.decode()


def test_a_page_shows_signs_as_signs():
    (content,) = posted("html").values()
    assert b"&lt;b&gt;" in content
    assert b"<b>" not in content


def test_a_chat_export_has_the_messengers_form():
    (content,) = posted("chat").values()
    export = json.loads(content)
    messages = export["messages"]
    assert all(len(one["text"]) <= MESSAGE_CHARACTERS for one in messages)
    assert "forwarded_from" not in messages[0]
    assert {one["forwarded_from"] for one in messages[1:]} != {export["name"]}
    assert "\n\n".join(one["text"] for one in messages[1:]) == TEXT


@pytest.mark.parametrize(
    ("file", "archive", "member"),
    [("prompt-12ab.zip", "prompt-12ab.zip", "prompt.md"), ("team/x/p.md", "p.zip", "p.md")],
)
def test_an_archive_keeps_the_name_under_which_it_went(file: str, archive: str, member: str):
    given = Posting(text=TEXT, remark="r", time_s=1, file=file)
    files = posted("zip", given)
    assert set(files) == {"thread.txt", archive}
    with zipfile.ZipFile(io.BytesIO(files[archive])) as opened:
        assert opened.read(member).decode() == TEXT


def test_log_lines_are_records_with_the_text_in_them():
    (content,) = posted("log_lines").values()
    records = [json.loads(line) for line in content.decode().splitlines() if line.startswith("{")]
    assert "\n\n".join(one["message"] for one in records) == TEXT


def test_a_long_paragraph_is_cut_where_it_must_be():
    pieces = cut("x" * (2 * MESSAGE_CHARACTERS + 5))
    assert list(map(len, pieces)) == [MESSAGE_CHARACTERS, MESSAGE_CHARACTERS, 5]
