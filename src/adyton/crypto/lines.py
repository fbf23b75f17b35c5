"""What lines of notes, proofs and requests are made of: base64, numbers, a checkpoint's three."""

import base64
import binascii
from dataclasses import dataclass

from adyton.crypto.merkle import EMPTY_ROOT, HASH_BYTES
from adyton.terms.errors import Malformed

_LINES = 3
_MAX_SIZE = 2**63 - 1
_MAX_DIGITS = 19


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a log says of itself: its origin, how many entries, and the root over them."""

    origin: str
    size: int
    root: bytes

    def to_text(self) -> str:
        """The text to be signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint in a note's text. Raises Malformed; extension lines are refused."""
    lines = text.split("\n")
    if len(lines) != _LINES + 1 or lines[_LINES] or not lines[0]:
        raise Malformed("a checkpoint does not have exactly three lines")
    root = decode_base64(lines[2], what="the root of a checkpoint")
    if len(root) != HASH_BYTES:
        raise Malformed("the root of a checkpoint has the wrong length")
    size = parse_size(lines[1], what="the size of a checkpoint")
    if size == 0 and root != EMPTY_ROOT:
        raise Malformed("the root of an empty checkpoint is not that of an empty tree")
    return Checkpoint(origin=lines[0], size=size, root=root)


def parse_size(text: str, *, what: str) -> int:
    """A decimal without leading zeros; else Malformed, naming `what`."""
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
        raise Malformed(f"{what} is not a number")
    value = int(text)
    if str(value) != text or value > _MAX_SIZE:
        raise Malformed(f"{what} is not a plain number")
    return value


def decode_base64(text: str, *, what: str) -> bytes:
    """Standard base64 in its one canonical form; else Malformed, naming `what`."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed(f"{what} is not base64") from error
    # the decoder drops surplus bits of the last character: two texts would give the same bytes
    if base64.b64encode(data).decode() != text:
        raise Malformed(f"{what} is not canonical base64")
    return data
