"""A mail message: its texts, its way (the Received chain) and its attachments."""

import re
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parsedate_to_datetime

from adyton.intake.exhibits import SegmentKind, Times
from adyton.intake.limits import Budget, OverLimit
from adyton.intake.pieces import About, Draft, Member, Opened, Opener, Piece
from adyton.terms import Span

FIRST_LINE = re.compile(
    rb"(?i)(Received|Return-Path|Delivered-To|From|To|Subject|Date|Message-ID|MIME-Version"
    rb"|Content-Type|DKIM-Signature|X-[A-Za-z-]{1,40}):[ \t]"
)
SECOND_SIGN = re.compile(rb"(?im)^(Message-ID|From|Received):[ \t]")
HEAD_BYTES = 16 * 1024
HEADER_CHARS = 4000  # decoding takes quadratic time; longer than any that a mail program shows
HOPS = 20  # RFC 5321 section 6.3 lets a server call 100 a loop; real ways are shorter
TOLD = ("From", "To", "Subject", "Date", "Message-ID", "Reply-To", "X-Mailer", "User-Agent")


def _claims(piece: Piece) -> bool:
    head = piece.data[:HEAD_BYTES].lstrip(b"\r\n")
    return bool(FIRST_LINE.match(head)) and (
        piece.suffix == ".eml" or bool(SECOND_SIGN.search(head))
    )


def _header(value: object) -> str:
    raw = str(value)[:HEADER_CHARS]
    try:
        return " ".join(str(make_header(decode_header(raw))).split())
    except (ValueError, LookupError):
        return " ".join(raw.split())


def _posted(message: Message) -> int:
    try:
        return max(0, int(parsedate_to_datetime(str(message.get("Date", ""))).timestamp()))
    except (ValueError, TypeError, OverflowError, IndexError):
        return 0


def _about(message: Message) -> About:
    told = {name.lower(): _header(message[name]) for name in TOLD if message[name]}
    hops = message.get_all("Received") or []
    way = {f"received.{number}": _header(hop) for number, hop in enumerate(hops[:HOPS])}
    return About(provenance=told | way, times=Times(posted_s=_posted(message)))


def _body(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _text(part: Message, body: bytes) -> str:
    try:
        return body.decode(part.get_content_charset() or "utf-8")
    except (LookupError, ValueError):
        return body.decode("latin-1")


def _around(part: Message, whole: Span) -> Opened:
    """What stands before and after the parts, where mail programs do not look."""
    for text in (part.preamble, part.epilogue):
        if text:
            yield Draft(kind=SegmentKind.MESSAGE, text=text, origin=whole)


def _open(piece: Piece, budget: Budget) -> Opened:
    if len(piece.data) > budget.limits.text_bytes:
        raise OverLimit("over the limit of mail size")
    message = message_from_bytes(piece.data)
    about = _about(message)
    yield about
    whole = Span(start=0, end=len(piece.data))
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            yield from _around(part, whole)
            continue
        body = _body(part)
        name = part.get_filename()
        if name is None and part.get_content_type() == "text/plain":
            yield Draft(
                kind=SegmentKind.MESSAGE,
                text=_text(part, body),
                origin=whole,
                posted_s=about.times.posted_s,
                provenance={"part": str(number)},
            )
        else:
            budget.member()
            html = part.get_content_type() == "text/html"
            yield Member(
                name=_header(name) if name else f"part-{number}{'.html' if html else ''}",
                data=body,
                provenance={"declared": part.get_content_type()},
            )


MAIL = Opener(form="mail", claims=_claims, open=_open)
