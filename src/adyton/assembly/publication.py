"""The published log over HTTP (C2SP tlog-tiles): who gets which file, and how it may be kept.

| file | who |
|---|---|
| `checkpoint`, `tile/<L>/<N>` | auditors and investigators; anybody with `[ledger] public_tiles` |
| `tile/entries/<N>` | auditors, always; each reading is a fact |

Whoever may not see a file gets what a missing file gets. Their rights are looked at first and the
disk only after that, so that no answer to them depends on what is there (I2).
"""

import re
from dataclasses import dataclass
from typing import NoReturn

from adyton.assembly.operations.record import may_see_size
from adyton.assembly.perimeter import Perimeter
from adyton.crypto.tiles import TILE_WIDTH
from adyton.identity import Principal
from adyton.terms import Act, Missing, Refused, Secret, Unidentified

CHECKPOINT = "checkpoint"
_NUMBER = r"(?:x[0-9]{3}/){0,6}[0-9]{3}"  # as the format writes a number: groups of three digits
_PART = r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
_HASHES = re.compile(rf"tile/[0-9]{{1,2}}/{_NUMBER}{_PART}", re.ASCII)
_ENTRIES = re.compile(rf"tile/entries/(?P<number>{_NUMBER}){_PART}", re.ASCII)
_EPOCH = re.compile(r"(?P<epoch>[1-9][0-9]{0,8})/(?P<path>.*)", re.ASCII | re.DOTALL)
_FRESH_S = 2  # a checkpoint is made every second
_FOR_EVER_S = 31_536_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A published file as it is answered."""

    content: bytes
    media_type: str
    cache: str


def published(perimeter: Perimeter, key: Secret[str], path: str) -> Published:
    """The file at `path` for the holder of `key`.

    Raises Missing, whatever the cause, for whoever may not see it; Unavailable for who may.
    """
    who = _identified(perimeter, key)
    is_public = perimeter.config.ledger.public_tiles
    if not is_public and (who is None or not _may_see_size(perimeter, who)):
        _refuse(perimeter, who)  # before the path is looked at: one way for all of them
    epoch, path = _tree(path)
    entries = _ENTRIES.fullmatch(path)
    if entries is not None:
        return _entries(perimeter, who, (epoch, path), entries)
    if path != CHECKPOINT and not _HASHES.fullmatch(path):
        raise Missing(_NOTHING)
    return _answer(perimeter, epoch, path, shared=is_public)


def _tree(path: str) -> tuple[int, str]:
    """The epoch that a path names, and the path in it; without a number it is the first one's.

    So what somebody once found under an address never becomes another log's.
    """
    found = _EPOCH.fullmatch(path)
    return (1, path) if found is None else (int(found["epoch"]), found["path"])


def _entries(
    perimeter: Perimeter,
    who: Principal | None,
    place: tuple[int, str],
    found: "re.Match[str]",
) -> Published:
    """The bytes of up to 256 entries: recorded before they leave."""
    if who is None or not _may_audit(perimeter, who):
        _refuse(perimeter, who)
    answer = _answer(perimeter, *place, shared=False)
    past = perimeter.ledger.past.numbered(place[0])
    begun = perimeter.ledger.trees.position.first if past is None else past.first
    first = begun + int(re.sub(r"[x/]", "", found["number"])) * TILE_WIDTH
    last = first + int(found["width"] or TILE_WIDTH) - 1
    perimeter.reads.note(who.person, "ledger.file", first=first, last=last)
    return answer


def _answer(perimeter: Perimeter, epoch: int, path: str, *, shared: bool) -> Published:
    content = perimeter.tree_file(path, epoch=epoch)
    if content is None:
        raise Missing(_NOTHING)
    scope = "public" if shared else "private"
    if path == CHECKPOINT:
        kind, cache = "text/plain; charset=utf-8", f"{scope}, max-age={_FRESH_S}"
    else:
        kind, cache = "application/octet-stream", f"{scope}, max-age={_FOR_EVER_S}, immutable"
    return Published(content=content, media_type=kind, cache=cache)


def _identified(perimeter: Perimeter, key: Secret[str]) -> Principal | None:
    try:
        return perimeter.identity.authenticate(key.reveal())
    except Unidentified:
        return None


def _may_see_size(perimeter: Perimeter, who: Principal) -> bool:
    try:
        may_see_size(perimeter, who)
    except Refused:
        return False
    return True


def _may_audit(perimeter: Perimeter, who: Principal) -> bool:
    try:
        perimeter.gatekeeper.ask(who, Act.AUDIT)
    except Refused:
        return False
    return True


def _refuse(perimeter: Perimeter, who: Principal | None) -> NoReturn:
    """On record like every refusal, bounded; the answer tells of nothing."""
    refusal = Missing(_NOTHING)
    if who is None:
        perimeter.refusals.unidentified()
    else:
        perimeter.refusals.note(refusal, caller=who, operation="ledger.file", asked="")
    raise refusal


_NOTHING = "there is no such file"
