"""The way on from a record that cannot go on as it was: restored from a backup, or its key is gone.

A record that was put back, or is signed by another key, never pretends to be the old one. Straight
line:

1. `survey` looks at everything that is kept: the fact store must be whole in itself and hold a
   published checkpoint; head and witnesses may know more, or something else. It changes nothing;
2. people decide on what it says (the caller's duty: two of them);
3. `renew` surveys again and commits the link as the first fact of a new epoch, whose number and
   origin nobody has ever signed. What is lost or disputed stands in it.

Then the ledger opens as ever. Raises Tampered where the store itself is not whole: there is
nothing to go on from but another backup.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from adyton.crypto.checkpoints import Checkpoint, open_checkpoint
from adyton.crypto.epochlink import Before, Disputed, EpochLink, Lost, Reason
from adyton.crypto.merkle import tree_from_nodes
from adyton.crypto.notes import VerifierKey
from adyton.crypto.tlogpolicy import TlogPolicy, parse_policy
from adyton.ledger import erasing, turning
from adyton.ledger.chain import Walked
from adyton.ledger.opening import walk_store
from adyton.ledger.own import OWN
from adyton.ledger.past import check_past, who_knows
from adyton.ledger.ports import (
    BodyKeys,
    EpochPlaces,
    FactReader,
    FactStore,
    Threads,
    TreeFiles,
)
from adyton.ledger.publisher import CHECKPOINT, POLICY, nodes
from adyton.ledger.rebuild import Projection
from adyton.ledger.sealing import Bodies
from adyton.ledger.staging import Position
from adyton.ledger.witnesses import LOCAL, Memories, WitnessesOf, whose
from adyton.ledger.writer import Writer
from adyton.terms.errors import Malformed, Missing, Tampered
from adyton.terms.facts import Promise
from adyton.terms.ports import Clock, Entropy

_LOOK_AHEAD = 16  # epochs after the last one that anybody may know of


def survey(
    *, store: FactReader, places: EpochPlaces, memories: Memories, reason: Reason, log: str = "main"
) -> EpochLink:
    """How a new epoch would continue what is there, and what is lost or disputed."""
    walked = walk_store(store, places, memories, log=log)
    check_past(walked, places, memories, restored=reason is Reason.RESTORED)
    last = walked[-1]
    files, what = places.files(last.epoch), f"epoch {last.epoch}"
    note = files.read(CHECKPOINT)
    if note is None:
        raise Missing(f"{what} has no published checkpoint that a new epoch could continue")
    checkpoint, keys = _checkpoint(note, published_policy(files), what)
    chain = last.chain
    if chain.roots.get(checkpoint.size) != checkpoint.root:
        raise Tampered(f"{what}: the fact store holds other entries than its checkpoint")
    if tree_from_nodes(checkpoint.size, nodes(files, checkpoint.size)).root() != checkpoint.root:
        raise Tampered(f"{what}: the tiles disagree with its checkpoint")
    seen = _remembered(last, places, memories, keys)
    held = chain.tree.size
    known = [
        after
        for after in range(last.epoch + 1, last.epoch + 1 + _LOOK_AHEAD)
        if who_knows(after, places, memories)
    ]
    epochs = max(known, default=last.epoch) - last.epoch
    end = max([held, *(one.size for one in seen)])
    lost = Lost(start=held, end=end, epochs=epochs) if end > held or epochs else None
    epoch = last.epoch + 1 + epochs
    return EpochLink(
        epoch=epoch,
        origin=places.origin(epoch),
        first=last.first + held,
        reason=reason,
        before=Before(
            epoch=last.epoch,
            origin=checkpoint.origin,
            size=checkpoint.size,
            root=checkpoint.root,
            note_sha256=hashlib.sha256(note).hexdigest(),
            keys=keys,
            held=held,
            held_root=chain.tree.root(),
        ),
        lost=lost,
        disputed=_disputed(seen, checkpoint, last),
    )


def renew(
    link: EpochLink,
    *,
    by: Sequence[str],
    store: FactStore,
    places: EpochPlaces,
    body_keys: BodyKeys,
    witnesses: WitnessesOf,
    clock: Clock,
    entropy: Entropy,
    threads: Threads,
    projections: Sequence[Projection],
    log: str = "main",
    writer: str = "owner",
) -> Promise:
    """Begin the epoch that people decided on. Raises Tampered where things moved since."""
    now = survey(
        store=store, places=places, memories=witnesses.memories(), reason=link.reason, log=log
    )
    if now != link:
        raise Tampered("what is kept of the record changed since the new epoch was proposed")
    turning.introduce(witnesses.epoch(link.epoch), places.signers(link.epoch), clock)
    bodies = Bodies(body_keys, entropy)
    erasing.Erasures(store.state(), bodies)  # withheld; destroyed once the new epoch is cosigned
    before = Position(log=log, epoch=link.before.epoch, writer=writer, size=link.first)
    hand = Writer(
        store=store,
        bodies=bodies,
        projections=(*OWN, *projections),
        clock=clock,
        entropy=entropy,
        threads=threads,
        position=before,
    )
    try:
        fact = turning.started(replace(link, by=tuple(by)))
        position = before.begun(link.epoch)
        return hand.alone(lambda: hand.begin_epoch(fact, position))
    finally:
        hand.stop()


def published_policy(files: TreeFiles) -> TlogPolicy:
    """The policy beside an epoch's tiles: whose signatures made its checkpoints believed."""
    data = files.read(POLICY)
    if data is None:
        raise Missing("the keys of the last epoch are not there", mend="restore its file policy")
    policy = parse_policy(data.decode("utf-8", "replace"))
    if not policy.logs or not policy.witnesses or not policy.tree.root:
        raise Malformed("the file policy names no key of the log, or no quorum")
    return policy


