"""Proofs and the full check over all epochs of a log: which tree a position belongs to.

A fact of an epoch that ended is proved in that epoch's last checkpoint, under the keys of its
time. The way from the keys of today to those is the chain of first entries: each names the tree
before it (`adyton.crypto.epochlink`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from adyton.crypto.checkpoints import parse_checkpoint
from adyton.crypto.merkle import leaf_hash
from adyton.crypto.notes import parse_note
from adyton.crypto.tlogpolicy import TlogPolicy
from adyton.crypto.tlogproof import TlogProof
from adyton.ledger.chain import Problem
from adyton.ledger.past import PastEpoch
from adyton.ledger.ports import Head, StoredFact, TreeFiles
from adyton.ledger.publisher import prove
from adyton.ledger.verify import StoredTree, check_log
from adyton.ledger.witnesses import Memories
from adyton.terms.errors import Malformed, Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class PastEvidence:
    """The last checkpoint of an epoch that ended, and the keys under it as lines of `vkeys`."""

    checkpoint: bytes
    vkeys: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Entries' bytes and their proofs by position, all in cosigned checkpoints, one an epoch.

    `checkpoint` is that of the epoch now, `past` those of all before it.
    """

    checkpoint: bytes
    vkeys: tuple[str, ...]
    """The keys that signed the checkpoint: all of the log's, then the witnesses'."""
    entries: Mapping[int, bytes]
    proofs: Mapping[int, bytes]
    past: Mapping[int, PastEvidence] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochNow:
    """The epoch that goes on: its number, first position, files, policy with its keys, and head."""

    epoch: int
    first: int
    files: TreeFiles
    policy: TlogPolicy
    head: Head | None


class Past:
    """The epochs of a log that ended, in their order."""

    def __init__(self, epochs: Sequence[PastEpoch] = ()) -> None:
        self.epochs: tuple[PastEpoch, ...] = tuple(epochs)

    def add(self, epoch: PastEpoch) -> None:
        """One more ended."""
        self.epochs = (*self.epochs, epoch)

    def at(self, position: int) -> PastEpoch | None:
        """The epoch that a position belongs to; None for the one that goes on."""
        for epoch in self.epochs:
            if position < epoch.first + epoch.held:
                return epoch
        return None

    def numbered(self, epoch: int) -> PastEpoch | None:
        """The epoch with that number, if it ended."""
        return next((one for one in self.epochs if one.epoch == epoch), None)

    def starts(self) -> list[int]:
        """The positions of the first entries of all epochs but the first."""
        return [one.link.first for one in self.epochs]

    def evidence(self) -> Mapping[int, PastEvidence]:
        """What a bundle needs of each."""
        return {
            one.epoch: PastEvidence(
                checkpoint=one.note, vkeys="".join(f"{key}\n" for key in one.keys).encode()
            )
            for one in self.epochs
        }


def past_proof(epoch: PastEpoch, stored: StoredFact, extra: bytes | None) -> bytes:
    """The tlog-proof of a fact of an epoch that ended.

    Raises Unavailable for one that its last checkpoint does not cover.
    """
    index = stored.index - epoch.first
    if index >= epoch.size:
        raise Unavailable(
            f"the fact was recorded after the last checkpoint of epoch {epoch.epoch}",
            mend="nobody can prove it by that epoch; the next one states what was held",
        )
    hashes = prove(
        epoch.files,
        index,
        size=epoch.size,
        root=epoch.link.before.root,
        leaf=leaf_hash(stored.data),
    )
    return TlogProof(
        index=index, hashes=tuple(hashes), checkpoint=epoch.note, extra=extra
    ).to_bytes()


def check_trees(
    past: Past, now: EpochNow, *, memories: Memories, kept: Mapping[str, bytes], log: str
) -> tuple[Problem, ...]:
    """Every problem of the published trees, also beside what each witness remembers of them.

    `kept` checkpoints go to the tree of their origin.
    """
    problems: list[Problem] = []
    sorted_kept = _by_origin(kept, problems)
    for one in past.epochs:
        origin = one.link.before.origin
        problems += _named(
            one.epoch,
            check_log(
                one.files,
                log_key=one.keys[0],
                witness_keys=one.keys[1:],
                head=one.heads.load(),
                kept={
                    **memories.kept(origin),
                    **sorted_kept.pop(origin, {}),
                    f"epoch {one.link.epoch}": one.note,
                },
                log=log,
                epoch=one.epoch,
                known=one.link.known,
            ),
        )
    first_key = now.policy.logs[0]
    if now.head is not None:
        found = check_log(
            now.files,
            log_key=first_key,
            witness_keys=(*now.policy.logs[1:], *now.policy.witnesses.values()),
            policy=now.policy,
            head=now.head,
            kept={**memories.kept(first_key.name), **sorted_kept.pop(first_key.name, {})},
            log=log,
            epoch=now.epoch,
        )
        problems += found if now.epoch == 1 else _named(now.epoch, found)
    for notes in sorted_kept.values():
        problems += [Problem(where=where, what="is of another log") for where in notes]
    return tuple(problems)


def stored_trees(past: Past, now: EpochNow, *, held: int, published: int) -> list[StoredTree]:
    """The trees as the fact store holds them, one after the other."""
    trees = [
        StoredTree(files=one.files, first=one.first, held=one.held, published=one.size, past=True)
        for one in past.epochs
    ]
    last = StoredTree(files=now.files, first=now.first, held=held, published=published, past=False)
    return [*trees, last]


def _by_origin(kept: Mapping[str, bytes], problems: list[Problem]) -> dict[str, dict[str, bytes]]:
    found: dict[str, dict[str, bytes]] = {}
    for where, note in kept.items():
        try:
            origin = parse_checkpoint(parse_note(note).text).origin
        except Malformed as error:
            problems.append(Problem(where=where, what=error.message))
        else:
            found.setdefault(origin, {})[where] = note
    return found


def _named(epoch: int, problems: Iterable[Problem]) -> Iterator[Problem]:
    for one in problems:
        yield Problem(where=f"epoch {epoch}: {one.where}", what=one.what)
