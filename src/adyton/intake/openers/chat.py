"""A chat export in the shape of Telegram Desktop's `result.json`.

One chat is an object with `messages`; a full export holds chats in `chats.list`. A message's
`text` is a string or a list of strings and entities (core.telegram.org/import-export).
`forwarded_from` and `date_unixtime` are evidence of the way that a text went.
"""

import json
from collections.abc import Iterator

from adyton.intake.decoding import decode
from adyton.intake.exhibits import SegmentKind, Times
from adyton.intake.limits import Budget, OverLimit
from adyton.intake.pieces import About, Draft, Opened, Opener, Piece
from adyton.terms import Malformed, Span

SIGN = b'"messages"'
HEAD_BYTES = 64 * 1024
TOLD = [
    "id",
    "from",
    "from_id",
    "actor",
    "actor_id",
    "forwarded_from",
    "forwarded_from_id",
    "reply_to_message_id",
    "via_bot",
    "edited_unixtime",
    "file",
    "file_name",
    "photo",
]
LATEST_S = 2**40  # far beyond any real time; keeps integers small


def _claims(piece: Piece) -> bool:
    head = piece.data[:HEAD_BYTES]
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and SIGN in head


def flat_text(text: object) -> str:
    """A message's text, whether a string or a list of strings and entities."""
    if isinstance(text, str):
        return text
    if not isinstance(text, list):
        return ""
    parts = [part.get("text", "") if isinstance(part, dict) else part for part in text]
    return "".join(part for part in parts if isinstance(part, str))


def seconds(value: object) -> int:
    """Epoch seconds as an export writes them; 0 if it is something else."""
    digits = str(value) if isinstance(value, int | str) else ""
    plain = digits.isascii() and digits.isdigit() and len(digits) < len(str(LATEST_S))
    return int(digits) if plain else 0


def _chats(export: object) -> Iterator[dict[str, object]]:
    if not isinstance(export, dict):
        return
    listed = export.get("chats")
    inner = listed.get("list") if isinstance(listed, dict) else None
    for chat in [export, *(inner if isinstance(inner, list) else [])]:
        if isinstance(chat, dict) and isinstance(chat.get("messages"), list):
            yield chat


def _draft(message: dict[str, object], chat: dict[str, object], whole: Span) -> Draft:
    told = {key: str(message[key]) for key in TOLD if isinstance(message.get(key), int | str)}
    name = chat.get("name")
    return Draft(
        kind=SegmentKind.MESSAGE,
        text=flat_text(message.get("text")),
        origin=whole,
        posted_s=seconds(message.get("date_unixtime")),
        provenance={**told, "chat": name if isinstance(name, str) else ""},
    )


def _open(piece: Piece, budget: Budget) -> Opened:
    if len(piece.data) > budget.limits.text_bytes:
        raise OverLimit("over the limit of text size")
    chats = list(_chats(json.loads(decode(piece.data).text)))
    if not chats:
        raise Malformed("no list of messages")
    whole = Span(start=0, end=len(piece.data))
    drafts = [_draft(message, chat, whole) for chat in chats for message in _messages(chat)]
    times = [draft.posted_s for draft in drafts if draft.posted_s]
    yield About(
        provenance={"kind": str(chats[0].get("type", "")), "messages": str(len(drafts))},
        times=Times(captured_s=max(times, default=0)),
    )
    yield from drafts


def _messages(chat: dict[str, object]) -> Iterator[dict[str, object]]:
    messages = chat["messages"]
    for message in messages if isinstance(messages, list) else []:
        if isinstance(message, dict):
            yield message


CHAT = Opener(form="chat", claims=_claims, open=_open)
