"""JSON and JSON Lines: every string in it, keys included."""

import json
from collections.abc import Iterator

from adyton.intake.decoding import decode, looks_like_text
from adyton.intake.exhibits import SegmentKind
from adyton.intake.limits import Budget, OverLimit
from adyton.intake.pieces import Draft, Opened, Opener, Piece
from adyton.terms import Malformed, Span

BATCH_CHARS = 64 * 1024  # lines of a log are joined into segments of about this size


def _claims(piece: Piece) -> bool:
    begins = piece.data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    named = piece.suffix in {".json", ".jsonl", ".ndjson", ".ipynb", ".har"}
    return begins in {b"{", b"["} and (named or _parses(piece))


def _parses(piece: Piece) -> bool:
    if not looks_like_text(piece.data):
        return False
    first, _, _ = piece.data.strip().partition(b"\n")
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        return False
    return True


def strings_in(value: object) -> Iterator[str]:
    """The strings of a JSON value in the order in which they stand."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting.extend(part for key, item in reversed(one.items()) for part in (item, key))
        elif isinstance(one, list):
            waiting.extend(reversed(one))


def _as_one(text: str) -> str | None:
    try:
        return "\n".join(strings_in(json.loads(text)))
    except ValueError:
        return None


def _open(piece: Piece, budget: Budget) -> Opened:
    most = budget.limits.text_bytes
    if len(piece.data) > most:
        raise OverLimit("over the limit of text size")
    decoded = decode(piece.data)
    whole = _as_one(decoded.text)
    if whole is None:
        yield from _open_lines(piece.data)
    else:
        span = Span(start=decoded.skipped, end=len(piece.data))
        yield Draft(kind=SegmentKind.RECORDS, text=whole, origin=span)


def _open_lines(data: bytes) -> Opened:
    texts: list[str] = []
    anchors: list[tuple[int, int]] = []
    length = start = at = bad = 0
    for line in data.split(b"\n"):
        text = _as_one(decode(line).text)
        bad += text is None and bool(line.strip())
        if text:
            anchors.append((length, at))
            texts.append(text)
            length += len(text) + 1
        at += len(line) + 1
        if length >= BATCH_CHARS:
            yield _batch(texts, anchors, Span(start=start, end=min(at, len(data))))
            texts, anchors, length, start = [], [], 0, at
    if texts:
        yield _batch(texts, anchors, Span(start=start, end=len(data)))
    if bad:
        raise Malformed(f"{bad} lines are no JSON")


def _batch(texts: list[str], anchors: list[tuple[int, int]], origin: Span) -> Draft:
    return Draft(
        kind=SegmentKind.RECORDS,
        text="\n".join(texts),
        origin=origin,
        anchors=tuple(anchors),
    )


RECORDS = Opener(form="json", claims=_claims, open=_open)
