"""A witness of other people's logs: its home, its keys, whom it trusts, its server.

Everything here runs with the base install alone. A witness home belongs to one process at a time:

    format                     "1"
    owner.lock                 the owner's lock
    keys/ed25519.seed, keys/mldsa44.seed     trusted, and nowhere else
    name                       what its keys are called
    logs                       verifier keys of logs, one a line. Trusted
    <hex sha256(origin)>/checkpoint          the last one that it cosigned. Trusted
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from adyton.adapters import home_files
from adyton.adapters.clock import SystemClock, SystemEntropy
from adyton.adapters.home_files import HomeLock
from adyton.adapters.localfs import LocalWitnessMemory
from adyton.adapters.witness_server import WitnessServer
from adyton.crypto.notes import COSIGNATURE, ED25519, MLDSA44, Signer, VerifierKey, parse_vkey
from adyton.ledger.witness import LocalWitness
from adyton.terms import Conflict, Malformed, Misconfigured, Missing

FORMAT = b"1\n"
SEED_BYTES = 32
LARGEST_FILE_BYTES = 1 << 20
SEEDS = {"ed25519.seed": COSIGNATURE, "mldsa44.seed": MLDSA44}


@dataclass(frozen=True, slots=True)
class WitnessHome:
    """The places of the witness whose home is `root`."""

    root: Path

    @classmethod
    def of(cls, root: str | Path) -> "WitnessHome":
        """The witness home `root`."""
        return cls(Path(root).expanduser().resolve())

    def init(self, name: str) -> tuple[str, ...]:
        """A new witness: its keys are made here and never leave. Gives its verifier keys.

        Raises Conflict if something is there already, Malformed (the name).
        """
        if home_files.is_in_use(self.root):
            raise Conflict(f"{self.root} is not empty", mend="choose another folder")
        seeds = {file: SystemEntropy().token(SEED_BYTES) for file in SEEDS}
        vkeys = [
            str(Signer(name=name, seed=seed, algorithm=SEEDS[file]).key)
            for file, seed in seeds.items()
        ]
        home_files.make_folder(self.root)
        home_files.make_folder(self.root / "keys")
        for file, seed in seeds.items():
            home_files.write_private(self.root / "keys" / file, f"{seed.hex()}\n".encode())
        home_files.write_private(self.root / "name", f"{name}\n".encode())
        home_files.write_private(self.root / "logs", b"")
        home_files.write_private(self.root / "format", FORMAT)
        return tuple(vkeys)

    def vkeys(self) -> tuple[str, ...]:
        """The verifier keys of this witness."""
        return tuple(str(signer.key) for signer in self._signers())

    def trust(self, vkeys: Sequence[str]) -> tuple[str, ...]:
        """Cosign the logs of these keys from now on; gives the origins of all logs trusted.

        A log with several keys must sign with each of them. Raises Malformed, Conflict (the
        witness serves: stop it first).
        """
        fresh = [parse_vkey(line.strip()) for line in vkeys if line.strip()]
        if not fresh or any(key.algorithm not in {ED25519, MLDSA44} for key in fresh):
            raise Malformed("that is no verifier key of a log", mend="see adyton ledger vkey")
        with self._owned():
            known = list(self._trusted())
            known += [key for key in fresh if key not in known]
            lines = "".join(f"{key}\n" for key in known)
            home_files.write_private(self.root / "logs", lines.encode())
        return tuple(sorted({key.name for key in known}))

    @contextmanager
    def serving(
        self, *, host: str, port: int, prefix: str = "", tls: tuple[Path, Path] | None = None
    ) -> Iterator[WitnessServer]:
        """While inside: this process owns the home and the server listens.

        Raises Conflict (another process owns it), Misconfigured, Unavailable.
        """
        with self._owned():
            logs: dict[str, tuple[VerifierKey, ...]] = {}
            for key in self._trusted():
                logs[key.name] = (*logs.get(key.name, ()), key)
            memory = LocalWitnessMemory(self.root)
            witness = LocalWitness(
                signers=self._signers(), logs=logs, memory=memory, clock=SystemClock()
            )
            with WitnessServer(
                host=host,
                port=port,
                prefix=prefix,
                tls=tls,
                clock=SystemClock(),
                add_checkpoint=witness.add_checkpoint,
                show=memory.show,
            ) as server:
                yield server

    @contextmanager
    def _owned(self) -> Iterator[None]:
        self._check()
        lock = HomeLock(self.root / "owner.lock")
        lock.take()
        try:
            yield
        finally:
            lock.free()

    def _check(self) -> None:
        try:
            known = home_files.read_small(self.root / "format", limit_bytes=64) == FORMAT
        except Missing as error:
            raise Misconfigured(
                f"{self.root} is no witness", mend="run: adyton witness init NAME --dir DIR"
            ) from error
        if not known:
            raise Misconfigured("this witness has a format not known here", mend="upgrade adyton")

    def _signers(self) -> tuple[Signer, ...]:
        self._check()
        name = self._text("name").strip()
        return tuple(
            Signer(name=name, seed=self._seed(file), algorithm=algorithm)
            for file, algorithm in SEEDS.items()
        )

    def _seed(self, file: str) -> bytes:
        try:
            seed = bytes.fromhex(self._text(f"keys/{file}").strip())
        except ValueError as error:
            raise Misconfigured(f"keys/{file} holds no key", mend="restore it") from error
        if len(seed) != SEED_BYTES:
            raise Misconfigured(f"keys/{file} holds no key", mend="restore it")
        return seed

    def _trusted(self) -> tuple[VerifierKey, ...]:
        return tuple(parse_vkey(line) for line in self._text("logs").splitlines() if line)

    def _text(self, name: str) -> str:
        try:
            data = home_files.read_small(self.root / name, limit_bytes=LARGEST_FILE_BYTES)
        except Missing as error:
            raise Misconfigured(f"{name} of the witness is gone", mend="restore it") from error
        return data.decode("utf-8", "replace")
