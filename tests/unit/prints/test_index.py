import re

import pytest

from adyton.prints import PrintIndex, answer_prints, background_prints, fingerprints
from adyton.terms import AssetId, CopyId, Malformed, SegmentId, VersionId
from tests.unit.prints.prose import KEY, prose

LICENCE = prose("the licence that everybody puts into everything", 150)


def index_of(texts):
    index = PrintIndex(KEY)
    for name, text in texts.items():
        asset = AssetId(f"ast_{name.split('.', maxsplit=1)[0]}")
        index.add(asset=asset, version=VersionId(f"ver_{name}"), blob=fingerprints(text, KEY))
    return index


def versions(matches):
    return [match.version for match in matches]


def test_a_verbatim_passage_is_found_with_spans_in_both():
    texts = {str(number): prose(f"text {number}", 400) for number in range(20)}
    passage = texts["7"][600:1100]
    stray = f"Look what I got:\n\n{passage}\n\nmore later"
    (match,) = index_of(texts).match(stray)
    assert match.version == "ver_7"
    (span,), (source,) = match.spans_text, match.spans_source
    assert texts["7"][source.start : source.end] == stray[span.start : span.end]
    assert span.end - span.start > 0.95 * len(passage)
    assert 0.9 * len(passage) < match.share_ppm * len(texts["7"]) / 1_000_000 <= len(passage)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", " "),
        lambda text: text.upper(),
        lambda text: re.sub(r"(\w+) (\w+)", r"**\1** _\2_", text),
        lambda text: text.replace("e", "\u0435").replace("o", "\u043e"),
        "\u200b".join,
        lambda text: re.sub(r"(?m)^", "> ", text),
    ],
    ids=["rewrapped", "capitals", "markdown", "lookalikes", "zero width", "quoted"],
)
def test_copying_habits_do_not_hide_a_text(change):
    texts = {str(number): prose(f"text {number}", 300) for number in range(5)}
    matches = index_of(texts).match(change(texts["3"]))
    assert versions(matches) == ["ver_3"]
    assert matches[0].share_ppm > 900_000


def test_every_tenth_word_changed_is_still_found():
    text = prose("text", 300)
    edited = " ".join(
        "changed" if number % 10 == 9 else word for number, word in enumerate(text.split())
    )
    (match,) = index_of({"a": text}).match(edited)
    assert match.share_ppm > 800_000


def test_unrelated_text_matches_nothing():
    index = index_of({str(number): prose(f"text {number}", 400) for number in range(30)})
    assert [index.match(prose(f"stranger {number}", 200)) for number in range(50)] == [()] * 50


def test_n1_public_boilerplate_is_no_evidence():
    index = index_of({"a": LICENCE + prose("a", 300)})
    stray = prose("their own readme", 100) + LICENCE
    assert index.match(stray)
    index.exclude(background_prints([LICENCE], KEY))
    assert index.match(stray) == ()
    assert versions(index.match(prose("a", 300))) == ["ver_a"]


def test_text_that_many_assets_share_weighs_less_and_one_alone_decides():
    texts = {str(number): LICENCE + prose(f"own {number}", 100) for number in range(8)}
    matches = index_of(texts).match(LICENCE + prose("own 5", 100))
    assert matches[0].version == "ver_5"
    assert matches[0].unique > 0
    assert matches[0].alike == 0


def test_near_duplicate_versions_are_told_apart():
    body = prose("body", 300).split(" ")
    texts = {}
    for number in range(12):
        changed = list(body)
        changed[150:160] = prose(f"change {number}", 10).split(" ")
        texts[f"doc.{number}"] = " ".join(changed)
    matches = index_of(texts).match(texts["doc.4"])
    assert matches[0].version == "ver_doc.4"
    assert matches[0].unique > 0
    assert matches[0].evidence_milli > matches[1].evidence_milli


def test_a_passage_that_all_versions_hold_leaves_the_choice_open():
    shared = prose("shared", 200)
    matches = index_of({"doc.1": shared + prose("x", 50), "doc.2": shared + prose("y", 50)}).match(
        shared
    )
    assert len(matches) == 2
    assert {(match.alike, match.unique) for match in matches} == {(1, 0)}


def test_an_answer_names_its_copy():
    index = PrintIndex(KEY)
    asset = AssetId("ast_model")
    for number in range(30):
        blob = answer_prints(prose(f"answer {number}", 80), KEY)
        index.add_answer(asset=asset, copy=CopyId(f"cpy_{number}"), blob=blob)
    (match,) = index.match("they wrote: " + prose("answer 11", 80))
    assert (match.copy, match.version) == ("cpy_11", None)
    with pytest.raises(Malformed):
        match.for_segment(SegmentId("seg_1"))


def test_echoing_an_answer_many_times_does_not_erase_it():
    index = PrintIndex(KEY)
    answer = prose("answer", 300)
    for number in range(40):
        blob = answer_prints(answer, KEY)
        index.add_answer(asset=AssetId("ast_m"), copy=CopyId(f"cpy_{number}"), blob=blob)
    matches = index.match(answer)
    assert matches
    assert all(match.alike > 0 and match.unique == 0 for match in matches)


def test_a_match_speaks_the_domains_word():
    text = prose("text", 100)
    (match,) = index_of({"a": text}).match(text)
    told = match.for_segment(SegmentId("seg_1"))
    assert (told.version, told.segment, told.share_ppm) == ("ver_a", "seg_1", match.share_ppm)
    assert told.spans_version == match.spans_source


def test_an_empty_index_and_an_empty_text_match_nothing():
    assert PrintIndex(KEY).match(prose("a", 50)) == ()
    assert index_of({"a": prose("a", 50)}).match("") == ()


def test_the_index_can_be_made_again_from_its_blobs():
    texts = {str(number): prose(f"text {number}", 200) for number in range(10)}
    once, again = index_of(texts), index_of(dict(reversed(texts.items())))
    stray = texts["2"][100:700]
    assert versions(once.match(stray)) == versions(again.match(stray)) == ["ver_2"]
