"""The forms in which something turns up outside: forum text, a page, a chat export, an archive."""

import html
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from adyton.drill.dice import Dice
from adyton.drill.traffic import moment

MESSAGE_CHARACTERS = 4_000  # messengers cut longer messages
REMARKS = (
    "Found this, thought people here should see it.",
    "No idea whether this is real. You decide.",
    "Saved before it gets deleted.",
    "Somebody sent me this last night.",
    "Mirror, because the first thread is gone.",
    "Make of it what you will.",
)
CHANNELS = ("Reading Corner", "Odd Finds", "Paper Trail", "Night Desk", "Second Hand Docs")
ZIP_EPOCH = (2026, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """What is to be posted: the text, the remark of who posts it, the time, a file's name."""

    text: str
    remark: str
    time_s: int
    file: str


Files = Mapping[str, bytes]


def forum_text(posting: Posting, dice: Dice) -> Files:
    """A forum thread saved as plain text."""
    head = f"{handle(dice)} wrote on {moment(posting.time_s)}:"
    return {"thread.txt": f"{head}\n\n{posting.remark}\n\n{posting.text}\n".encode()}


def forum_markdown(posting: Posting, dice: Dice) -> Files:
    """A forum thread saved as Markdown, the find quoted in full."""
    head = f"**{handle(dice)}** · {moment(posting.time_s)}"
    return {"thread.md": f"{head}\n\n{posting.remark}\n\n---\n\n{posting.text}\n".encode()}


def page(posting: Posting, dice: Dice) -> Files:
    """A saved web page."""
    shown = "\n".join(
        f"<p>{html.escape(part).replace(chr(10), '<br>')}</p>"
        for part in posting.text.split("\n\n")
        if part.strip()
    )
    text = (
        "<!doctype html>\n<html><head><meta charset='utf-8'><title>Thread</title>"
        "<style>p { margin: 1em }</style></head><body>\n"
        f"<header>{handle(dice)}, <time>{moment(posting.time_s)}</time></header>\n"
        f"<p>{html.escape(posting.remark)}</p>\n<article>\n{shown}\n</article>\n</body></html>\n"
    )
    return {"page.html": text.encode()}


def chat(posting: Posting, dice: Dice) -> Files:
    """A channel's export as JSON, the find forwarded from another channel, cut into messages."""
    here, there = dice.shuffled(CHANNELS)[:2]
    first = dice.between(100, 9_000)
    pieces = [posting.remark, *cut(posting.text)]
    messages = [
        {
            "id": first + at,
            "type": "message",
            "date": moment(posting.time_s)[:-1],
            "date_unixtime": str(posting.time_s),
            "from": here,
            "text": piece,
        }
        | ({"forwarded_from": there} if at else {})
        for at, piece in enumerate(pieces)
    ]
    export = {"name": here, "type": "public_channel", "id": dice.below(10**9), "messages": messages}
    return {"result.json": json.dumps(export, ensure_ascii=False, indent=1).encode()}


def archive(posting: Posting, dice: Dice) -> Files:
    """An archive with the find in it, and the thread that linked to it."""
    given = PurePosixPath(posting.file)
    name = given.name if given.suffix == ".zip" else f"{given.stem}.zip"
    inside = f"{PurePosixPath(name).stem.rsplit('-', 1)[0]}.md"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        member = zipfile.ZipInfo(inside, ZIP_EPOCH)
        file.writestr(member, posting.text, zipfile.ZIP_DEFLATED)
    note = f"{handle(dice)} wrote on {moment(posting.time_s)}:\n\n{posting.remark}\n\n{name}\n"
    return {"thread.txt": note.encode(), name: buffer.getvalue()}


def log_lines(posting: Posting, dice: Dice) -> Files:
    """Records of somebody's log pipeline, the text in their message field, part by part."""
    batch = dice.hexadecimal(8)
    records = [
        json.dumps(
            {
                "ts": moment(posting.time_s),
                "level": "info",
                "batch": batch,
                "seq": at,
                "message": part,
            },
            ensure_ascii=False,
        )
        for at, part in enumerate(part for part in posting.text.split("\n\n") if part.strip())
    ]
    head = f"{handle(dice)} wrote on {moment(posting.time_s)}:\n\n{posting.remark}\n\n"
    return {"thread.txt": (head + "\n".join(records) + "\n").encode()}


def handle(dice: Dice) -> str:
    """A name that nobody carries."""
    return f"reader-{dice.hexadecimal(5)}"


def cut(text: str) -> list[str]:
    """`text` in messages, cut between paragraphs where that is possible."""
    pieces: list[str] = []
    for part in text.split("\n\n"):
        for start in range(0, len(part), MESSAGE_CHARACTERS):
            piece = part[start : start + MESSAGE_CHARACTERS]
            if pieces and len(pieces[-1]) + len(piece) + 2 <= MESSAGE_CHARACTERS:
                pieces[-1] += "\n\n" + piece
            else:
                pieces.append(piece)
    return [piece for piece in pieces if piece.strip()]


FORMS: Mapping[str, Callable[[Posting, Dice], Files]] = {
    "forum_text": forum_text,
    "forum_markdown": forum_markdown,
    "html": page,
    "chat": chat,
    "zip": archive,
    "log_lines": log_lines,
}
