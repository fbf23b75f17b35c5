"""What each form gives: texts, places, provenance."""

import bz2
import gzip
import json
import lzma
import struct
import zipfile

import pytest

from adyton.intake import Limits, SegmentKind
from tests.unit.intake.made import chat, opened, tarred, texts, zipped


def test_plain_text_keeps_its_place():
    intake = opened("a.md", b"\xef\xbb\xbf# Title\n")
    segment = intake.segments[0]
    assert segment.text == "# Title\n"
    assert segment.anchors == ((0, 3),)
    assert (segment.origin.start, segment.origin.end) == (3, 11)


def test_a_long_text_is_read_in_part_and_the_rest_is_listed():
    intake = opened("a.txt", b"abcdef", limits=Limits(text_bytes=4))
    assert texts(intake) == ["abcd"]
    assert "only the beginning" in intake.unread[0].reason


def test_html_gives_text_without_tags_and_leads_back():
    page = "<html><head><style>p {}</style></head><p>One &amp; <b>two</b></p><!-- note --><p>three"
    intake = opened("page.html", page.encode())
    segment = intake.segments[0]
    lines = [line for line in segment.text.split("\n") if line.strip()]
    assert lines == ["One & two", " note ", "three"]
    at = segment.text.index("three")
    place = max(anchor for anchor in segment.anchors if anchor[0] <= at)
    assert page.encode()[place[1] :].startswith(b"three")


def test_json_strings_are_read_with_their_keys():
    raw = json.dumps({"prompt": "You are\na helper", "n": 3, "list": ["a", {"b": None}]}).encode()
    assert texts(opened("log.json", raw)) == ["prompt\nYou are\na helper\nn\nlist\na\nb"]


def test_json_lines_lead_back_to_their_line():
    raw = b'{"a":"first"}\nnot json\n{"a":"second"}\n'
    intake = opened("log.jsonl", raw)
    (segment,) = intake.segments
    assert segment.kind is SegmentKind.RECORDS
    at = segment.text.index("a\nsecond")
    assert raw[dict(segment.anchors)[at] :] == b'{"a":"second"}\n'
    assert intake.unread[0].reason == "json: 1 lines are no JSON"


def test_a_chat_export_keeps_who_when_and_the_way():
    intake = opened(
        "result.json",
        chat(
            {
                "id": 5,
                "type": "message",
                "date_unixtime": "1770000000",
                "from": "Nobody Real",
                "from_id": "user77",
                "forwarded_from": "Another Nobody",
                "text": ["see ", {"type": "code", "text": "the plan"}, "!"],
            },
            {"id": 6, "type": "service", "text": ""},
        ),
    )
    (segment,) = intake.segments
    assert segment.text == "see the plan!"
    assert segment.kind is SegmentKind.MESSAGE
    assert segment.posted_s == 1_770_000_000
    assert segment.provenance["forwarded_from"] == "Another Nobody"
    assert segment.provenance["from_id"] == "user77"
    assert intake.exhibits[0].provenance["messages"] == "2"


def test_a_full_export_holds_several_chats():
    inner = [json.loads(chat({"id": 1, "text": "one"})), json.loads(chat({"id": 2, "text": "two"}))]
    raw = json.dumps({"about": "", "chats": {"list": inner}}).encode()
    assert texts(opened("result.json", raw)) == ["one", "two"]


@pytest.mark.parametrize("bad", [-1, "1e99", "\u0661", 10**30, None, [], True])
def test_a_time_that_is_none_is_unknown(bad):
    intake = opened("result.json", chat({"id": 1, "date_unixtime": bad, "text": "x"}))
    assert intake.segments[0].posted_s == 0


MAIL = b"""Received: from mx.partner.example by mail.example; Mon, 2 Feb 2026 10:00:05 +0000
Received: from desk.partner.example by mx.partner.example; Mon, 2 Feb 2026 10:00:00 +0000
From: =?utf-8?q?J=C3=B6rg?= <a@partner.example>
Date: Mon, 02 Feb 2026 10:00:00 +0000
Message-ID: <1@partner.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

caf=C3=A9
--x
Content-Type: text/html

<p>rich</p>
--x
Content-Type: application/octet-stream; name=plan.txt
Content-Disposition: attachment; filename=plan.txt
Content-Transfer-Encoding: base64

dGhlIHBsYW4=
--x--
"""


