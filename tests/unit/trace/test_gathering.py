import io
import zipfile

from adyton.intake import RawFile, open_exhibits
from adyton.terms import Verdict
from adyton.trace.gathering import materials
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
