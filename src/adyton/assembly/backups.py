"""A backup of a home's data: taken while it runs, checked by anybody, restored into an empty place.

What is in it, and what is not (docs/formats/backup.md): entries and sealed bodies, published
trees, sealed versions, settings. No key of any kind, and no row of current state: rows hold in
clear what bodies hold sealed, and are rebuilt.

Straight line of taking one, in the process that owns the home:

1. the fact `backup.made`, and a cosigned checkpoint that covers it;
2. that checkpoint, and the partial tiles under it, which go when they become full;
3. the fact store's entries and bodies at one moment after it;
4. full tiles, earlier epochs, sealed versions, settings: none of these changes any more;
5. the manifest over all of it, signed by the log.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from adyton.adapters import home_files
from adyton.adapters.facts_copy import FactsCopy, copy_facts
from adyton.adapters.localfs import LocalFiles
from adyton.adapters.verifier import FolderFiles
from adyton.assembly.config import read_config
from adyton.assembly.home import FORMAT
from adyton.assembly.perimeter import Perimeter
from adyton.crypto import tiles
from adyton.crypto.checkpoints import parse_checkpoint
from adyton.crypto.epochlink import EpochLink, Reason, origin_of
from adyton.crypto.manifest import (
    BACKUP_VERSION,
    MANIFEST,
    ListedFile,
    Manifest,
    check_path,
    open_manifest,
)
from adyton.crypto.notes import Signer, VerifierKey, parse_note
from adyton.ledger.ports import Head, TreeFiles
from adyton.ledger.proof import CHECKPOINT, VKEYS, parse_vkeys
from adyton.ledger.publisher import POLICY
from adyton.ledger.renewing import survey
from adyton.ledger.witnesses import Memories
from adyton.terms import (
    AdytonError,
    Conflict,
    Fact,
    Malformed,
    Misconfigured,
    Missing,
    Unavailable,
)

FACTS_FILE = "facts.db"
MADE = "backup.made"
_TRIES = 5
_SETTINGS = ("format", "config.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A backup: where, how many files and bytes, and the size of the checkpoint it stands at."""

    folder: Path
    files: int
    size_bytes: int
    epoch: int
    size: int


@dataclass(slots=True, kw_only=True)
class Looked:
    """What a check of a backup found: failures, and how it could be continued if there are none."""

    failures: list[str] = field(default_factory=list)
    files: int = 0
    made_at_s: int = 0
    link: EpochLink | None = None


def take(perimeter: Perimeter, folder: Path, *, by: str) -> Taken:
    """A backup of a served home in the new folder `folder`. Raises Conflict, Unavailable."""
    if home_files.is_in_use(folder):
        raise Conflict(f"{folder.name} is not empty", mend="choose a new folder")
    ledger, epoch = perimeter.ledger, perimeter.ledger.trees.position.epoch
    promise = ledger.append(Fact(type=MADE, subjects=(by,), public={"by": by}))  # (1): its fact
    ledger.witnessed(promise)
    home_files.make_folder(folder)
    note, moving = _steady(perimeter, epoch)  # (2): what will not stay
    size = parse_checkpoint(parse_note(note).text).size
    copy_facts(perimeter.paths.state / "state.db", folder / FACTS_FILE)  # (3): facts
    listed = [_listed(folder, FACTS_FILE)]
    listed += [_put(folder, f"ledger/{epoch}/{path}", (data,)) for path, data in moving.items()]
    listed += [  # (4): what no longer changes
        _put(folder, path, home_files.read_blocks(source))
        for path, source in _settled(perimeter, epoch, size)
    ]
    keys = (*ledger.witnesses.log_vkeys(), *ledger.witness_vkeys())
    listed.append(_put(folder, VKEYS, ("".join(f"{key}\n" for key in keys).encode(),)))
    manifest = Manifest(  # (5): all of it, signed
        version=BACKUP_VERSION,
        case=str(perimeter.now_s()),
        origin=keys[0].partition("+")[0],
        files=tuple(sorted(listed, key=lambda one: one.path)),
    )
    home_files.write_private(folder / MANIFEST, ledger.sign_bundle(manifest.to_text()))
    return Taken(
        folder=folder,
        files=len(listed),
        size_bytes=sum(one.size_bytes for one in listed),
        epoch=epoch,
        size=size,
    )


def look(folder: Path, *, trusted: Sequence[VerifierKey] = ()) -> Looked:
    """Check a backup: signature, every file's digest, every entry, tile and checkpoint.

    `trusted` are the log's key and the witnesses', known from elsewhere; without them only the
    backup's agreement with itself is shown.
    """
    seen, files = Looked(), FolderFiles(folder)
    try:
        log, witnesses = parse_vkeys(_small(files, VKEYS))
        if trusted and (log != trusted[0] or not set(trusted[1:]) <= set(witnesses)):
            raise Malformed("its keys are not the trusted ones")
        manifest = open_manifest(_small(files, MANIFEST), log, version=BACKUP_VERSION)
        seen.made_at_s = int(manifest.case) if manifest.case.isdigit() else 0
    except AdytonError as error:
        seen.failures.append(f"{MANIFEST}: {error.message}")
        return seen
    _check_digests(folder, files, manifest, seen)
    if not seen.failures:
        _check_record(folder, log, trusted, seen)
    return seen


