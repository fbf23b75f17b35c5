"""What is compared before a ledger is opened: fact store, heads, tiles, checkpoints, witnesses.

Each of them can be put back to an older state by somebody; none of them alone would show it. A
kill leaves exactly one lawful difference: the checkpoint one step behind the head. Everything
else is Tampered, and the message names what disagrees. A witness that cannot be asked now is
passed over: it is asked again before its next cosignature. Cost: every entry is rehashed.

The fact store holds the epochs of the log one after the other. Those that ended are held against
what their successor says of them (`past`); the last one goes on. That nobody knows of a later one
is checked as well: else the end of an epoch could be taken back unseen.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from adyton.crypto.checkpoints import Checkpoint, open_checkpoint
from adyton.crypto.merkle import tree_from_nodes
from adyton.crypto.notes import VerifierKey
from adyton.ledger.chain import Chain, Walked, walk
from adyton.ledger.past import PastEpoch, check_no_later, check_past, claimed_size
from adyton.ledger.ports import EpochPlaces, FactReader, FactStore, Head
from adyton.ledger.publisher import CHECKPOINT, Published, nodes
from adyton.ledger.staging import Position
from adyton.ledger.witnesses import LOCAL, Memories, Witnesses, WitnessesOf, whose
from adyton.terms.errors import Malformed, Tampered

GO_ON = "keep everything as it is; docs/operate/new-epoch.md says how to go on"
_READ_AT_ONCE = 1000
_DIARY = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Where a checked ledger goes on with whom, and the epochs that ended before."""

    position: Position
    head: Head | None
    published: Published | None
    witnesses: Witnesses
    past: tuple[PastEpoch, ...]


def compare(
    *,
    store: FactStore,
    places: EpochPlaces,
    witnesses: WitnessesOf,
    log: str,
    writer: str,
) -> Opened:
    """Check everything that is kept of a log against the rest. Raises Tampered."""
    memories = witnesses.memories()
    try:
        walked = walk_store(store, places, memories, log=log)
        past = check_past(walked, places, memories)
        last = walked[-1]
        check_no_later(last.epoch, places, memories)
        return _compare_last(
            last, places, memories, witnesses.epoch(last.epoch), past=past, log=log, writer=writer
        )
    except Tampered as error:
        raise Tampered(error.message, mend=error.mend or GO_ON) from error


def walk_store(
    store: FactReader, places: EpochPlaces, memories: Memories, *, log: str
) -> Sequence[Walked]:
    """Every epoch in the store, with the roots at all sizes that anybody claims to know."""

    def claimed(epoch: int) -> Iterator[int]:
        head = places.heads(epoch).load()
        if head is not None:
            yield head.size
        remembered = memories.of(places.origin(epoch)).values()
        for note in (places.files(epoch).read(CHECKPOINT), *remembered):
            size = None if note is None else claimed_size(note)
            if size is not None:
                yield size

    return walk(_entries(store), log=log, roots_at=lambda epoch: tuple(claimed(epoch)))


def _compare_last(
    last: Walked,
    places: EpochPlaces,
    memories: Memories,
    witnesses: Witnesses,
    *,
    past: tuple[PastEpoch, ...],
    log: str,
    writer: str,
) -> Opened:
    chain, log_key = last.chain, witnesses.policy.logs[0]
    files, head = places.files(last.epoch), places.heads(last.epoch).load()
    note = files.read(CHECKPOINT)
    checkpoint, signers = _open(note, log_key, witnesses, "the checkpoint")
    cosigners = witnesses.policy.names(signers)
    witnessed, own = _witnessed(memories, witnesses, log_key)
    _check_head(head, checkpoint, witnessed)
    if checkpoint is not None:
        _check_witnesses(checkpoint, witnessed, cosigners)
    if head is not None:
        _check_store(chain, head, checkpoint, witnessed)
        if tree_from_nodes(head.size, nodes(files, head.size)).root() != head.root:
            raise Tampered("the tiles disagree with the head")
    size = 0 if checkpoint is None else checkpoint.size
    witnesses.start(
        seen=own,
        cosigned=dict.fromkeys(cosigners, size),
    )
    end = chain.writers.get(writer)
    return Opened(
        position=Position(
            log=log,
            epoch=last.epoch,
            writer=writer,
            size=last.first + chain.tree.size,
            counter=0 if end is None else end.counter + 1,
            previous="" if end is None else end.leaf.hex(),
            first=last.first,
        ),
        head=head,
        published=None
        if note is None or checkpoint is None
        else Published(
            note=note, size=checkpoint.size, cosigned=witnesses.policy.satisfied(signers)
        ),
        witnesses=witnesses,
        past=past,
    )


