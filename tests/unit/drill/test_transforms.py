import pytest

from adyton.drill.dice import Dice
from adyton.drill.papers import plain_wording, write_paper
from adyton.drill.transforms import TRANSFORMS, transform_named

PAPER = write_paper("test_runbook", Dice("transforms"))
COPY = plain_wording(PAPER.master, Dice("copy"))


def posted(name: str, seed: int = 1) -> str:
    return transform_named(name).apply(COPY, Dice(name, seed))


def words(text: str) -> list[str]:
    return text.split()


@pytest.mark.parametrize("transform", TRANSFORMS, ids=lambda one: one.name)
def test_the_same_dice_give_the_same_text(transform):
    assert transform.apply(COPY, Dice("again")) == transform.apply(COPY, Dice("again"))


def test_verbatim_changes_nothing():
    assert posted("verbatim") == COPY


def test_stripping_takes_the_signs_and_leaves_every_word():
    text = posted("markdown_stripped")
    assert not set("#*`") & set(text)
    plain = [word.replace("`", "").strip("*") for word in words(COPY)]
    assert words(text) == [word for word in plain if word not in {"##", "#", "-"}]


def test_retyping_moves_the_lines_and_slips_now_and_then():
    text = posted("retyped")
    before = words(posted("markdown_stripped"))
    after = words(text)
    assert max(map(len, text.splitlines())) <= 76
    assert len(before) == len(after)
    slips = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
    assert 0 < len(slips) < len(before) * 0.03
    assert all(sorted(first) == sorted(second) for first, second in slips)


@pytest.mark.parametrize("size", [80, 300])
def test_a_crop_is_so_many_words_in_a_row(size: int):
    text = posted(f"cropped_{size}")
    assert len(words(text)) == size
    assert text.rstrip("\n") in COPY


def test_a_short_text_is_not_cropped():
    assert transform_named("cropped_80").apply("few words", Dice(1)) == "few words"


def test_typography_changes_no_letter():
    for seed in range(5):
        text = posted("typographic", seed)
        assert "'" not in text
        assert "".join(filter(str.isalnum, text.lower())) == "".join(
            filter(str.isalnum, COPY.lower())
        )


def test_a_merge_holds_about_half_of_ours_among_public_text():
    paragraphs = [part for part in COPY.split("\n\n") if not part.startswith("#")]
    mixed = posted("merged").strip().split("\n\n")
    ours = [part for part in mixed if part in paragraphs]
    assert 0.25 < len(ours) / len(paragraphs) < 0.75
    assert len(mixed) >= 2 * len(ours) - 1
