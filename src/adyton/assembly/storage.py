"""The ledger of a home: which adapters keep what, and under which keys."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from adyton.adapters import home_files
from adyton.adapters.clock import SystemClock, SystemEntropy
from adyton.adapters.free_space import LocalSpace
from adyton.adapters.kms_local import LocalKms
from adyton.adapters.localfs import LocalFiles, LocalHead, LocalWitnessMemory
from adyton.adapters.sqlite import SqliteBodyKeys, SqliteFacts
from adyton.adapters.threads import SystemThreads
from adyton.adapters.witness_client import HttpWitness
from adyton.assembly.config import Config
from adyton.assembly.home import LOG_NAME, HomePaths
from adyton.assembly.quorum import quorum_rules
from adyton.crypto.epochlink import epoch_of, origin_of
from adyton.crypto.mldsa import MLDSA44_SIGNATURE_BYTES
from adyton.crypto.notes import (
    COSIGNATURE,
    MLDSA44,
    Signature,
    Signer,
    VerifierKey,
    parse_note,
    parse_vkey,
)
from adyton.crypto.tlogpolicy import parse_policy, render_policy
from adyton.ledger import Ledger, Projection
from adyton.ledger.reserve import Reserve, Room, marks_of, room_at
from adyton.ledger.witness import LocalWitness
from adyton.ledger.witnesses import LOCAL, THIS_HOST, Asked, Memories, Witnesses
from adyton.terms import Malformed, Misconfigured

SEED_BYTES = 32
MIB = 1 << 20
LAST_RECORDED = frozenset(
    {
        "action.approved",
        "action.done",
        "action.planned",
        "action.undone",
        "action.verified",
        "answer.closed",
        "clock.jumped",
        "credential.revoked",
        "entitlement.revoked",
        "epoch.started",
        "hold.added",
        "lock.set",
        "organisation.ended",
        "person.ended",
        "quorum.lost",
        "quorum.regained",
        "refusals.lost",
        "release.closed",
        "writer.lost",
        "writer.started",
        "writer.stopped",
    }
)
"""What closes and contains, and without what nobody could start: recorded into the last room."""
HELD = ("credentials", "people", "orgs")  # what telling who somebody is looks up
TIME_BYTES = 8  # before the signature in a cosignature's line


def may_make(path: Path, paths: HomePaths, config: Config) -> None:
    """Raise Misconfigured for a key that is gone though the record was signed already.

    A key made anew would begin another history under the old name.
    """
    if paths.head(config).exists() or (paths.tree(1) / "checkpoint").exists():
        raise Misconfigured(
            f"{path.name} is gone, though the record was signed with it",
            mend="restore it from its own backup; docs/operate/keys-lost.md if there is none",
        )


def seed_in(path: Path, paths: HomePaths, config: Config) -> bytes:
    """The key seed in a file, made at first use in a new home. Trusted."""
    if not path.exists():
        may_make(path, paths, config)
        home_files.make_folder(path.parent)
        home_files.write_private(path, SystemEntropy().token(SEED_BYTES).hex().encode() + b"\n")
    text = home_files.read_small(path, limit_bytes=256).strip()
    try:
        seed = bytes.fromhex(text.decode("ascii"))
    except ValueError as error:
        raise Misconfigured(f"{path.name} holds no key", mend="restore it") from error
    if len(seed) != SEED_BYTES:
        raise Misconfigured(f"{path.name} holds no key", mend="restore it")
    return seed


def log_signers(paths: HomePaths, config: Config, epoch: int = 1) -> tuple[Signer, ...]:
    """The keys that sign an epoch's checkpoints, all under its name: Ed25519, and ML-DSA-44.

    A home made before there was ML-DSA goes on with Ed25519 alone. Raises Misconfigured where a
    key is gone that checkpoints were signed with.
    """
    name = origin_of(config.origin, epoch)
    first = Signer(name=name, seed=seed_in(paths.log_key(epoch), paths, config))
    place = paths.mldsa_key(epoch)
    begun = paths.head(config).exists() or (paths.tree(1) / "checkpoint").exists()
    if not place.exists() and begun:
        if _signed_with_mldsa(paths, config, range(paths.keyed(epoch), epoch + 1)):
            may_make(place, paths, config)
        return (first,)
    seed = seed_in(place, paths, config)
    return (first, Signer(name=name, seed=seed, algorithm=MLDSA44))


def _signed_with_mldsa(paths: HomePaths, config: Config, epochs: Sequence[int]) -> bool:
    """Whether a checkpoint of these epochs that is kept here bears an ML-DSA line of the log's."""
    memory = LocalWitnessMemory(paths.witness(config))
    for epoch in epochs:
        origin = origin_of(config.origin, epoch)
        for note in (LocalFiles(paths.tree(epoch)).read("checkpoint"), memory.load(origin)):
            if note is not None and any(
                one.name == origin and len(one.signature) == TIME_BYTES + MLDSA44_SIGNATURE_BYTES
                for one in _lines(note)
            ):
                return True
    return False


