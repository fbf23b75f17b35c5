import pytest

from adyton.marks.regions import code_regions, quiet_regions

QUIET = [
    "intro\n\n```sh\ndo not touch\n```\n",
    "intro\n\n~~~\ndo not touch\n~~~\n",
    "intro\n\n```\ndo not touch",  # a fence that nobody closed hides the rest
    "some `do not touch` here",
    "intro\n\n    do not touch\n",
    "# do not touch\n\ntext",
    "do not touch\n===\n\ntext",
    "> do not touch\n",
    'he said "do not touch" once',
    "he said \u201cdo not touch\u201d once",
    "[do not touch](https://a.example/)",
    "[a](https://a.example/do not touch)",
    "| a | do not touch |\n",
    "<b title='do not touch'>",
    "---\ntitle: do not touch\n---\ntext",
]


@pytest.mark.parametrize("text", QUIET)
def test_code_quotations_links_and_headings_are_quiet(text):
    at = text.index("do not touch")
    assert quiet_regions(text).touch(at, at + 6)


@pytest.mark.parametrize("text", ["do not touch", "it's fine. do not touch it, it's fine"])
def test_ordinary_text_is_not_quiet(text):
    at = text.index("do not touch")
    assert not quiet_regions(text).touch(at, at + 6)


def test_a_quotation_is_no_code():
    text = "> do not touch\n\n`do not touch`"
    assert not code_regions(text).touch(2, 8)
    assert code_regions(text).touch(18, 24)
