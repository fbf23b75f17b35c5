import io
import zipfile

import pytest

from adyton.intake import RawFile, open_exhibits
from adyton.prints import Match
from adyton.terms import Span, Verdict
from adyton.trace.evidence import Seen
from adyton.trace.gathering import _without_template, materials
from tests.unit.marks.leaks import FOREIGN, VERSION
from tests.unit.trace.world import World


def archive(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, text in members.items():
            file.writestr(f"{name}.md", text)
    return out.getvalue()


def test_an_archive_is_judged_by_its_members():
    raw = RawFile(name="post.zip", data=archive(one=FOREIGN, two=FOREIGN * 2))
    intake = open_exhibits([raw], salt=b"s" * 16)
    assert sorted(item.exhibit.name for item in materials(intake)) == ["one.md", "two.md"]


def test_a_copy_in_an_archive_is_found():
    world = World(readers=5)
    traced = world.trace(archive(readme=FOREIGN, runbook=world.copies[1].text))
    leaks = [finding for finding in traced.findings if finding.verdict is Verdict.LEAK]
    assert [copy.copy for finding in leaks for copy in finding.copies] == [world.copies[1].copy]


def test_of_a_very_long_exhibit_the_matching_stretches_are_read():
    world = World(readers=5)
    finding = world.one(FOREIGN * 120 + world.copies[2].text + FOREIGN * 120)
    assert [copy.copy for copy in finding.copies if copy.named] == [world.copies[2].copy]
    assert not any("longer than" in missing for missing in finding.unread)
    assert {match.version for match in finding.matches} == {VERSION}


def seen(asset, version, *, chars=180, unique=0, share_ppm=20_000):
    match = Match(
        asset=asset,
        version=version,
        spans_text=(Span(start=0, end=chars),),
        spans_source=(Span(start=0, end=chars),),
        source_chars=9_000,
        share_ppm=share_ppm,
        evidence_milli=4_000,
        unique=unique,
        alike=2,
    )
    return Seen(segment="seg_a", match=match)


def test_a_short_passage_that_all_our_papers_share_is_no_sign_of_any():
    shared = [seen(f"ast_{n}", f"ver_{n}") for n in "abc"]
    titled = [seen("ast_d", "ver_d", unique=3), *shared]
    assert _without_template(shared) == []
    assert _without_template(titled) == []


@pytest.mark.parametrize(
    "kept",
    [
        [seen("ast_a", f"ver_{n}") for n in "abc"],
        [seen(f"ast_{n}", f"ver_{n}") for n in "ab"],
        [seen(f"ast_{n}", f"ver_{n}", chars=400) for n in "abc"],
        [seen(f"ast_{n}", f"ver_{n}", share_ppm=400_000) for n in "abc"],
        [seen("ast_a", "ver_a", unique=4), seen("ast_b", "ver_b"), seen("ast_c", "ver_c")],
    ],
    ids=["versions-of-one", "two-papers", "much-of-it", "most-of-each", "one-has-more"],
)
def test_what_may_be_a_sign_of_one_paper_is_kept(kept):
    assert _without_template(kept) == kept
