"""The offline verifier, second half: whether a promise was kept.

`examine_file` tells by the first line what it was given. A promise is checked in these steps:

1. the promise is signed by the log and in its one form; alone it shows the log's word, no more;
2. with a proof: it is of the same entry and receipt, under a checkpoint that every witness given
   has cosigned: kept;
3. with a log's hash tiles: the leaves on level 0 lead to the root of the checkpoint; if the
   promised leaf is among them, kept; if it is not, and every witness given cosigned that
   checkpoint at `due` or later, **not kept**, and everything needed to show that to a third
   person is named in `evidence`; else nothing is shown, which is no pass.

Only what is imported here is needed; `adyton.adapters.verifier` reads the files.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from adyton.crypto.checkpoints import open_checkpoint
from adyton.crypto.merkle import HASH_BYTES, Tree, leaf_hash
from adyton.crypto.notes import COSIGNATURE, MLDSA44, Note, VerifierKey
from adyton.crypto.plainjson import parse_canonical
from adyton.crypto.tiles import TILE_WIDTH, Tile, split_hashes, tile_of
from adyton.crypto.tlogproof import check_proof, parse_proof
from adyton.ledger.promise import (
    PROMISE_VERSION,
    RECEIPT_VERSION,
    PromiseNote,
    from_header,
    open_promise,
    open_receipt,
)
from adyton.ledger.proof import CHECKPOINT, Examination, examine_receipt
from adyton.terms.errors import AdytonError, Malformed, Tampered

NOT_KEPT = "promise not kept"
LEAF_FOUND = "kept: the promised leaf is in the log; that it is this receipt's own, its proof shows"
_PROOF = b"c2sp.org/tlog-proof@v1\n"
_LAST_DATE_S = 10**11
_TIME_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What somebody brings beside the file: keys, and what a promise is held against."""

    log: VerifierKey
    witnesses: Sequence[VerifierKey] = ()
    entry: bytes | None = None
    proof: bytes | None = None
    files: Mapping[str, bytes] | None = None


def examine_file(data: bytes, given: Given) -> Examination:
    """Check a proof, a promise or a receipt's note; which of them, its first line tells."""
    if data.startswith(_PROOF):
        return _alone(examine_receipt(
            data, entry=given.entry, log=given.log, witnesses=given.witnesses
        ), given)  # fmt: skip
    if data.startswith(RECEIPT_VERSION.encode()):
        return _alone(_examine_note(data, given), given)
    return _examine_promise(data, given)


def _alone(seen: Examination, given: Given) -> Examination:
    """Nobody may believe that something was compared which was not."""
    if given.proof is not None or given.files is not None:
        seen.fail("the file", "is no promise: there is nothing to hold against a proof or a log")
    return seen


def _examine_note(data: bytes, given: Given) -> Examination:
    seen = Examination(files=1)
    try:
        note = open_receipt(data, given.log)
    except AdytonError as error:
        seen.fail("receipt", error)
        return seen
    kept = "is covered by a cosigned checkpoint" if note.kept else "is not covered yet"
    seen.says.append(f"on {_when(note.said_at_s)} the log said that {note.receipt} {kept}")
    seen.says.append("this is the log's word; the proof shows it")
    return seen


def _examine_promise(data: bytes, given: Given) -> Examination:
    seen = Examination(files=1)
    try:  # (1): whose word
        if not data.startswith(PROMISE_VERSION.encode()):
            data = from_header(data)
        promise = open_promise(data, given.log)
    except AdytonError as error:
        seen.fail("promise", error)
        return seen
    seen.says.append(
        f"the log recorded {promise.receipt} on {_when(promise.recorded_at_s)}; every checkpoint "
        f"cosigned from {_when(promise.due_at_s)} on must cover it"
    )
    if given.proof is None and given.files is None:
        seen.says.append(
            "this is the log's word; that it was kept is shown with --proof or with --log"
        )
    if given.proof is not None:  # (2): the proof
        _hold_against_proof(promise, given.proof, given, seen)
    if given.files is not None:  # (3): the log
        _hold_against_log(promise, given.files, given, seen)
    return seen


