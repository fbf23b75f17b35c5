"""Epochs that ended: nothing is written there any more, and all of it stays verifiable.

What is kept of one: its published files with the last checkpoint, and the keys that its successor
names in its own first entry. Its private key is not needed and may be gone.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from adyton.crypto.checkpoints import open_checkpoint, parse_checkpoint
from adyton.crypto.epochlink import Disputed, EpochLink, Reason, open_before
from adyton.crypto.merkle import tree_from_nodes
from adyton.crypto.notes import VerifierKey, parse_note
from adyton.ledger.chain import Chain, Walked
from adyton.ledger.ports import EpochPlaces, Head, HeadStore, TreeFiles
from adyton.ledger.publisher import CHECKPOINT, nodes
from adyton.ledger.witnesses import LOCAL, Memories, whose
from adyton.terms.errors import Malformed, Misconfigured, Tampered

_DIARY = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastEpoch:
    """An epoch that ended. `first` and `held` say which positions are its own.

    `known` is how many entries anybody is known to have seen: more than `held` where some are
    lost. `link` is the first entry of the epoch after it.
    """

    first: int
    link: EpochLink
    note: bytes
    files: TreeFiles
    heads: HeadStore

    @property
    def epoch(self) -> int:
        """Its number."""
        return self.link.before.epoch

    @property
    def held(self) -> int:
        """How many entries the store holds of it."""
        return self.link.before.held

    @property
    def size(self) -> int:
        """How many entries its last checkpoint covers."""
        return self.link.before.size

    @property
    def keys(self) -> tuple[VerifierKey, ...]:
        """All keys of the log, then those of the witnesses that cosigned."""
        return self.link.before.keys


def check_past(
    walked: Sequence[Walked],
    places: EpochPlaces,
    memories: Memories,
    *,
    restored: bool = False,
) -> tuple[PastEpoch, ...]:
    """Every epoch but the last, held against its files, head and witnesses. Raises Tampered.

    `restored` says that the record is about to go on from a backup: these come without heads.
    """
    links = [one.link for one in walked if one.link is not None]
    found = []
    for before, link in zip(walked, links, strict=False):
        past = _past(before, link, places)
        _check_files(past, before.chain)
        bare = any(one.reason is Reason.RESTORED and one.epoch > before.epoch for one in links)
        _check_head(past, before.chain, bare=restored or bare)
        _check_witnesses(past, before.chain, memories)
        found.append(past)
    return tuple(found)


def _past(before: Walked, link: EpochLink, places: EpochPlaces) -> PastEpoch:
    files = places.files(before.epoch)
    note = files.read(CHECKPOINT)
    if link.before.origin != places.origin(before.epoch):
        raise Tampered(f"epoch {before.epoch} has another origin than this log's")
    if note is None:
        raise Tampered(f"epoch {before.epoch}: its last checkpoint is missing")
    return past_epoch(link, before.first, note, places)


def past_epoch(link: EpochLink, first: int, note: bytes, places: EpochPlaces) -> PastEpoch:
    """The epoch before `link`, which began at position `first` and ended with `note`."""
    epoch = link.before.epoch
    return PastEpoch(
        first=first, link=link, note=note, files=places.files(epoch), heads=places.heads(epoch)
    )


def _check_files(past: PastEpoch, chain: Chain) -> None:
    what = f"epoch {past.epoch}: its last checkpoint"
    try:
        checkpoint = open_before(past.link, past.note)
    except (Malformed, Tampered) as error:
        raise Tampered(f"{what}: {error.message}") from error
    if chain.roots.get(checkpoint.size) != checkpoint.root:
        raise Tampered(f"{what} disagrees with the fact store")
    if tree_from_nodes(past.size, nodes(past.files, past.size)).root() != checkpoint.root:
        raise Tampered(f"epoch {past.epoch}: the tiles disagree with its last checkpoint")


def _check_head(past: PastEpoch, chain: Chain, *, bare: bool) -> None:
    head = past.heads.load()
    if head is None:
        # what was restored elsewhere comes without it; a first entry after it says so
        if not bare:
            raise Tampered(f"epoch {past.epoch}: its head is missing")
        return
    _check_memory(past, chain, head, "the head", newest=True)


def _check_witnesses(past: PastEpoch, chain: Chain, memories: Memories) -> None:
    log, *others = past.keys
    for names, note in memories.of(past.link.before.origin).items():
        who = whose(names)
        cosigned = not set(memories.keys(names)).isdisjoint(past.keys)
        if note is None:
            if cosigned:
                raise Tampered(f"epoch {past.epoch}: {who} forgot what it had cosigned")
            continue
        try:
            checkpoint, _ = open_checkpoint(note, log=log, witnesses=others)
        except (Malformed, Tampered) as error:
            what = f"epoch {past.epoch}: {who}'s checkpoint is not of this log: {error.message}"
            if names == (LOCAL,):
                raise Tampered(what) from error
            # what a far one answers is no evidence of anything unless the log has signed it
            _DIARY.warning("passed over at the start: %s", what)
            continue
        memory = Head(size=checkpoint.size, root=checkpoint.root)
        _check_memory(past, chain, memory, who, newest=cosigned)


def _check_memory(past: PastEpoch, chain: Chain, seen: Head, who: str, *, newest: bool) -> None:
    """`newest`: it has seen the last checkpoint, so that it may remember nothing older."""
    what = f"epoch {past.epoch}: {who}"
    if Disputed(size=seen.size, root=seen.root) in past.link.disputed:
        return
    if newest and seen.size < past.size:
        raise Tampered(f"{what} is older than its last checkpoint")
    if seen.size <= past.held:
        if chain.roots.get(seen.size) != seen.root:
            raise Tampered(f"{what} disagrees with the fact store")
    elif seen.size > past.link.known:
        raise Tampered(
            f"{what} knows more entries than epoch {past.link.epoch} says were lost:"
            " somebody went on under the old key, or the record was put back"
        )


def check_no_later(last: int, places: EpochPlaces, memories: Memories) -> None:
    """Raise Tampered where anybody knows an epoch after the last one of the fact store."""
    after = last + 1
    who = who_knows(after, places, memories, signed=True)
    if who:
        raise Tampered(
            f"{who} knows of epoch {after}, which the fact store lacks: the record was put back"
        )


def who_knows(epoch: int, places: EpochPlaces, memories: Memories, *, signed: bool = False) -> str:
    """Who remembers that an epoch was signed; "" if nobody does.

    `signed`: a far witness is believed only what our own keys of that epoch have signed.
    """
    if places.heads(epoch).load() is not None:
        return "a head"
    if places.files(epoch).read(CHECKPOINT) is not None:
        return "a checkpoint"
    for names, note in memories.of(places.origin(epoch)).items():
        # an empty tree is what a witness is asked to cosign before an epoch begins
        if note is None or claimed_size(note) == 0:
            continue
        if names == (LOCAL,) or not signed or _is_ours(note, epoch, places):
            return whose(names)
        _DIARY.warning("passed over: %s shows an epoch %s that we never signed", names[0], epoch)
    return ""


def _is_ours(note: bytes, epoch: int, places: EpochPlaces) -> bool:
    try:
        log, *further = (one.key for one in places.signers(epoch))
        open_checkpoint(note, log=log, witnesses=further)
    except (Malformed, Misconfigured, Tampered):
        return False
    return True


def claimed_size(note: bytes) -> int | None:
    """The size that a note claims, unverified; None where it is no checkpoint."""
    try:
        return parse_checkpoint(parse_note(note).text).size
    except Malformed:
        return None
