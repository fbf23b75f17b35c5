"""HTML and XML: the text between the tags, and where each stretch of it stood."""

from html.parser import HTMLParser

from adyton.intake.decoding import Decoded, decode, looks_like_text
from adyton.intake.exhibits import SegmentKind
from adyton.intake.limits import Budget, OverLimit
from adyton.intake.pieces import About, Draft, Opened, Opener, Piece
from adyton.terms import Span

SUFFIXES = frozenset({".html", ".htm", ".xhtml", ".xml", ".svg"})
BEGINNINGS = ("<!doctype html", "<html", "<?xml", "<body", "<head")
HEAD_CHARS = 256
PAGE_BYTES = 4 * 1024 * 1024  # a page of text is rarely a tenth of this
SILENT = frozenset({"script", "style"})
INLINE = frozenset(
    [
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "cite",
        "code",
        "em",
        "font",
        "i",
        "kbd",
        "mark",
        "q",
        "s",
        "samp",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "u",
        "var",
    ]
)


class _Stripper(HTMLParser):
    """Gathers text; a block-level tag ends a line."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self._lines = [0]
        for at, sign in enumerate(text):
            if sign == "\n":
                self._lines.append(at + 1)
        self.parts: list[str] = []
        self.places: list[tuple[int, int]] = []  # in the gathered text, in the page
        self._length = 0
        self._silent = 0

    def read(self, page: str) -> None:
        """Gather the page's text; markup that ends nowhere or makes no sense is kept as text.

        Not by `close`, which needs quadratic time to give unfinished markup up.
        """
        try:
            self.feed(page)
        except AssertionError:  # html.parser's way to say so, as of `<![`
            self._gather(page[self._place() :])
        else:
            self._gather(self.rawdata)

    def _place(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in SILENT
        self._separate(tag)
        for name, value in attrs:
            if name in {"alt", "title"} and value:
                self._gather(f"{value}\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in SILENT))
        self._separate(tag)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._gather(data)

    def handle_comment(self, data: str) -> None:
        self._gather(f"{data}\n")

    def _separate(self, tag: str) -> None:
        if tag not in INLINE:
            self._gather("\n")

    def _gather(self, text: str) -> None:
        self.places.append((self._length, self._place()))
        self.parts.append(text)
        self._length += len(text)


def _claims(piece: Piece) -> bool:
    if not looks_like_text(piece.data):
        return False
    head = piece.data[:HEAD_CHARS].decode("latin-1").lstrip("\xef\xbb\xbf \t\r\n").lower()
    return piece.suffix in SUFFIXES or head.startswith(BEGINNINGS)


def _anchors(stripper: _Stripper, decoded: Decoded) -> tuple[tuple[int, int], ...]:
    offsets = decoded.byte_places([place for _, place in stripper.places])
    return tuple((at, offset) for (at, _), offset in zip(stripper.places, offsets, strict=True))


def _open(piece: Piece, budget: Budget) -> Opened:
    most = min(PAGE_BYTES, budget.limits.text_bytes)
    decoded = decode(piece.data[:most])
    yield About(provenance={"encoding": decoded.encoding})
    stripper = _Stripper(decoded.text)
    stripper.read(decoded.text)
    yield Draft(
        kind=SegmentKind.TEXT,
        text="".join(stripper.parts),
        origin=Span(start=0, end=min(len(piece.data), most)),
        anchors=_anchors(stripper, decoded),
    )
    if len(piece.data) > most:
        raise OverLimit("over the limit of page size: only the beginning was read")


PAGE = Opener(form="html", claims=_claims, open=_open)
