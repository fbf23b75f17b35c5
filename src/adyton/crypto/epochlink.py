"""The public part of `epoch.started`: how one tree of a log continues another.

A log is several trees one after the other, one an epoch. The first entry of each tree but the
first names the tree before it: its last checkpoint (size, root, SHA-256 of the note), the keys
that signed and cosigned it, and how many entries were held of it, with their root. `lost` is the
range of entries `[from, to)` that somebody had seen and that nobody holds any more, and how many
whole epochs after that one. `disputed` are checkpoints of that tree which somebody else remembers
and which the entries held do not continue.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from adyton.crypto.checkpoints import Checkpoint, open_checkpoint
from adyton.crypto.notes import VerifierKey, parse_vkey
from adyton.terms.errors import Malformed, Tampered
from adyton.terms.facts import Json

EPOCH_STARTED = "epoch.started"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_SUFFIX = re.compile(r"/([1-9][0-9]{0,8})")


class Reason(StrEnum):
    """Why an epoch began."""

    RESTORED = "restored"
    REKEYED = "rekeyed"
    YEAR = "year"


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """The tree before: its last checkpoint, the keys under it, and what was held of it."""

    epoch: int
    origin: str
    size: int
    root: bytes
    note_sha256: str
    keys: tuple[VerifierKey, ...]  # all of the log's, then of each witness that cosigned
    held: int
    held_root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """Entries `[start, end)` of the tree before, and whole epochs after it, that are gone."""

    start: int
    end: int
    epochs: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Disputed:
    """A checkpoint of the tree before that somebody remembers and that ours does not continue."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochLink:
    """An epoch's number and origin, the position of its first entry, and the tree before it."""

    epoch: int
    origin: str
    first: int
    reason: Reason
    before: Before
    lost: Lost | None = None
    disputed: tuple[Disputed, ...] = ()
    by: tuple[str, ...] = ()

    def to_public(self) -> Mapping[str, Json]:
        """The fact's public part."""
        before = self.before
        return {
            "epoch": self.epoch,
            "origin": self.origin,
            "first": self.first,
            "reason": self.reason.value,
            "before": {
                "epoch": before.epoch,
                "origin": before.origin,
                "size": before.size,
                "root": before.root.hex(),
                "note": before.note_sha256,
                "keys": [str(key) for key in before.keys],
                "held": before.held,
                "held_root": before.held_root.hex(),
            },
            "lost": None
            if self.lost is None
            else {"from": self.lost.start, "to": self.lost.end, "epochs": self.lost.epochs},
            "disputed": [{"size": one.size, "root": one.root.hex()} for one in self.disputed],
            "by": list(self.by),
        }

    @property
    def known(self) -> int:
        """How many entries of the tree before anybody is known to have seen."""
        return self.before.held if self.lost is None else self.lost.end


def origin_of(base: str, epoch: int) -> str:
    """The origin of an epoch: the log's plain name, with `/n` from epoch 2 on; never shared."""
    return base if epoch == 1 else f"{base}/{epoch}"


def epoch_of(origin: str, base: str) -> int | None:
    """The number of the epoch with that origin, of the log whose plain name is `base`."""
    if origin == base:
        return 1
    match = _SUFFIX.fullmatch(origin.removeprefix(base)) if origin.startswith(base) else None
    return None if match is None or match[1] == "1" else int(match[1])


def open_before(link: EpochLink, note: bytes) -> Checkpoint:
    """The last checkpoint of the tree that `link` continues. Raises Malformed or Tampered.

    It is the very note that the link names, signed and cosigned by every key that it names.
    """
    before = link.before
    what = f"the checkpoint that epoch {link.epoch} continues"
    if hashlib.sha256(note).hexdigest() != before.note_sha256:
        raise Tampered(f"{what} is another one")
    log, *others = before.keys
    checkpoint, opened = open_checkpoint(note, log=log, witnesses=others)
    outside = [key for key in others if key.name != log.name]
    if not outside or any(key not in opened.signers for key in outside):
        raise Tampered(f"{what} is not cosigned by every witness that it had")
    if (checkpoint.size, checkpoint.root) != (before.size, before.root):
        raise Tampered(f"{what} is of another size or root")
    return checkpoint


