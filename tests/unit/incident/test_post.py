"""What a post says of its own way."""

from adyton.incident import Post, post_of
from adyton.incident.post import settle_time
from adyton.intake import Exhibit, Intake, Segment, SegmentKind, Times
from adyton.terms import Span


def exhibit(name, form="text", *, parent=None, posted_s=0, **provenance):
    return Exhibit(
        id=f"exh_{name}",
        parent=parent,
        name=name,
        form=form,
        sha256="0" * 64,
        size_bytes=1,
        blocks=(),
        times=Times(posted_s=posted_s),
        provenance={key.replace("_0", ".0"): value for key, value in provenance.items()},
    )


def segment(text, *, posted_s=0, **provenance):
    return Segment(
        id="seg_1",
        exhibit="exh_1",
        kind=SegmentKind.MESSAGE,
        text=text,
        origin=Span(start=0, end=1),
        anchors=(),
        posted_s=posted_s,
        provenance=provenance,
    )


def read(*parts, posted_at_s=0):
    intake = Intake(
        exhibits=tuple(one for one in parts if isinstance(one, Exhibit)),
        segments=tuple(one for one in parts if isinstance(one, Segment)),
        unread=(),
    )
    return post_of(intake, posted_at_s=posted_at_s)


def test_a_forwarded_chat_message_is_a_forward():
    post = read(segment("look", posted_s=1795507200, forwarded_from="Friends"))
    assert post.forwards == ("Friends",)
    assert post.times == (1795507200,)


def test_forward_lines_of_pages_and_mails_are_forwards():
    for text in ("Forwarded from a friend", "---- Forwarded message ----", "Fwd: the paper"):
        assert read(segment(text)).forwards
    assert read(exhibit("m", "mail", subject="FW: the paper")).forwards
    assert not read(segment("We look forward to it. He was forwarded.")).forwards


def test_an_archive_inside_a_mail_that_passed_servers_was_sent_on():
    mail = exhibit("m", "mail", received_0="from a by b")
    assert read(mail, exhibit("a.zip", "zip", parent="exh_m")).forwards
    assert not read(exhibit("a.zip", "zip")).forwards


def test_only_members_of_archives_are_members():
    post = read(
        exhibit("a.tar", "tar"),
        exhibit("paper.md", parent="exh_a.tar", owner="lea"),
        exhibit("m", "mail"),
        exhibit("note.txt", parent="exh_m"),
    )
    assert post.members == ("paper.md",)
    assert post.owners == ("lea",)


def test_times_and_links_are_read_from_the_text():
    post = read(segment("Posted: 2026-11-24 08:00 UTC, see https://files.invalid/a/b.md."))
    assert post.times == (1795507200,)
    assert post.places == ("https://files.invalid/a/b.md.",)


def test_a_given_time_stands_and_else_the_earliest_possible_one_does():
    assert settle_time(Post(posted_at_s=5, times=(9,)), not_before_s=7).posted_at_s == 5
    assert settle_time(Post(times=(5, 9, 12)), not_before_s=7).posted_at_s == 9
    assert settle_time(Post(times=(5,)), not_before_s=7).posted_at_s == 0