def _lines(note: bytes) -> Sequence[Signature]:
    try:
        return parse_note(note).signatures
    except Malformed:  # opening the ledger says what is wrong with it
        return ()


class HomePlaces:
    """`EpochPlaces` of a home: `ledger/main/<n>/`, `main-<n>.head`, and the key of each epoch."""

    def __init__(self, paths: HomePaths, config: Config) -> None:
        self._paths = paths
        self._config = config

    def origin(self, epoch: int) -> str:
        """The configured origin; with `/n` from epoch 2 on."""
        return origin_of(self._config.origin, epoch)

    def files(self, epoch: int) -> LocalFiles:
        """The published files of an epoch."""
        return LocalFiles(self._paths.tree(epoch))

    def heads(self, epoch: int) -> LocalHead:
        """The head of an epoch."""
        return LocalHead(self._paths.head(self._config, epoch))

    def signers(self, epoch: int) -> tuple[Signer, ...]:
        """The keys under whose name an epoch's checkpoints are signed."""
        return log_signers(self._paths, self._config, epoch)


class OwnOrigins(Mapping[str, Sequence[VerifierKey]]):
    """What the local witness trusts: every epoch of this home's log, and nothing else.

    That the same host trusts its own next epoch is why this witness catches accidents only; at a
    witness elsewhere its keeper has to trust each new origin.
    """

    def __init__(self, places: HomePlaces) -> None:
        self._places = places

    def __getitem__(self, origin: str) -> Sequence[VerifierKey]:
        """The keys of an origin."""
        epoch = epoch_of(origin, self._places.origin(1))
        if epoch is None:
            raise KeyError(origin)
        return tuple(one.key for one in self._places.signers(epoch))

    def __iter__(self) -> Iterator[str]:
        """The first of them: there is no end to epochs."""
        return iter((self._places.origin(1),))

    def __len__(self) -> int:
        """As many as `__iter__` gives."""
        return 1


def manifest_signer(paths: HomePaths, config: Config) -> Signer:
    """The key that signs the manifests of sealed versions."""
    return Signer(
        name=f"{config.origin}/vault", seed=seed_in(paths.keys / "manifest.key", paths, config)
    )


def local_witness(paths: HomePaths, config: Config) -> LocalWitness:
    """The witness beside the home: it catches accidents, not an administrator of this host."""
    folder = paths.witness(config)
    signer = Signer(
        name=f"{config.origin}/witness",
        seed=seed_in(folder / "witness.key", paths, config),
        algorithm=COSIGNATURE,
    )
    return LocalWitness(
        signers=(signer,),
        logs=OwnOrigins(HomePlaces(paths, config)),
        memory=LocalWitnessMemory(folder),
        clock=SystemClock(),
    )


class HomeWitnesses:
    """`WitnessesOf` of a home: the local one and those of the settings, under their quorum."""

    def __init__(self, paths: HomePaths, config: Config) -> None:
        self._paths = paths
        self._config = config
        local = local_witness(paths, config)
        self._keys = {LOCAL: local.keys()[0]}
        named: dict[str, list[str]] = {}
        for name, one in config.witnesses.items():
            named.setdefault(one.url, []).append(name)
        where = str(paths.witness(config))
        self._asked = [Asked(witness=local, names=(LOCAL,), where=where, machine=THIS_HOST)]
        for url, names in named.items():
            witness = HttpWitness(
                url, clock=SystemClock(), ca_file=config.witnesses[names[0]].ca_file
            )
            self._asked.append(
                Asked(witness=witness, names=tuple(names), where=url, machine=witness.machine)
            )
        try:
            for name, one in config.witnesses.items():
                self._keys[name] = parse_vkey(one.vkey)
        except Malformed as error:
            raise _misconfigured(error) from error

    def epoch(self, epoch: int) -> Witnesses:
        """All of them under an epoch's keys of the log. Raises Misconfigured."""
        config = self._config
        everybody = f"group every all {' '.join(self._keys)}\nquorum every"
        usual = everybody if config.witnesses else f"quorum {LOCAL}"
        try:
            text = render_policy(
                logs=[one.key for one in log_signers(self._paths, config, epoch)],
                witnesses=self._keys,
                urls={name: one.url for name, one in config.witnesses.items()},
                quorum=config.ledger.quorum.strip() or usual,
            )
            return Witnesses(
                policy=parse_policy(text),
                asked=self._asked,
                clock=SystemClock(),
                together=SystemThreads().together,
            )
        except Malformed as error:
            raise _misconfigured(error) from error

    def memories(self) -> Memories:
        """What they remember, asked anew."""
        return Memories(self._asked, keys=self._keys, together=SystemThreads().together)