def parse_link(public: Mapping[str, Json]) -> EpochLink:
    """The link in a fact's public part, in its one form. Raises Malformed."""
    before = _object(public, "before")
    lost = None if public.get("lost") is None else _object(public, "lost")
    reason = _text(public, "reason")
    if reason not in {one.value for one in Reason}:
        raise Malformed("an epoch's first entry gives no known reason")
    link = EpochLink(
        epoch=_number(public, "epoch"),
        origin=_text(public, "origin"),
        first=_number(public, "first"),
        reason=Reason(reason),
        before=Before(
            epoch=_number(before, "epoch"),
            origin=_text(before, "origin"),
            size=_number(before, "size"),
            root=_digest(before, "root"),
            note_sha256=_digest(before, "note").hex(),
            keys=tuple(parse_vkey(text) for text in _texts(before, "keys")),
            held=_number(before, "held"),
            held_root=_digest(before, "held_root"),
        ),
        lost=None
        if lost is None
        else Lost(
            start=_number(lost, "from"), end=_number(lost, "to"), epochs=_number(lost, "epochs")
        ),
        disputed=tuple(
            Disputed(size=_number(one, "size"), root=_digest(one, "root"))
            for one in _objects(public, "disputed")
        ),
        by=_texts(public, "by"),
    )
    _check(link)
    if link.to_public() != public:
        raise Malformed("an epoch's first entry is not in its one form")
    return link


def _check(link: EpochLink) -> None:
    before, lost = link.before, link.lost
    gone = 0 if lost is None else lost.epochs
    if before.epoch < 1 or link.epoch != before.epoch + 1 + gone:
        raise Malformed("an epoch does not follow the one that it names")
    base = before.origin if before.epoch == 1 else before.origin.removesuffix(f"/{before.epoch}")
    if (before.origin, link.origin) != (origin_of(base, before.epoch), origin_of(base, link.epoch)):
        raise Malformed("an epoch's origin is not that of its number")
    if not before.keys or before.keys[0].name != before.origin:
        raise Malformed("an epoch does not name the key of the tree before it")
    if not 0 < before.size <= before.held:
        raise Malformed("an epoch names a checkpoint that does not fit what was held")
    if lost is not None and not (
        lost.start == before.held <= lost.end and lost.end - lost.start + lost.epochs > 0
    ):
        raise Malformed("an epoch's lost range does not begin where the held entries end")


def _object(value: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    found = value.get(name)
    if not isinstance(found, Mapping):
        raise Malformed(f"an epoch's first entry has no {name}")
    return found


def _objects(value: Mapping[str, Json], name: str) -> tuple[Mapping[str, Json], ...]:
    found = value.get(name)
    if not isinstance(found, Sequence) or isinstance(found, str):
        raise Malformed(f"an epoch's first entry has no list {name}")
    if not all(isinstance(one, Mapping) for one in found):
        raise Malformed(f"an epoch's first entry has no list of objects {name}")
    return tuple(one for one in found if isinstance(one, Mapping))


def _number(value: Mapping[str, Json], name: str) -> int:
    found = value.get(name)
    if not isinstance(found, int) or isinstance(found, bool) or found < 0:
        raise Malformed(f"an epoch's first entry has no number {name}")
    return found


def _text(value: Mapping[str, Json], name: str) -> str:
    found = value.get(name)
    if not isinstance(found, str):
        raise Malformed(f"an epoch's first entry has no text {name}")
    return found


def _texts(value: Mapping[str, Json], name: str) -> tuple[str, ...]:
    found = value.get(name)
    if not isinstance(found, Sequence) or isinstance(found, str):
        raise Malformed(f"an epoch's first entry has no list {name}")
    if not all(isinstance(one, str) for one in found):
        raise Malformed(f"an epoch's first entry has no list of texts {name}")
    return tuple(str(one) for one in found)


def _digest(value: Mapping[str, Json], name: str) -> bytes:
    found = _text(value, name)
    if not _DIGEST.fullmatch(found):
        raise Malformed(f"an epoch's first entry has no digest {name}")
    return bytes.fromhex(found)
