"""What is compared before a ledger is opened: fact store, head, tiles, checkpoint, witness.

Each of them can be put back to an older state by somebody; none of them alone would show it. A
kill leaves exactly one lawful difference: the checkpoint one step behind the head. Everything
else is Tampered, and the message names what disagrees. Cost: every entry is rehashed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from adyton.crypto.checkpoints import Checkpoint, open_checkpoint
from adyton.crypto.merkle import tree_from_nodes
from adyton.crypto.notes import VerifierKey
from adyton.ledger.chain import Chain
from adyton.ledger.ports import FactStore, Head, HeadStore, TreeFiles, Witness
from adyton.ledger.publisher import CHECKPOINT, Published, nodes
from adyton.ledger.staging import Position
from adyton.terms.errors import Malformed, Tampered

_READ_AT_ONCE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Where a checked ledger goes on."""

    position: Position
    head: Head | None
    published: Published | None
    witnessed_size: int


def compare(
    *,
    store: FactStore,
    files: TreeFiles,
    heads: HeadStore,
    witness: Witness,
    log_key: VerifierKey,
    witness_key: VerifierKey,
    log: str,
    epoch: int,
    writer: str,
) -> Opened:
    """Check everything that is kept of a log against the rest. Raises Tampered."""
    head = heads.load()
    note = files.read(CHECKPOINT)
    seen = witness.latest(log_key.name)
    checkpoint, cosigned = _open(note, log_key, witness_key, "the checkpoint")
    witnessed, _ = _open(seen, log_key, witness_key, "the witness's checkpoint")
    sizes = {one.size for one in (head, checkpoint, witnessed) if one is not None}
    chain = _walk(store, Chain(log=log, epoch=epoch, roots_at=sizes))
    _check_head(head, checkpoint, witnessed)
    if cosigned and checkpoint is not None:
        _check_witness(checkpoint, witnessed)
    if head is not None:
        _check_store(chain, head, checkpoint, witnessed)
        if tree_from_nodes(head.size, nodes(files, head.size)).root() != head.root:
            raise Tampered("the tiles disagree with the head")
    end = chain.writers.get(writer)
    return Opened(
        position=Position(
            log=log,
            epoch=epoch,
            writer=writer,
            size=chain.tree.size,
            counter=0 if end is None else end.counter + 1,
            previous="" if end is None else end.leaf.hex(),
        ),
        head=head,
        published=None
        if note is None or checkpoint is None
        else Published(note=note, size=checkpoint.size, cosigned=cosigned),
        witnessed_size=0 if witnessed is None else witnessed.size,
    )


def _open(
    note: bytes | None, log_key: VerifierKey, witness_key: VerifierKey, what: str
) -> tuple[Checkpoint | None, bool]:
    if note is None:
        return None, False
    try:
        checkpoint, opened = open_checkpoint(note, log=log_key, witnesses=(witness_key,))
    except (Malformed, Tampered) as error:
        raise Tampered(f"{what} is not a checkpoint of this log: {error.message}") from error
    return checkpoint, witness_key in opened.signers


def _walk(store: FactStore, chain: Chain) -> Chain:
    for data in _entries(store):
        chain.add(data)
        if chain.problems:
            raise Tampered(f"the fact store: {chain.problems[0]}")
    return chain


def _entries(store: FactStore) -> Iterator[bytes]:
    at = 0
    while page := store.read(at, _READ_AT_ONCE):
        for one in page:
            if one.index != at:
                raise Tampered(f"the fact store: entry {at} is missing")
            at += 1
            yield one.data


def _check_head(
    head: Head | None, checkpoint: Checkpoint | None, witnessed: Checkpoint | None
) -> None:
    if head is None:
        if checkpoint is not None or witnessed is not None:
            raise Tampered("the head is missing though a checkpoint was signed")
        return
    if checkpoint is None and head.before:
        raise Tampered("the checkpoint is missing though one was published")
    if checkpoint is not None and checkpoint.size > head.size:
        raise Tampered("the head is older than the checkpoint")
    if checkpoint is not None and checkpoint.size not in {head.size, head.before}:
        raise Tampered("the checkpoint is older than the head allows")
    if witnessed is not None and witnessed.size > head.size:
        raise Tampered("the head is older than what the witness has cosigned")


def _check_witness(checkpoint: Checkpoint, witnessed: Checkpoint | None) -> None:
    # it keeps a checkpoint before it hands its cosignature out: no kill leaves it behind
    if witnessed is None or witnessed.size < checkpoint.size:
        raise Tampered(
            "the witness forgot a checkpoint that it had cosigned",
            mend="give the witness its newest memory back, and ask who changed it",
        )


def _check_store(
    chain: Chain, head: Head, checkpoint: Checkpoint | None, witnessed: Checkpoint | None
) -> None:
    if chain.tree.size < head.size:
        raise Tampered("the fact store holds fewer facts than the head")
    if chain.roots[head.size] != head.root:
        raise Tampered("the fact store disagrees with the head")
    if checkpoint is not None and chain.roots[checkpoint.size] != checkpoint.root:
        raise Tampered("the checkpoint disagrees with the fact store and the head")
    if witnessed is not None and chain.roots[witnessed.size] != witnessed.root:
        raise Tampered("the witness's checkpoint disagrees with the fact store and the head")
