"""From one epoch to the next: what the first entry of the new tree says, and who must know first.

Straight line of a turn, from 2 on in the writer, while nothing is committed:

1. a quorum of witnesses cosigns an empty tree of the next origin: who does not know it says so
   now, and the old epoch goes on;
2. everything recorded is published and cosigned: that checkpoint is what the next epoch continues;
3. the link is committed as the first entry of the next epoch;
4. from now on the next epoch's files, head and key are used, and the old ones never again.

Killed before 3, nothing happened; after it, the next start goes on in the new epoch. `renew`, the
way on from a record that cannot be opened as it was, stands in `adyton.ledger.renewing`.
"""

import hashlib
from collections.abc import Iterable, Sequence

from adyton.crypto.checkpoints import Checkpoint, parse_checkpoint
from adyton.crypto.epochlink import EPOCH_STARTED, Before, EpochLink, Reason
from adyton.crypto.merkle import EMPTY_ROOT
from adyton.crypto.notes import Note, Signer, VerifierKey, parse_note
from adyton.ledger.publisher import own_lines
from adyton.ledger.staging import Position
from adyton.ledger.witnesses import Witnesses
from adyton.terms.facts import Entry, Fact, Row, State
from adyton.terms.ports import Clock

EPOCHS = "epochs"
"""Table of epochs begun: key = number, the link's public part."""


def started(link: EpochLink) -> Fact:
    """The fact with which an epoch begins."""
    public = link.to_public()
    return Fact(
        type=EPOCH_STARTED,
        subjects=link.by,
        public={
            "epoch": public["epoch"],
            "origin": public["origin"],
            "first": public["first"],
            "reason": public["reason"],
            "before": public["before"],
            "lost": public["lost"],
            "disputed": public["disputed"],
            "by": public["by"],
        },
    )


def project(entry: Entry, _state: State) -> Iterable[Row]:
    """The row of an epoch."""
    if entry.type != EPOCH_STARTED:
        return ()
    return (Row(table=EPOCHS, key=f"{entry.public['epoch']:06}", data=entry.public),)


def whole_link(
    position: Position,
    *,
    reason: Reason,
    by: tuple[str, ...],
    note: bytes,
    keys: tuple[VerifierKey, ...],
    origin: str,
) -> EpochLink:
    """The link after an epoch of which nothing is lost: `note` covers all of it."""
    checkpoint = parse_checkpoint(parse_note(note).text)
    return EpochLink(
        epoch=position.epoch,
        origin=origin,
        first=position.first,
        reason=reason,
        before=Before(
            epoch=position.epoch - 1,
            origin=checkpoint.origin,
            size=checkpoint.size,
            root=checkpoint.root,
            note_sha256=hashlib.sha256(note).hexdigest(),
            keys=keys,
            held=checkpoint.size,
            held_root=checkpoint.root,
        ),
        by=by,
    )


def introduce(witnesses: Witnesses, signers: Sequence[Signer], clock: Clock) -> None:
    """Have the witnesses cosign the empty tree of an origin. Raises Unavailable without a quorum.

    That is an honest checkpoint of the tree to come.
    """
    origin = signers[0].key.name
    text = Checkpoint(origin=origin, size=0, root=EMPTY_ROOT).to_text()
    lines = own_lines(signers, text, time_s=int(clock.now_s()))
    witnesses.introduce(origin, Note(text=text, signatures=lines).to_bytes())