def _checkpoint(
    note: bytes, policy: TlogPolicy, what: str
) -> tuple[Checkpoint, tuple[VerifierKey, ...]]:
    """The checkpoint, and the keys under it: all of the log's, then the witnesses'."""
    log, *further = policy.logs
    try:
        checkpoint, opened = open_checkpoint(
            note, log=log, witnesses=(*further, *policy.witnesses.values())
        )
    except (Malformed, Tampered) as error:
        raise Tampered(f"{what}: its checkpoint does not hold: {error.message}") from error
    if not policy.satisfied(opened.signers):
        raise Tampered(f"{what}: its checkpoint is not cosigned by a quorum of its witnesses")
    cosigned = [key for key in policy.witnesses.values() if key in opened.signers]
    return checkpoint, (*policy.logs, *cosigned)


def _remembered(
    last: Walked, places: EpochPlaces, memories: Memories, keys: Sequence[VerifierKey]
) -> list[Disputed]:
    """What head and witnesses remember of an epoch."""
    found = []
    head = places.heads(last.epoch).load()
    if head is not None:
        found.append(Disputed(size=head.size, root=head.root))
    log, *others = keys
    for names, seen in memories.of(places.origin(last.epoch)).items():
        if seen is None:
            continue
        try:
            known, _ = open_checkpoint(seen, log=log, witnesses=others)
        except (Malformed, Tampered) as error:
            if names != (LOCAL,):  # not signed by the log: no evidence of anything
                continue
            raise Tampered(f"{whose(names)}'s checkpoint does not hold: {error.message}") from error
        cosigned = not set(memories.keys(names)).isdisjoint(keys)
        # who did not cosign the last checkpoint may remember an older one, if it is of ours
        if cosigned or last.chain.roots.get(known.size) != known.root:
            found.append(Disputed(size=known.size, root=known.root))
    return found


def _disputed(
    seen: Sequence[Disputed], checkpoint: Checkpoint, last: Walked
) -> tuple[Disputed, ...]:
    """What somebody remembers and the entries held do not continue."""
    held = last.chain.tree.size
    found = {
        one
        for one in seen
        if one.size < checkpoint.size
        or (one.size <= held and last.chain.roots.get(one.size) != one.root)
    }
    return tuple(sorted(found, key=lambda one: (one.size, one.root)))