def _check_digests(folder: Path, files: FolderFiles, manifest: Manifest, seen: Looked) -> None:
    listed = {one.path for one in manifest.files}
    for path in sorted(set(files) - listed - {MANIFEST}):
        seen.failures.append(f"{path}: is not listed in the manifest")
    for one in manifest.files:
        seen.files += 1
        try:
            check_path(one.path)
            if one.path not in files:
                raise Missing("is listed in the manifest but missing")
            found = _listed(folder, one.path)
        except AdytonError as error:
            seen.failures.append(f"{one.path}: {error.message}")
            continue
        if found != one:
            seen.failures.append(f"{one.path}: is not the file that the manifest lists")


def _check_record(
    folder: Path, log: VerifierKey, trusted: Sequence[VerifierKey], seen: Looked
) -> None:
    try:
        if home_files.read_small(folder / "format", limit_bytes=64).strip() != b"%d" % FORMAT:
            raise Misconfigured("is of a home format that this version does not know")
        config = read_config(home_files.read_small(folder / "config.toml").decode("utf-8"))
        copy = FactsCopy(folder / FACTS_FILE)
        try:
            seen.link = survey(
                store=copy,
                places=CopiedPlaces(folder, config.origin),
                memories=Memories((), keys={}, together=lambda _: None),
                reason=Reason.RESTORED,
            )
        finally:
            copy.close()
        if seen.link.before.keys[0] != log:
            raise Malformed("its newest checkpoint is by another key than its manifest")
        if not set(trusted) <= set(seen.link.before.keys):
            raise Malformed("a trusted key is not under its newest checkpoint")
    except (AdytonError, UnicodeDecodeError) as error:
        text = error.message if isinstance(error, AdytonError) else "is not text"
        seen.failures.append(f"record: {text}")


class CopiedPlaces:
    """`EpochPlaces` of a backup: trees to read, no heads, no keys."""

    def __init__(self, folder: Path, origin: str) -> None:
        self._folder = folder
        self._origin = origin

    def origin(self, epoch: int) -> str:
        """The origin of an epoch."""
        return origin_of(self._origin, epoch)

    def files(self, epoch: int) -> TreeFiles:
        """The published files of an epoch."""
        return LocalFiles(self._folder / "ledger" / str(epoch))

    def heads(self, epoch: int) -> "NoHead":  # noqa: ARG002  (the port's signature)
        """A backup holds none: it would be as old as the rest."""
        return NoHead()

    def signers(self, epoch: int) -> tuple[Signer, ...]:  # noqa: ARG002  (the port's signature)
        """There is no key in a backup."""
        raise Misconfigured("a backup holds no key of the log")


class NoHead:
    """The head that a backup does not hold."""

    def load(self) -> Head | None:
        """None."""
        return None

    def swap(self, old: Head | None, new: Head) -> NoReturn:  # noqa: ARG002  (the port's)
        """Nothing is signed from a backup."""
        raise Unavailable("a backup has no head")


def _steady(perimeter: Perimeter, epoch: int) -> tuple[bytes, dict[str, bytes]]:
    """The newest checkpoint with the files under it that will not stay: all of one moment."""
    files = LocalFiles(perimeter.paths.tree(epoch))
    for _ in range(_TRIES):
        note = perimeter.ledger.checkpoint()
        size = parse_checkpoint(parse_note(note).text).size
        partial = [path for path in _all_tiles(size) if ".p/" in path]
        found = {path: files.read(path) for path in (POLICY, *partial)}
        kept = {path: data for path, data in found.items() if data is not None}
        if len(kept) == len(found):
            return note, {CHECKPOINT: note, **kept}
    raise Unavailable("the record grew too fast to be copied", mend="try again")


def _all_tiles(size: int) -> Iterator[str]:
    for tile in tiles.tiles_of(size):
        yield tile.path()
        if tile.level == 0:
            yield tile.entries_path()


def _full_tiles(size: int) -> Iterator[str]:
    return (path for path in _all_tiles(size) if ".p/" not in path)


def _settled(perimeter: Perimeter, epoch: int, size: int) -> Iterator[tuple[str, Path]]:
    """What changes no more: its name in the backup, and where it lies."""
    paths = perimeter.paths
    for path in _full_tiles(size):
        yield f"ledger/{epoch}/{path}", paths.tree(epoch) / path
    for past in perimeter.ledger.past.epochs:
        for path in (CHECKPOINT, POLICY, *_all_tiles(past.size)):
            yield f"ledger/{past.epoch}/{path}", paths.tree(past.epoch) / path
    for name in _SETTINGS:
        yield name, paths.root / name
    for place in home_files.list_files(paths.vault):
        inner = place.relative_to(paths.vault)
        if not any(part.startswith(".") for part in inner.parts):  # drafts are disposable
            yield f"vault/{inner.as_posix()}", place


def _put(folder: Path, path: str, pieces: Iterable[bytes]) -> ListedFile:
    target, size = folder / path, 0

    def counted() -> Iterator[bytes]:
        nonlocal size
        for piece in pieces:
            size += len(piece)
            yield piece

    home_files.make_folder(target.parent)
    digest = home_files.write_stream(target, counted())
    return ListedFile(path=path, sha256=digest, size_bytes=size)


def _listed(folder: Path, path: str) -> ListedFile:
    digest, size = hashlib.sha256(), 0
    for block in home_files.read_blocks(folder / path):
        digest.update(block)
        size += len(block)
    return ListedFile(path=path, sha256=digest.hexdigest(), size_bytes=size)


def _small(files: FolderFiles, path: str) -> bytes:
    if path not in files:
        raise Missing(f"there is no {path}")
    return files[path]
