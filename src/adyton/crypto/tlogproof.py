"""C2SP tlog-proof: the receipt that an entry stands in a log, checkable offline.

    c2sp.org/tlog-proof@v1
    extra <base64>            optional; here the entry's own bytes. Unauthenticated in itself
    index <n>
    <base64 hash>             leaf's sibling first
                              (an empty line)
    <checkpoint>              the signed note, verbatim

Size and root are taken from the checkpoint only after its signature was verified.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from adyton.crypto.checkpoints import Checkpoint, open_checkpoint, parse_size
from adyton.crypto.merkle import check_inclusion, leaf_hash
from adyton.crypto.notes import MAX_NOTE_BYTES, Note, VerifierKey, decode_base64
from adyton.terms.errors import Malformed, TooLarge

_HEADER = "c2sp.org/tlog-proof@v1"
_MAX_HASHES = 63
_MAX_BYTES = MAX_NOTE_BYTES + 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TlogProof:
    """A parsed receipt; nothing in it is verified yet."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def to_bytes(self) -> bytes:
        """The receipt as it is written."""
        lines = [_HEADER]
        if self.extra is not None:
            lines.append(f"extra {base64.b64encode(self.extra).decode()}")
        lines.append(f"index {self.index}")
        lines += [base64.b64encode(item).decode() for item in self.hashes]
        return "\n".join(lines).encode() + b"\n\n" + self.checkpoint


def parse_proof(data: bytes) -> TlogProof:
    """The receipt in `data`, in its one form. Raises Malformed."""
    if len(data) > _MAX_BYTES:
        raise TooLarge("a proof is over its limit")
    head, gap, checkpoint = data.partition(b"\n\n")
    if not gap:
        raise Malformed("a proof has no checkpoint")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise Malformed("a proof is not plain text") from error
    if lines.pop(0) != _HEADER:
        raise Malformed("a proof does not start with its format")
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = decode_base64(lines.pop(0).removeprefix("extra "), what="the extra line of a proof")
    if not lines or not lines[0].startswith("index "):
        raise Malformed("a proof has no index")
    index = parse_size(lines.pop(0).removeprefix("index "), what="the index of a proof")
    if len(lines) > _MAX_HASHES:
        raise Malformed("a proof has too many hashes")
    hashes = tuple(decode_base64(line, what="a hash of a proof") for line in lines)
    return TlogProof(index=index, hashes=hashes, checkpoint=checkpoint, extra=extra)


def check_proof(
    proof: TlogProof,
    *,
    entry: bytes,
    log: VerifierKey,
    witnesses: Sequence[VerifierKey] = (),
    what: str = "entry",
) -> tuple[Checkpoint, Note]:
    """The verified checkpoint that covers `entry`. Raises Malformed or Tampered, naming `what`."""
    checkpoint, note = open_checkpoint(proof.checkpoint, log=log, witnesses=witnesses)
    check_inclusion(
        index=proof.index,
        size=checkpoint.size,
        leaf=leaf_hash(entry),
        proof=proof.hashes,
        root=checkpoint.root,
        what=what,
    )
    return checkpoint, note
