"""A backup put into an empty place. It is not the old record: two people begin a new epoch there.

1. everything in the backup is checked before the first byte is written;
2. the data is laid down; the number of the home's format comes last, so that half of a home is
   none;
3. keys from the escrow, if one is given, without those that the record says are destroyed;
4. a local witness with a key of its own, where none stands there already: one that does is a
   memory, and is left as it is; so is a head;
5. the rows of current state, rebuilt from the facts.
"""

from dataclasses import dataclass
from pathlib import Path

from adyton.adapters import home_files
from adyton.adapters.clock import SystemEntropy
from adyton.assembly import storage
from adyton.assembly.backups import FACTS_FILE, look
from adyton.assembly.config import read_config
from adyton.assembly.escrow import Payload, body_key
from adyton.assembly.home import HomePaths
from adyton.assembly.renewal import erasures_file, read_erasures
from adyton.assembly.standing import standing
from adyton.crypto.epochlink import EpochLink
from adyton.crypto.notes import VerifierKey
from adyton.ledger.erasing import erased_keys
from adyton.ledger.lost import Lost
from adyton.terms import Conflict, Misconfigured, Tampered


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was restored, and what is not known."""

    made_at_s: int
    link: EpochLink
    keys_of_s: int  # when the escrow was made; 0 without one
    erasures: int  # on the list given; they are carried out when the epoch begins
    lost: int  # bodies whose key is not here, though no fact of erasure explains that


def restore(
    folder: Path,
    home: Path,
    *,
    escrow: Payload | None = None,
    erasures: Path | None = None,
    trusted: tuple[VerifierKey, ...] = (),
) -> Restored:
    """Lay a backup down as the home `home`.

    Raises Tampered (something in the backup does not hold), Conflict (the place is in use).
    """
    paths = HomePaths.of(home)
    if home_files.is_in_use(paths.root):
        raise Conflict(f"{paths.root} is not empty", mend="choose another folder")
    listed = read_erasures(erasures) if erasures is not None else ()
    found = look(folder, trusted=trusted)  # (1)
    if found.failures or found.link is None:
        raise Tampered(f"the backup does not hold: {found.failures[0]}")
    try:
        _lay_down(folder, paths)  # (2)
        if escrow is not None:
            _put_keys(paths, escrow)  # (3)
        if erasures is not None:
            home_files.write_private(erasures_file(paths), home_files.read_small(erasures))
        _put_witness(paths)  # (4)
        home_files.write_private(paths.format, home_files.read_small(folder / "format"))
        lost = _rebuild(paths)  # (5)
    except BaseException:
        home_files.remove(paths.root)
        raise
    return Restored(
        made_at_s=found.made_at_s,
        link=found.link,
        keys_of_s=0 if escrow is None else escrow.made_at_s,
        erasures=len(listed),
        lost=lost,
    )


def _lay_down(folder: Path, paths: HomePaths) -> None:
    for made in (paths.root, paths.keys, paths.state, paths.scratch, paths.vault):
        home_files.make_folder(made)
    _copy(folder / "config.toml", paths.config)
    _copy(folder / FACTS_FILE, paths.state / "state.db")
    for tree, target in (
        (folder / "ledger", paths.tree(1).parent),
        (folder / "vault", paths.vault),
    ):
        if tree.exists():
            for place in home_files.list_files(tree):
                _copy(place, target / place.relative_to(tree))


def _copy(source: Path, target: Path) -> None:
    home_files.make_folder(target.parent)
    home_files.write_stream(target, home_files.read_blocks(source))


def _put_keys(paths: HomePaths, escrow: Payload) -> None:
    for name, content in escrow.files.items():
        if "/" in name or name.startswith("."):
            raise Misconfigured("the escrow holds a name that no key has")
        home_files.write_private(paths.keys / name, content)
    body_keys = storage.open_body_keys(paths)
    try:
        body_keys.add_all([body_key(kept) for kept in escrow.body_keys])
    finally:
        body_keys.close()


def _put_witness(paths: HomePaths) -> None:
    config = read_config(home_files.read_small(paths.config).decode())
    home_files.make_folder(paths.heads(config))
    key = paths.witness(config) / "witness.key"
    if not key.exists():
        home_files.make_folder(key.parent)
        seed = SystemEntropy().token(storage.SEED_BYTES).hex().encode()
        home_files.write_private(key, seed + b"\n")


def _rebuild(paths: HomePaths) -> int:
    with standing(paths) as here:
        lost = Lost()
        state = here.rebuilt(lost=lost)
        here.body_keys.destroy(erased_keys(state))
        here.replace(state)
        return lost.bodies
