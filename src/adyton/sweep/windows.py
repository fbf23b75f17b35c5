"""A stream of bytes as windows of text that overlap."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Text that begins at character `start` of the whole."""

    start: int
    text: str


def windows(chunks: Iterable[bytes], *, window_bytes: int, overlap_bytes: int) -> Iterator[Window]:
    """The text in windows of about `window_bytes`; each repeats the last of the one before.

    Bytes that are no UTF-8 are read as Latin-1, one character each, so nothing is skipped.
    """
    text, start, rest = "", 0, b""
    for chunk in chunks:
        rest += chunk
        while len(rest) >= window_bytes:
            piece, rest = _decoded(rest[:window_bytes], rest[window_bytes:])
            text += piece
            yield Window(start=start, text=text)
            keep = min(overlap_bytes, len(text))
            start += len(text) - keep
            text = text[len(text) - keep :]
    last = text + _latin(rest)
    if last:
        yield Window(start=start, text=last)


MAX_SPLIT = 3  # a character of UTF-8 has up to four bytes


def _decoded(piece: bytes, after: bytes) -> tuple[str, bytes]:
    """Text of `piece` but for a character cut at its end, and what is still to be read."""
    for cut in range(MAX_SPLIT + 1):
        head = piece[: len(piece) - cut]
        try:
            return head.decode("utf-8"), piece[len(head) :] + after
        except UnicodeDecodeError:
            continue
    return piece.decode("latin-1"), after


def _latin(rest: bytes) -> str:
    try:
        return rest.decode("utf-8")
    except UnicodeDecodeError:
        return rest.decode("latin-1")
