"""Plain text and Markdown, and whatever reads like it."""

from adyton.intake.decoding import decode, looks_like_text
from adyton.intake.exhibits import SegmentKind
from adyton.intake.limits import Budget, OverLimit
from adyton.intake.pieces import About, Draft, Opened, Opener, Piece
from adyton.terms import Span


def _claims(piece: Piece) -> bool:
    return looks_like_text(piece.data)


def _open(piece: Piece, budget: Budget) -> Opened:
    most = budget.limits.text_bytes
    decoded = decode(piece.data[:most])
    yield About(provenance={"encoding": decoded.encoding})
    yield Draft(
        kind=SegmentKind.TEXT,
        text=decoded.text,
        origin=Span(start=decoded.skipped, end=min(len(piece.data), most)),
        anchors=((0, decoded.skipped),),
    )
    if len(piece.data) > most:
        raise OverLimit("over the limit of text size: only the beginning was read")


PLAIN = Opener(form="text", claims=_claims, open=_open)