def _hold_against_proof(promise: PromiseNote, data: bytes, given: Given, seen: Examination) -> None:
    try:
        proof = parse_proof(data)
        entry = proof.extra if given.entry is None else given.entry
        if entry is None:
            raise Malformed("there is no entry to check: the proof holds none")
        if leaf_hash(entry) != promise.leaf:
            raise Tampered("is of another entry than the one promised")
        checkpoint, note = check_proof(proof, entry=entry, log=given.log, witnesses=given.witnesses)
        _need_cosigned(note, given.witnesses)
        said = parse_canonical(entry, what="the entry")
        if not isinstance(said, dict) or said.get("receipt") != promise.receipt:
            raise Tampered("is of another receipt than the one promised")
        if said.get("time") != promise.recorded_at_s:
            raise Tampered("is of an entry with another time than the one promised")
    except AdytonError as error:
        seen.fail("proof", error)
        return
    seen.facts, seen.size = 1, checkpoint.size
    seen.says.append("kept: the proof covers exactly what was promised")


def _hold_against_log(
    promise: PromiseNote, files: Mapping[str, bytes], given: Given, seen: Examination
) -> None:
    try:
        if CHECKPOINT not in files:
            raise Malformed("the log's folder holds no checkpoint")
        checkpoint, note = open_checkpoint(
            files[CHECKPOINT], log=given.log, witnesses=given.witnesses
        )
        _need_cosigned(note, given.witnesses)
        found, paths = _look_for(promise.leaf, files, checkpoint.size, checkpoint.root)
    except AdytonError as error:
        seen.fail("log", error)
        return
    seen.size = checkpoint.size
    if found:
        seen.facts = 1
        seen.says.append(LEAF_FOUND)
        return
    cosigned = cosigned_at(note, [key for key in given.witnesses if key.name != given.log.name])
    if cosigned is None or cosigned < promise.due_at_s:
        why = "no witness's key was given" if cosigned is None else f"cosigned {_when(cosigned)}"
        seen.fail("log", f"does not hold the leaf, but is not known to be late enough ({why})")
        return
    seen.fail(
        NOT_KEPT,
        f"{promise.receipt} was due on {_when(promise.due_at_s)}; the checkpoint of "
        f"{checkpoint.size} entries, cosigned on {_when(cosigned)}, does not hold it",
    )
    seen.evidence = (CHECKPOINT, *paths)


def _look_for(
    leaf: bytes, files: Mapping[str, bytes], size: int, root: bytes
) -> tuple[bool, tuple[str, ...]]:
    """Whether the leaf is among those under `root`, and the tiles that show it."""
    tree, found, paths = Tree(), False, []
    for index in range(-(-size // TILE_WIDTH)):
        tile = tile_of(0, index, size)
        path, data = _tile(files, tile)
        for one in split_hashes(data, width=tile.width, what=path):
            found = found or one == leaf
            tree.append(one)
        paths.append(path)
    if tree.root() != root:
        raise Tampered("its tiles are not those of its checkpoint: they show nothing")
    return found, tuple(paths)


def _tile(files: Mapping[str, bytes], tile: Tile) -> tuple[str, bytes]:
    """A tile; the full one stands in for a partial one that is gone, as the format allows."""
    path = tile.path()
    if path in files:
        return path, files[path]
    full = Tile(level=0, index=tile.index, width=TILE_WIDTH).path()
    if full not in files:
        raise Malformed(f"{path} is missing: what is not there cannot be told")
    return full, files[full][: tile.width * HASH_BYTES]


def _need_cosigned(note: Note, witnesses: Sequence[VerifierKey]) -> None:
    if any(key not in note.signers for key in witnesses):
        raise Tampered("a witness has not cosigned the checkpoint")


def cosigned_at(note: Note, witnesses: Sequence[VerifierKey]) -> int | None:
    """When the first of the given witnesses cosigned; None without a witness.

    Further keys of the log are none: the log's own word on the time counts for nothing here.
    All of them must have: the earliest time is the one that nobody of them denies.
    """
    timed = (key for key in witnesses if key.algorithm in {COSIGNATURE, MLDSA44})
    known = {(key.name, key.key_id) for key in timed}
    times = [
        int.from_bytes(line.signature[:_TIME_BYTES], "big")
        for line in note.signatures
        if (line.name, line.key_id) in known
    ]
    return min(times, default=None)


def _when(at_s: int) -> str:
    if at_s > _LAST_DATE_S:
        return f"second {at_s}"
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
