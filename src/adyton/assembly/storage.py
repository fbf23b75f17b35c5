"""The ledger of a home: which adapters keep what, and under which keys."""

from collections.abc import Mapping, Sequence
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
from adyton.assembly.home import EPOCH, LOG_NAME, HomePaths
from adyton.assembly.quorum import quorum_rules
from adyton.crypto.mldsa import MLDSA44_SIGNATURE_BYTES
from adyton.crypto.notes import COSIGNATURE, MLDSA44, Signature, Signer, parse_note, parse_vkey
from adyton.crypto.tlogpolicy import parse_policy, render_policy
from adyton.ledger import Ledger, Projection
from adyton.ledger.reserve import Reserve, Room, marks_of, room_at
from adyton.ledger.witness import LocalWitness
from adyton.ledger.witnesses import LOCAL, Asked, Witnesses
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
        "lock.set",
        "organisation.ended",
        "person.ended",
        "quorum.lost",
        "quorum.regained",
        "release.closed",
        "writer.lost",
        "writer.started",
        "writer.stopped",
    }
)
"""What closes and contains, and without what nobody could start: recorded into the last room."""
HELD = ("credentials", "people", "orgs")  # what telling who somebody is looks up
MLDSA_KEY = "log-mldsa.key"
TIME_BYTES = 8  # before the signature in a cosignature's line


def may_make(path: Path, paths: HomePaths, config: Config) -> None:
    """Raise Misconfigured for a key that is gone though the record was signed already.

    A key made anew would begin another history under the old name.
    """
    if paths.head(config).exists():
        raise Misconfigured(
            f"{path.name} is gone, though the record was signed with it",
            mend="restore it from its own backup",
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


def log_signers(paths: HomePaths, config: Config) -> tuple[Signer, ...]:
    """The keys that sign checkpoints, all under the log's name: Ed25519, and ML-DSA-44.

    A home made before there was ML-DSA goes on with Ed25519 alone. Raises Misconfigured where a
    key is gone that checkpoints were signed with.
    """
    first = Signer(name=config.origin, seed=seed_in(paths.keys / "log.key", paths, config))
    place = paths.keys / MLDSA_KEY
    if not place.exists() and paths.head(config).exists():
        if _signed_with_mldsa(paths, config):
            may_make(place, paths, config)
        return (first,)
    seed = seed_in(place, paths, config)
    return (first, Signer(name=config.origin, seed=seed, algorithm=MLDSA44))


def _signed_with_mldsa(paths: HomePaths, config: Config) -> bool:
    """Whether a checkpoint that is kept here bears an ML-DSA line of the log's own."""
    kept = (
        LocalFiles(paths.log).read("checkpoint"),
        LocalWitnessMemory(paths.witness(config)).load(config.origin),
    )
    return any(
        one.name == config.origin and len(one.signature) == TIME_BYTES + MLDSA44_SIGNATURE_BYTES
        for note in kept
        if note is not None
        for one in _lines(note)
    )


def _lines(note: bytes) -> Sequence[Signature]:
    try:
        return parse_note(note).signatures
    except Malformed:  # opening the ledger says what is wrong with it
        return ()


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
    keys = tuple(one.key for one in log_signers(paths, config))
    return LocalWitness(
        signers=(signer,),
        logs={config.origin: keys},
        memory=LocalWitnessMemory(folder),
        clock=SystemClock(),
    )


def witnesses_of(paths: HomePaths, config: Config) -> Witnesses:
    """The local witness and those of the settings, under the quorum of the settings.

    Raises Misconfigured, naming the setting.
    """
    local = local_witness(paths, config)
    named: dict[str, list[str]] = {}
    for name, one in config.witnesses.items():
        named.setdefault(one.url, []).append(name)
    asked = [Asked(witness=local, names=(LOCAL,), where=str(paths.witness(config)))]
    for url, names in named.items():
        witness = HttpWitness(url, ca_file=config.witnesses[names[0]].ca_file)
        asked.append(Asked(witness=witness, names=tuple(names), where=url))
    everybody = f"group every all {' '.join((LOCAL, *config.witnesses))}\nquorum every"
    usual = everybody if config.witnesses else f"quorum {LOCAL}"
    try:
        text = render_policy(
            logs=[one.key for one in log_signers(paths, config)],
            witnesses={
                LOCAL: local.keys()[0],
                **{name: parse_vkey(one.vkey) for name, one in config.witnesses.items()},
            },
            urls={name: one.url for name, one in config.witnesses.items()},
            quorum=config.ledger.quorum.strip() or usual,
        )
        return Witnesses(
            policy=parse_policy(text),
            asked=asked,
            clock=SystemClock(),
            together=SystemThreads().together,
        )
    except Malformed as error:
        raise Misconfigured(
            f"config.toml: [ledger] quorum or [witnesses]: {error.message}",
            mend="see docs/operate/witness.md",
        ) from error


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
    signer, *further = log_signers(paths, config)
    return Ledger.open(
        store=SqliteFacts(paths.state / "state.db", held=HELD),
        files=LocalFiles(paths.log),
        heads=LocalHead(paths.head(config)),
        body_keys=body_keys,
        witnesses=witnesses_of(paths, config),
        rules=quorum_rules(config.ledger),
        signer=signer,
        further_signers=further,
        clock=SystemClock(),
        entropy=SystemEntropy(),
        threads=SystemThreads(),
        projections=projections,
        log=LOG_NAME,
        epoch=EPOCH,
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


def verify_record(
    paths: HomePaths, config: Config, ledger: Ledger, *, kept: Mapping[str, bytes]
) -> tuple[int, tuple[str, ...]]:
    """The size of the published log, and every problem in it, also beside `kept` checkpoints."""
    head = LocalHead(paths.head(config)).load()
    problems = ledger.verify(kept=kept)
    return head.size if head else 0, tuple(f"{one.where}: {one.what}" for one in problems)