Witnessed = Mapping[tuple[str, ...], Checkpoint | None]
"""The last checkpoint of each witness that could be asked, by its names."""


def _witnessed(
    memories: Memories, witnesses: Witnesses, log_key: VerifierKey
) -> tuple[Witnessed, Mapping[tuple[str, ...], int]]:
    """What each witness shows, and the size of it where it bears the witness's own line."""
    found: dict[tuple[str, ...], Checkpoint | None] = {}
    own: dict[tuple[str, ...], int] = {}
    for names, note in memories.of(log_key.name).items():
        try:
            seen, signers = _open(note, log_key, witnesses, f"{whose(names)}'s checkpoint")
            found[names] = seen
            cosigned = seen is not None and set(names) & set(witnesses.policy.names(signers))
            own[names] = seen.size if seen is not None and cosigned else 0
        except Tampered as error:
            if names == (LOCAL,):
                raise
            # what a far one answers is no evidence of anything unless the log has signed it
            _DIARY.warning("passed over at the start: %s", error.message)
    return found, own


def _open(
    note: bytes | None, log_key: VerifierKey, witnesses: Witnesses, what: str
) -> tuple[Checkpoint | None, tuple[VerifierKey, ...]]:
    if note is None:
        return None, ()
    try:
        checkpoint, opened = open_checkpoint(note, log=log_key, witnesses=witnesses.trusted)
    except (Malformed, Tampered) as error:
        raise Tampered(f"{what} is not a checkpoint of this log: {error.message}") from error
    return checkpoint, opened.signers


def _entries(store: FactReader) -> Iterator[bytes]:
    at = 0
    while page := store.read(at, _READ_AT_ONCE, bodies=False):
        for one in page:
            if one.index != at:
                raise Tampered(f"the fact store: entry {at} is missing")
            at += 1
            yield one.data


def _check_head(head: Head | None, checkpoint: Checkpoint | None, witnessed: Witnessed) -> None:
    if head is None:
        # an empty tree may have been cosigned before the epoch began
        cosigned = any(one is not None and one.size > 0 for one in witnessed.values())
        if checkpoint is not None or cosigned:
            raise Tampered("the head is missing though a checkpoint was signed")
        return
    if checkpoint is None and head.before:
        raise Tampered("the checkpoint is missing though one was published")
    if checkpoint is not None and checkpoint.size > head.size:
        raise Tampered("the head is older than the checkpoint")
    if checkpoint is not None and checkpoint.size not in {head.size, head.before}:
        raise Tampered("the checkpoint is older than the head allows")
    for names, seen in witnessed.items():
        if seen is not None and seen.size > head.size:
            raise Tampered(f"the head is older than what {whose(names)} has cosigned")


def _check_witnesses(
    checkpoint: Checkpoint, witnessed: Witnessed, cosigners: tuple[str, ...]
) -> None:
    # it keeps a checkpoint before it hands its cosignature out: no kill leaves it behind
    for names, seen in witnessed.items():
        has_cosigned = not set(names).isdisjoint(cosigners)
        if has_cosigned and (seen is None or seen.size < checkpoint.size):
            raise Tampered(
                f"{whose(names)} forgot a checkpoint that it had cosigned",
                mend="give the witness its newest memory back, and ask who changed it",
            )


def _check_store(
    chain: Chain, head: Head, checkpoint: Checkpoint | None, witnessed: Witnessed
) -> None:
    if chain.tree.size < head.size:
        raise Tampered("the fact store holds fewer facts than the head")
    if chain.roots[head.size] != head.root:
        raise Tampered("the fact store disagrees with the head")
    if checkpoint is not None and chain.roots[checkpoint.size] != checkpoint.root:
        raise Tampered("the checkpoint disagrees with the fact store and the head")
    for names, seen in witnessed.items():
        if seen is not None and chain.roots[seen.size] != seen.root:
            what = f"{whose(names)}'s checkpoint"
            raise Tampered(f"{what} disagrees with the fact store and the head")
