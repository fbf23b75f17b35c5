"""C2SP tlog-witness, both sides.

The witness, `LocalWitness`, checks in this order, keeps, then replies: unknown origin 404; no
valid signature of the log (of each key of it that is trusted) 403; old size beyond the new 400;
old size not the latest it cosigned 409 with that size; proof wrong (or another root at the same
size) 422; else 200 with its cosignatures. The client, `ask_witness`, tells "try again from there"
apart from "this witness holds another history", which is Tampered.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from adyton.crypto.checkpoints import Checkpoint, open_checkpoint, parse_checkpoint, parse_size
from adyton.crypto.merkle import check_consistency
from adyton.crypto.notes import (
    COSIGNATURE,
    MLDSA44,
    Note,
    Signature,
    Signer,
    VerifierKey,
    decode_base64,
    parse_note,
    parse_signature_lines,
)
from adyton.ledger.ports import Witness, WitnessMemory, WitnessReply
from adyton.terms.errors import Conflict, Malformed, Misconfigured, Tampered, Unavailable
from adyton.terms.ports import Clock

OK, BAD_REQUEST, FORBIDDEN, NOT_FOUND, CONFLICT, UNPROCESSABLE = 200, 400, 403, 404, 409, 422
_MAX_PROOF_LINES = 63
_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessRequest:
    """An add-checkpoint request: the size the client believes was cosigned last, and the proof."""

    old: int
    proof: tuple[bytes, ...]
    checkpoint: bytes

    def to_bytes(self) -> bytes:
        """The request as it is sent."""
        lines = [f"old {self.old}", *(base64.b64encode(item).decode() for item in self.proof)]
        return "\n".join(lines).encode() + b"\n\n" + self.checkpoint


def parse_request(data: bytes) -> WitnessRequest:
    """The request in `data`. Raises Malformed."""
    head, gap, checkpoint = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise Malformed("a witness request is not plain text") from error
    if not gap or not lines[0].startswith("old ") or len(lines) - 1 > _MAX_PROOF_LINES:
        raise Malformed("a witness request has no old size, no checkpoint, or too long a proof")
    return WitnessRequest(
        old=parse_size(lines[0].removeprefix("old "), what="the old size"),
        proof=tuple(decode_base64(line, what="a proof line") for line in lines[1:]),
        checkpoint=checkpoint,
    )


class LocalWitness:
    """A witness with its own keys and memory.

    On the log's own machine it catches accidents and a thief of the log's files, not an
    administrator who holds both: `doctor` says so.
    """

    def __init__(
        self,
        *,
        signers: Sequence[Signer],
        logs: Mapping[str, Sequence[VerifierKey]],
        memory: WitnessMemory,
        clock: Clock,
    ) -> None:
        """`logs`: each origin with all keys that are trusted for it; all of them must sign."""
        wrong = [one for one in signers if one.key.algorithm not in {COSIGNATURE, MLDSA44}]
        if wrong or not signers:
            raise Misconfigured("a witness needs a cosignature key")
        self._signers = tuple(signers)
        self._logs = logs
        self._memory = memory
        self._clock = clock

    def add_checkpoint(self, request: bytes) -> WitnessReply:
        """POST add-checkpoint."""
        try:
            asked = parse_request(request)
            origin = parse_checkpoint(parse_note(asked.checkpoint).text).origin
        except Malformed:
            return _reply(BAD_REQUEST)
        keys = self._logs.get(origin)
        if not keys:
            return _reply(NOT_FOUND)
        try:
            checkpoint, note = open_checkpoint(asked.checkpoint, log=keys[0], witnesses=keys[1:])
        except (Malformed, Tampered):
            return _reply(FORBIDDEN)
        for _ in range(_TRIES):
            try:
                return self._judge(asked, checkpoint, note)
            except Conflict:  # somebody else was first: judge again from what stands there now
                continue
        return _reply(CONFLICT, f"{self._last(checkpoint.origin)[1]}\n".encode())

    def latest(self, origin: str) -> bytes | None:
        """The last checkpoint cosigned for that log."""
        return self._memory.load(origin)

    def keys(self) -> tuple[VerifierKey, ...]:
        """The keys that cosign."""
        return tuple(one.key for one in self._signers)

    def _judge(self, asked: WitnessRequest, new: Checkpoint, note: Note) -> WitnessReply:
        before, size = self._last(new.origin)
        last = None if before is None else parse_checkpoint(parse_note(before).text)
        if asked.old > new.size:
            return _reply(BAD_REQUEST)
        if asked.old != size:
            return _reply(CONFLICT, f"{size}\n".encode())
        if not _continues(last, new, asked):
            return _reply(UNPROCESSABLE)
        time_s = int(self._clock.now_s())
        lines = tuple(one.cosign(note.text, time_s=time_s) for one in self._signers)
        kept = Note(text=note.text, signatures=(*_of_log(note), *lines)).to_bytes()
        self._memory.swap(new.origin, before, kept)
        body = "".join(map(str, lines)).encode()
        return WitnessReply(status=OK, body=body, grew=new.size > size)

    def _last(self, origin: str) -> tuple[bytes | None, int]:
        """The last checkpoint cosigned for a log, and its size."""
        kept = self._memory.load(origin)
        return kept, 0 if kept is None else parse_checkpoint(parse_note(kept).text).size


def ask_witness(
    witness: Witness,
    keys: Sequence[VerifierKey],
    checkpoint: bytes,
    size: int,
    prove: Callable[[int], list[bytes]],
    *,
    old: int,
    in_time: Callable[[], bool] = lambda: True,
) -> tuple[Signature, ...]:
    """The witness's cosignatures under `keys`. `prove(n)` proves consistency from size n.

    `old` is a size that this witness is known to have cosigned. It is asked again from another
    size only while `in_time` says so. Raises Unavailable (ask again
    later), or Tampered if the witness has seen another history, or forgot what it had seen.
    """
    known = old
    for _ in range(_TRIES):
        request = WitnessRequest(
            old=old, proof=tuple(prove(old)) if 0 < old < size else (), checkpoint=checkpoint
        )
        reply = witness.add_checkpoint(request.to_bytes())
        if reply.status == OK:
            return _cosigned(checkpoint, reply.body, keys)
        if reply.status == UNPROCESSABLE:
            raise Tampered("the witness has cosigned another history of this log")
        if reply.status != CONFLICT:
            raise Unavailable(f"the witness refused the checkpoint (status {reply.status})")
        old = _size_seen(reply.body, size)
        if old < known:
            raise Tampered("the witness forgot a checkpoint that it had cosigned")
        if not in_time():
            raise Unavailable("the witness did not come to an end in time")
    raise Unavailable("the witness's memory moved while it was asked")


def _continues(last: Checkpoint | None, new: Checkpoint, asked: WitnessRequest) -> bool:
    if last is None or last.size == 0:
        return not asked.proof
    try:
        check_consistency(
            old=last.size,
            new=new.size,
            old_root=last.root,
            new_root=new.root,
            proof=asked.proof,
        )
    except Tampered:
        return False
    return True


def _of_log(note: Note) -> tuple[Signature, ...]:
    known = {(key.name, key.key_id) for key in note.signers}
    return tuple(line for line in note.signatures if (line.name, line.key_id) in known)


def _cosigned(
    checkpoint: bytes, lines: bytes, keys: Sequence[VerifierKey]
) -> tuple[Signature, ...]:
    """The lines by known keys; one of them that does not verify spoils the answer."""
    known = {(key.name, key.key_id): key for key in keys}
    try:
        answered = parse_signature_lines(lines)
    except Malformed as error:
        raise Unavailable("the witness answered something else than signatures") from error
    found = {key: one for one in answered if (key := known.get((one.name, one.key_id)))}
    if not found:
        raise Unavailable("the witness answered no cosignature by a key that we know")
    text = parse_note(checkpoint).text
    if not all(key.holds(text, one.signature) for key, one in found.items()):
        raise Unavailable("the witness's cosignature does not verify")
    return tuple(found.values())


def _size_seen(body: bytes, own: int) -> int:
    try:
        seen = parse_size(body.decode("ascii").removesuffix("\n"), what="the witness's size")
    except (Malformed, UnicodeDecodeError) as error:
        raise Tampered("the witness reports an inconsistency without a size") from error
    if seen > own:
        raise Tampered("the witness has cosigned more entries than this log has")
    return seen


def _reply(status: int, body: bytes = b"") -> WitnessReply:
    return WitnessReply(status=status, body=body)
