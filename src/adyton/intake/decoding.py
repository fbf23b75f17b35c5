"""Bytes to text and places in text back to bytes."""

import codecs
from dataclasses import dataclass

from adyton.terms import Malformed

HEAD_BYTES = 8192  # how far one looks for a sign of binary content
CONTROL_SHARE = 50  # of this many signs, one control sign is too many for text
TEXT_CONTROLS = frozenset(b"\t\n\r\f\x1b\b")
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """Text, its encoding, and how many bytes of byte order mark stood before it."""

    text: str
    encoding: str
    skipped: int

    def byte_places(self, places: list[int]) -> list[int]:
        """The byte offset of each place (ascending) of the text."""
        found: list[int] = []
        at, offset = 0, self.skipped
        for place in places:
            offset += len(self.text[at:place].encode(self.encoding, "surrogatepass"))
            at = place
            found.append(offset)
        return found


def looks_like_text(data: bytes) -> bool:
    """Whether the beginning of `data` holds no more control signs than text does."""
    head = data[:HEAD_BYTES]
    if any(head.startswith(mark) for mark, _ in MARKS):
        return True
    controls = sum(byte < ord(" ") and byte not in TEXT_CONTROLS for byte in head)
    return b"\0" not in head and controls * CONTROL_SHARE <= len(head)


def decode(data: bytes) -> Decoded:
    """The text of `data`: by its mark, else UTF-8, else Latin-1 (which every byte has a sign in).

    Raises Malformed if a mark promises what does not follow.
    """
    for mark, encoding in MARKS:
        if data.startswith(mark):
            try:
                text = data[len(mark) :].decode(encoding)
            except UnicodeDecodeError as error:
                raise Malformed("text: not in the encoding that its mark names") from error
            return Decoded(text=text, encoding=encoding, skipped=len(mark))
    try:
        return Decoded(text=data.decode("utf-8"), encoding="utf-8", skipped=0)
    except UnicodeDecodeError:
        return Decoded(text=data.decode("latin-1"), encoding="latin-1", skipped=0)


def printable(text: str) -> str:
    """`text` without lone surrogates, which no encoder takes."""
    return text.encode("utf-8", "replace").decode("utf-8")
