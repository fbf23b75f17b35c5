import hashlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adyton.intake import Claim, Limits, RawFile, SegmentKind, Times, open_exhibits, unopened
from adyton.terms import Malformed
from tests.unit.intake.made import SALT, chat, opened, tarred, texts, zipped


def test_each_file_is_an_exhibit_with_digest_size_and_times():
    times = Times(posted_s=100, acquired_s=200)
    file = RawFile(name="post.txt", data=b"hello", times=times, provenance={"site": "a forum"})
    intake = open_exhibits([file], salt=SALT)
    (exhibit,) = intake.exhibits
    assert exhibit.sha256 == hashlib.sha256(b"hello").hexdigest()
    assert (exhibit.size_bytes, exhibit.form, exhibit.times) == (5, "text", times)
    assert exhibit.provenance == {"site": "a forum", "encoding": "utf-8"}
    assert intake.segments[0].posted_s == 100


def test_a_bare_claim_is_an_exhibit():
    claim = Claim(text="We have the weights.", times=Times(posted_s=7))
    intake = open_exhibits([], salt=SALT, claims=[claim])
    assert intake.exhibits[0].form == "claim"
    assert (intake.segments[0].kind, intake.segments[0].posted_s) == (SegmentKind.CLAIM, 7)


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"a" * 500, "image"),
        (b"%PDF-1.7\n" + b"text " * 50, "pdf"),
        (b"GGUF\3\0\0\0" + b"a" * 500, "weights"),
        ((40).to_bytes(8, "little") + b'{"t":{}}', "weights"),
        (b"\0\1\2\3" * 100, "binary"),
        (b"7z\xbc\xaf\x27\x1c\0\4", "archive"),
    ],
)
def test_i6_what_is_not_read_is_listed_with_its_reason(data, form):
    intake = opened("thing", data)
    assert intake.exhibits[0].form == form
    assert intake.segments == ()
    assert len(intake.exhibits[0].blocks) == 1
    assert form in intake.unread[0].reason


def test_archives_in_archives_are_opened_and_the_way_is_kept():
    inner = zipped({"notes/plan.md": b"# the plan"}, comment=b"for the vendor")
    intake = opened("hand-over.tar", tarred({"inner.zip": inner}))
    outer, middle, leaf = intake.exhibits
    assert (middle.parent, leaf.parent) == (outer.id, middle.id)
    assert middle.provenance["owner"] == "vendor-build"
    assert middle.provenance["comment"] == "for the vendor"
    assert leaf.name == "notes/plan.md"
    assert texts(intake) == ["# the plan"]


def test_one_broken_file_hides_no_other():
    files = [
        RawFile(name="broken.zip", data=zipped({"a": b"b"})[:30]),
        RawFile(name="good.txt", data=b"good"),
    ]
    intake = open_exhibits(files, salt=SALT)
    assert texts(intake) == ["good"]
    assert [miss.name for miss in intake.unread] == ["broken.zip"]


def test_a_bomb_hides_no_other_file():
    bomb = zipped({f"{number}": bytes(900_000) for number in range(9)})
    files = [
        RawFile(name="bomb.zip", data=bomb),
        RawFile(name="b.zip", data=zipped({"a": b"fine"})),
    ]
    intake = open_exhibits(files, salt=SALT, limits=Limits(expanded_bytes=4_000_000))
    assert texts(intake)[-1] == "fine"
    assert "over the limit of expanded bytes" in {miss.reason for miss in intake.unread}


def test_nesting_ends_at_the_limit_and_says_so():
    data = b"deep down"
    for _ in range(10):
        data = zipped({"next.zip": data})
    intake = opened("onion.zip", data, limits=Limits(depth=3))
    assert len(intake.exhibits) == 5
    assert intake.unread[-1].reason == "over the limit of nesting"


def test_too_many_segments_and_too_large_files_are_listed():
    messages = [{"id": n, "text": f"number {n}"} for n in range(10)]
    intake = opened("result.json", chat(*messages), limits=Limits(segments=4))
    assert len(intake.segments) == 4
    assert "text segments" in intake.unread[0].reason
    assert "file size" in opened("a", b"too long", limits=Limits(file_bytes=3)).unread[0].reason


def test_ids_give_nothing_away_and_need_a_salt():
    one = opened("a.txt", b"yes").exhibits[0].id
    other = open_exhibits([RawFile(name="a.txt", data=b"yes")], salt=b"another salt 16b")
    assert one != other.exhibits[0].id
    assert opened("a.txt", b"yes").exhibits[0].id == one
    with pytest.raises(Malformed):
        open_exhibits([], salt=b"short")


def test_a_file_that_nobody_could_open_is_an_exhibit():
    intake = unopened([RawFile(name="a.zip", data=b"abc")], salt=SALT, reason="the reader died")
    assert intake.exhibits[0].size_bytes == 3
    assert intake.unread[0].reason == "the reader died"


NAMES = st.sampled_from(
    ["a", "a.txt", "a.json", "a.jsonl", "a.html", "a.eml", "a.zip", "a.tgz", "a.tar", "result.json"]
)
HEADS = st.sampled_from(
    [
        b"",
        b"PK\x03\x04",
        b"\x1f\x8b\x08\x00",
        b"BZh9",
        b"\xfd7zXZ\0",
        b"{" + b'"messages":',
        b"From: a\nMessage-ID: b\n",
        b"<html>",
        b"\xff\xfe",
        b"a" * 257 + b"ustar\0",
    ]
)


@given(NAMES, HEADS, st.binary(max_size=2000))
@example("a", b"", b"\xff\xfe\xd8")
@example("a.eml", b"From: a\nMessage-ID: b\n", b"Content-Type: text/plain; charset=\xff\n\n\xff")
def test_i7_any_bytes_are_read_or_listed(name, head, tail):
    intake = opened(name, head + tail)
    known = {exhibit.id for exhibit in intake.exhibits}
    assert known
    for segment in intake.segments:
        assert segment.exhibit in known
        segment.text.encode()
    silent = known - {segment.exhibit for segment in intake.segments}
    silent -= {miss.exhibit for miss in intake.unread}
    silent -= {exhibit.parent for exhibit in intake.exhibits}
    assert all(not exhibit.blocks for exhibit in intake.exhibits if exhibit.id in silent)


@given(st.sampled_from(["zip", "tar", "chat"]), st.data())
def test_i7_damaged_containers_are_read_or_listed(kind, data):
    good = {
        "zip": zipped({"a.txt": b"text " * 20, "b.html": b"<p>b"}),
        "tar": tarred({"a.txt": b"text " * 20, "b": b"b"}),
        "chat": chat({"id": 1, "text": ["a", {"type": "bold", "text": "b"}]}),
    }[kind]
    broken = bytearray(good)
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(good) - 1))
        broken[at] = data.draw(st.integers(0, 255))
    assert opened("thing", bytes(broken)).exhibits