def _misconfigured(error: Malformed) -> Misconfigured:
    return Misconfigured(
        f"config.toml: [ledger] quorum or [witnesses]: {error.message}",
        mend="see docs/operate/witness.md",
    )


def next_vkeys(paths: HomePaths, config: Config, ledger: Ledger) -> tuple[str, ...]:
    """The log's verifier keys of the epoch after this one, unless it is re-keyed."""
    signers = log_signers(paths, config, ledger.trees.position.epoch + 1)
    return tuple(str(one.key) for one in signers)


def open_body_keys(paths: HomePaths) -> SqliteBodyKeys:
    """The keys of sealed bodies, in a database of their own. The caller closes it."""
    return SqliteBodyKeys(paths.state / "bodykeys.db")


def open_ledger(
    paths: HomePaths,
    config: Config,
    *,
    body_keys: SqliteBodyKeys,
    projections: Sequence[Projection],
) -> Ledger:
    """The home's main log. Raises Tampered, naming what disagrees, and Unavailable."""
    return Ledger.open(
        store=SqliteFacts(paths.state / "state.db", held=HELD),
        places=HomePlaces(paths, config),
        body_keys=body_keys,
        witnesses=HomeWitnesses(paths, config),
        rules=quorum_rules(config.ledger),
        clock=SystemClock(),
        entropy=SystemEntropy(),
        threads=SystemThreads(),
        projections=projections,
        log=LOG_NAME,
        due_s=config.ledger.promise_due_s,
        space=LocalSpace(paths.state),
        reserve=reserve_of(config),
    )


def reserve_of(config: Config) -> Reserve:
    """The room that is kept on the disk of the record. Raises Misconfigured."""
    settings = config.reserve
    if settings.uses_mib > settings.refusals_mib:
        raise Misconfigured(
            "config.toml: reserve.uses_mib is more than reserve.refusals_mib",
            mend="bad requests have to stop before uses do",
        )
    return Reserve(
        low_bytes=settings.refusals_mib * MIB,
        floor_bytes=settings.uses_mib * MIB,
        last=LAST_RECORDED,
    )


def room_now(paths: HomePaths, config: Config) -> tuple[bool, str]:
    """Whether there is room for everything on the disk of the record, and a sentence on it."""
    space = LocalSpace(paths.state).measure()
    low, floor = marks_of(reserve_of(config), space.total_bytes)
    room = room_at(space.free_bytes, (low, floor), before=Room.AMPLE)
    text = (
        f"{space.free_bytes // MIB} MiB are free for the record; below {low // MIB} MiB bad "
        f"requests are only counted, below {floor // MIB} MiB nothing is forwarded"
    )
    return room is Room.AMPLE, text


def open_kms(paths: HomePaths, config: Config) -> LocalKms:
    """The local key service, made at first use in a new home."""
    file = paths.keys / "kms.json"
    if file.exists():
        return LocalKms.load(file, SystemEntropy())
    may_make(file, paths, config)
    return LocalKms.make(file, SystemEntropy())


def verify_record(ledger: Ledger, *, kept: Mapping[str, bytes]) -> tuple[int, tuple[str, ...]]:
    """How many entries the record holds, and every problem in it, also beside `kept` checkpoints.

    Each of these goes to the epoch whose origin it names.
    """
    problems = ledger.verify(kept=kept)
    return ledger.trees.position.size, tuple(f"{one.where}: {one.what}" for one in problems)