def test_a_mail_keeps_its_way_and_attachments():
    intake = opened("m.eml", MAIL)
    mail, page, plan = intake.exhibits
    assert [text.strip() for text in texts(intake)] == ["caf\u00e9", "rich", "the plan"]
    assert mail.provenance["received.1"].startswith("from desk.partner.example")
    assert mail.provenance["from"] == "J\u00f6rg <a@partner.example>"
    assert mail.times.posted_s == 1_770_026_400
    assert (page.form, plan.name) == ("html", "plan.txt")


def test_text_outside_of_the_parts_of_a_mail_is_read():
    hidden = MAIL.replace(b"\n\n--x\n", b"\n\nbefore the parts\n--x\n", 1) + b"after the parts\n"
    found = [text.strip() for text in texts(opened("m.eml", hidden))]
    assert {"before the parts", "after the parts"} <= set(found)


@pytest.mark.parametrize("sign", ["<a ", "<!--", "</", "<?", "<", "<a href='", "<p><!-- >"])
def test_i7_markup_without_end_takes_no_quadratic_time(sign):
    intake = opened("a.html", b"<html>seen " + sign.encode() * (300_000 // len(sign)))
    assert "seen" in intake.segments[0].text


def test_senseless_markup_hides_no_text():
    intake = opened("a.html", b"<html><p>before</p><![oops ]><p>after</p>")
    assert [word in texts(intake)[0] for word in ("before", "after")] == [True, True]
    assert intake.unread == ()


def test_i7_a_header_without_end_takes_no_quadratic_time():
    raw = b"From: a\nMessage-ID: b\nSubject: " + b"=?utf-8?q?a?= " * 200_000 + b"\n\nbody"
    assert texts(opened("a.eml", raw)) == ["body"]


def test_zip_members_keep_their_time():
    intake = opened("a.zip", zipped({"x.txt": b"x"}))
    assert intake.exhibits[1].times.event_s == 1_772_600_768


def test_tar_links_are_listed_not_followed():
    intake = opened("a.tar", tarred({"x": b""}, type=b"2", linkname="/etc/passwd"))
    assert intake.unread[0].reason == "a link or device is not followed"
    assert intake.exhibits[1].provenance["link"] == "/etc/passwd"


@pytest.mark.parametrize(
    "pack", [gzip.compress, bz2.compress, lzma.compress], ids=["gz", "bz2", "xz"]
)
def test_compressed_files_are_opened(pack):
    intake = opened("notes.txt.gz", pack(b"one ") + pack(b"two"))
    assert texts(intake) == ["one two"]
    assert intake.exhibits[1].name == "notes.txt"


def test_a_tgz_is_a_tar_inside():
    intake = opened("h.tgz", gzip.compress(tarred({"a.txt": b"hello"})))
    assert texts(intake) == ["hello"]


def test_i7_a_zip_bomb_is_cut_by_what_really_comes_out():
    small = Limits(expanded_bytes=6_000_000, ratio_free_bytes=100_000)
    bomb = zipped({"a": bytes(20_000_000), "b.txt": b"fine"})
    intake = opened("bomb.zip", bomb, limits=small)
    assert intake.unread[0].reason.startswith("over the limit")
    assert texts(intake) == ["fine"]
    assert opened("b.gz", gzip.compress(bytes(20_000_000)), limits=small).segments == ()


def test_i7_a_declared_size_is_not_believed():
    data = bytearray(zipped({"a.txt": b"a" * 1000}))
    central = data.index(b"PK\x01\x02")
    struct.pack_into("<I", data, central + 24, 10)
    assert opened("liar.zip", bytes(data)).exhibits


def test_i7_a_flood_of_members_is_refused_at_once():
    data = zipped({f"{n}": b"" for n in range(300)}, method=zipfile.ZIP_STORED)
    intake = opened("many.zip", data, limits=Limits(members=100))
    assert intake.unread[0].reason == "over the limit of archive members"
    intake = opened("many.tar", tarred({f"{n}": b"" for n in range(300)}), limits=Limits(members=9))
    assert intake.unread[-1].reason == "over the limit of archive members"


def test_i7_deep_json_is_listed():
    intake = opened("deep.json", b"[" * 200_000)
    assert intake.segments == ()
    assert intake.unread


def test_i7_a_locked_zip_member_is_listed():
    data = bytearray(zipped({"a.txt": b"secret"}, method=zipfile.ZIP_STORED))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert opened("locked.zip", bytes(data)).unread[0].reason == "locked with a password"
