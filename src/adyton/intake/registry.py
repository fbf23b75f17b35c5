"""The forms that are read, in the order in which they are asked; and the forms that are not.

To read a new form: one file in `openers/`, one line here.
"""

from adyton.intake.decoding import looks_like_text
from adyton.intake.openers.chat import CHAT
from adyton.intake.openers.compressed import COMPRESSED
from adyton.intake.openers.mail import MAIL
from adyton.intake.openers.page import PAGE
from adyton.intake.openers.plain import PLAIN
from adyton.intake.openers.records import RECORDS
from adyton.intake.openers.tape import TAPE
from adyton.intake.openers.zipped import ZIPPED
from adyton.intake.pieces import Opener, Piece

CONTAINERS: tuple[Opener, ...] = (ZIPPED, COMPRESSED, TAPE)
TEXTS: tuple[Opener, ...] = (CHAT, RECORDS, MAIL, PAGE, PLAIN)  # never asked about known binaries

MAGICS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF87a", "image"),
    (b"GIF89a", "image"),
    (b"II*\0", "image"),
    (b"MM\0*", "image"),
    (b"%PDF-", "pdf"),
    (b"GGUF", "weights"),
    (b"SQLite format 3\0", "database"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"Rar!\x1a\x07", "archive"),
    (b"\x28\xb5\x2f\xfd", "archive"),
    (b"\x7fELF", "program"),
)
SAFETENSORS_HEAD = 8  # eight bytes of header length, then JSON
BINARY = frozenset({"image", "pdf", "weights", "database", "archive", "program", "binary"})


def opener_of(piece: Piece) -> Opener | None:
    """Who reads this piece, or None."""
    openers = CONTAINERS if seems(piece) in BINARY else CONTAINERS + TEXTS
    return next((opener for opener in openers if opener.claims(piece)), None)


def seems(piece: Piece) -> str:
    """What a piece seems to be, by its first bytes."""
    for magic, form in MAGICS:
        if piece.data.startswith(magic):
            return form
    if is_safetensors(piece.data):
        return "weights"
    return "text" if looks_like_text(piece.data) else "binary"


def is_safetensors(head: bytes) -> bool:
    """Whether a file that begins so is a safetensors file."""
    length = int.from_bytes(head[:SAFETENSORS_HEAD], "little")
    return head[SAFETENSORS_HEAD : SAFETENSORS_HEAD + 1] == b"{" and 0 < length < 2**27
