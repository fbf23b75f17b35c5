"""Signed promises: the log's word, given at once, that a fact is durable and will be covered.

    adyton-promise/v1
    log <origin>
    receipt <opaque id>
    leaf <base64 of the entry's RFC 6962 leaf hash>
    recorded <seconds since the Unix epoch>
    due <seconds since the Unix epoch>

and what the log says later to whom the fact concerns:

    adyton-receipt/v1
    log <origin>
    receipt <opaque id>
    kept <yes or no>
    time <seconds since the Unix epoch>

Both are signed notes with one line, the log's Ed25519 key alone, because every answer waits for
it. Neither says an index or a size: they tell a partner how much everybody else does. For the
same reason only a fact with a hiding commitment is promised: the leaf of any other could be
guessed, and with it the writer's counter. The first line keeps these texts apart from checkpoints
(three lines) and manifests. Format and vectors: docs/formats/promise.md.
"""

import base64
import binascii
import re
from dataclasses import dataclass

from adyton.crypto.checkpoints import parse_size
from adyton.crypto.merkle import HASH_BYTES
from adyton.crypto.notes import Note, Signer, VerifierKey, decode_base64, open_note
from adyton.terms.errors import Malformed, Tampered
from adyton.terms.facts import Promise

PROMISE_VERSION = "adyton-promise/v1"
RECEIPT_VERSION = "adyton-receipt/v1"
DUE_S = 60  # within what time of recording a checkpoint covers a fact; the publisher needs 1 s
MAX_BYTES = 4096
_LATEST_S = 10**11  # the year 5138: beyond it a time has no calendar date everywhere
_RECEIPT = re.compile(r"rct_[a-z2-7]{26}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseNote:
    """What a promise says."""

    origin: str
    receipt: str
    leaf: bytes
    recorded_at_s: int
    due_at_s: int

    def to_text(self) -> str:
        """The text to be signed."""
        leaf = base64.b64encode(self.leaf).decode()
        return (
            f"{PROMISE_VERSION}\nlog {self.origin}\nreceipt {self.receipt}\nleaf {leaf}\n"
            f"recorded {self.recorded_at_s}\ndue {self.due_at_s}\n"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptNote:
    """What the log says of a receipt: whether a cosigned checkpoint covers its fact."""

    origin: str
    receipt: str
    kept: bool
    said_at_s: int

    def to_text(self) -> str:
        """The text to be signed."""
        kept = "yes" if self.kept else "no"
        return (
            f"{RECEIPT_VERSION}\nlog {self.origin}\nreceipt {self.receipt}\nkept {kept}\n"
            f"time {self.said_at_s}\n"
        )


def sign_promise(promise: Promise, signer: Signer, *, due_s: int = DUE_S) -> bytes:
    """The signed note. Raises Malformed for a fact whose leaf could be guessed."""
    if not promise.hidden:
        raise Malformed("a fact without a body is not promised: its leaf could be guessed")
    text = PromiseNote(
        origin=signer.key.name,
        receipt=promise.receipt,
        leaf=promise.leaf,
        recorded_at_s=promise.recorded_at_s,
        due_at_s=promise.recorded_at_s + due_s,
    ).to_text()
    return Note(text=text, signatures=(signer.sign(text),)).to_bytes()


def sign_receipt(receipt: str, signer: Signer, *, kept: bool, now_s: int) -> bytes:
    """The signed note that says whether the promise of `receipt` is kept."""
    note = ReceiptNote(origin=signer.key.name, receipt=receipt, kept=kept, said_at_s=now_s)
    text = note.to_text()
    return Note(text=text, signatures=(signer.sign(text),)).to_bytes()


def open_promise(data: bytes, log: VerifierKey) -> PromiseNote:
    """The promise signed by `log`, as a note or as a header has it.

    Raises Malformed or Tampered; there is one form of each promise.
    """
    if not data.startswith(PROMISE_VERSION.encode()):
        data = from_header(data)
    origin, lines, text = _open(data, log, PROMISE_VERSION, ("leaf", "recorded", "due"))
    promise = PromiseNote(
        origin=origin,
        receipt=lines[0],
        leaf=decode_base64(lines[1], what="the leaf of a promise"),
        recorded_at_s=_time(lines[2]),
        due_at_s=_time(lines[3]),
    )
    if len(promise.leaf) != HASH_BYTES or promise.due_at_s < promise.recorded_at_s:
        raise Malformed("a promise has a leaf of the wrong length, or is due before its fact")
    if promise.to_text() != text:
        raise Malformed("a promise is not in its one form")
    return promise


def open_receipt(data: bytes, log: VerifierKey) -> ReceiptNote:
    """What the log said of a receipt. Raises Malformed or Tampered."""
    origin, lines, text = _open(data, log, RECEIPT_VERSION, ("kept", "time"))
    if lines[1] not in {"yes", "no"}:
        raise Malformed("a receipt's note says neither yes nor no")
    note = ReceiptNote(
        origin=origin, receipt=lines[0], kept=lines[1] == "yes", said_at_s=_time(lines[2])
    )
    if note.to_text() != text:
        raise Malformed("a receipt's note is not in its one form")
    return note


def to_header(note: bytes) -> str:
    """The note as the value of a header: base64url without padding."""
    return base64.urlsafe_b64encode(note).decode().rstrip("=")


def from_header(data: bytes) -> bytes:
    """The note in a header's value. Raises Malformed."""
    try:
        text = data.decode("ascii").removesuffix("\n")
        note = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (UnicodeDecodeError, binascii.Error, ValueError) as error:
        raise Malformed("is neither a promise nor a header's value") from error
    if to_header(note) != text:
        raise Malformed("a header's value is not in its one form")
    return note


def _open(
    data: bytes, log: VerifierKey, version: str, names: tuple[str, ...]
) -> tuple[str, list[str], str]:
    """(origin, values from the receipt on, text) of a note that `log` alone signed."""
    note = open_note(data, (log,), limit_bytes=MAX_BYTES)
    lines = note.text.removesuffix("\n").split("\n")
    known = (version, "log", "receipt", *names)
    found = tuple(line.partition(" ")[0] for line in lines)
    if found != known or len(note.signatures) != 1 or note.to_bytes() != data:
        raise Malformed(f"is not of the form {version} with one signature")
    values = [line.partition(" ")[2] for line in lines[1:]]
    if values[0] != log.name:
        raise Tampered("is of another log than the one that signed it")
    if not _RECEIPT.fullmatch(values[1]):
        raise Malformed("names no receipt")
    return values[0], values[1:], note.text


def _time(text: str) -> int:
    value = parse_size(text, what="a time")
    if value > _LATEST_S:
        raise Malformed("a time is out of range")
    return value
