"""Where everything of one perimeter lies, and how a new home comes to be.

Home format 1: see `docs/formats/home.md`.
"""

from dataclasses import dataclass
from pathlib import Path

from adyton.adapters import home_files
from adyton.adapters.clock import SystemEntropy
from adyton.assembly.config import Config, first_config, read_config
from adyton.crypto.ids import mint
from adyton.terms import Conflict, CredentialId, Misconfigured, Missing, OrgId, PersonId, Secret

FORMAT = 1
LOG_NAME = "main"


@dataclass(frozen=True, slots=True)
class HomePaths:
    """The places of the perimeter whose home is `root`."""

    root: Path

    @classmethod
    def of(cls, home: str | Path) -> "HomePaths":
        """The paths of the home folder `home`."""
        return cls(Path(home).expanduser().resolve())

    @property
    def format(self) -> Path:
        """The number of the home's format."""
        return self.root / "format"

    @property
    def config(self) -> Path:
        """The settings."""
        return self.root / "config.toml"

    @property
    def lock(self) -> Path:
        """The owner's lock."""
        return self.root / "owner.lock"

    @property
    def socket(self) -> Path:
        """The owner's Unix socket."""
        return self.root / "owner.sock"

    def tree(self, epoch: int) -> Path:
        """The tlog-tiles folder of an epoch of the main log. Trusted with its head."""
        return self.root / "ledger" / LOG_NAME / str(epoch)

    def log_key(self, epoch: int) -> Path:
        """The Ed25519 key of an epoch: the newest that was made for it or for one before."""
        made = self.keyed(epoch)
        return self.keys / ("log.key" if made == 1 else f"log-{made}.key")

    def mldsa_key(self, epoch: int) -> Path:
        """The ML-DSA key that was made together with it."""
        made = self.keyed(epoch)
        return self.keys / ("log-mldsa.key" if made == 1 else f"log-mldsa-{made}.key")

    def keyed(self, epoch: int) -> int:
        """The epoch for which the keys of an epoch were made."""
        made = (one for one in range(epoch, 1, -1) if (self.keys / f"log-{one}.key").exists())
        return next(made, 1)

    @property
    def keys(self) -> Path:
        """Keys that the server must hold. Trusted; not in backups of the data."""
        return self.root / "keys"

    @property
    def state(self) -> Path:
        """Databases: entries and bodies (trusted), rows (rebuildable), body keys (trusted)."""
        return self.root / "state"

    @property
    def vault(self) -> Path:
        """Sealed parts. Trusted to keep."""
        return self.root / "vault"

    @property
    def scratch(self) -> Path:
        """Private temporary files. Disposable, empty when idle."""
        return self.root / "tmp"

    @property
    def timeline(self) -> Path:
        """Segments for questions, and followers' cursors. Rebuildable; not in backups."""
        return self.root / "timeline"

    @property
    def operator_key(self) -> Path:
        """The first operator's credential, beside the home."""
        return self.root.with_name(self.root.name + "-operator.key")

    def heads(self, config: Config) -> Path:
        """The folder of heads, on another path than the tiles."""
        return Path(config.paths.head or str(self.root) + "-head")

    def head(self, config: Config, epoch: int = 1) -> Path:
        """The last signed size and root of an epoch."""
        return self.heads(config) / f"{LOG_NAME}-{epoch}.head"

    def witness(self, config: Config) -> Path:
        """The local witness's folder."""
        return Path(config.paths.witness or str(self.root) + "-witness")

    def read_config(self) -> Config:
        """Check the home's format and read its settings. Raises Misconfigured, Unavailable."""
        try:
            number = home_files.read_small(self.format, limit_bytes=64).strip()
        except Missing as error:
            raise Misconfigured(
                f"{self.root} is not a perimeter", mend=f"run: adyton init --home {self.root}"
            ) from error
        if number != str(FORMAT).encode():
            raise Misconfigured(
                "this home has a format that this version does not know", mend="upgrade adyton"
            )
        try:
            text = home_files.read_small(self.config)
        except Missing as error:
            raise Misconfigured("the home has no config.toml", mend="restore it") from error
        return read_config(text.decode("utf-8", "replace"))

    def kept_apart(self, config: Config) -> tuple[Path, ...]:
        """Places that hold what no operation may read or write as if it were anybody's file."""
        keys = tuple(Path(one.key_file) for one in config.upstreams.values() if one.key_file)
        folders = (self.root, self.heads(config), self.witness(config))
        return tuple(one.resolve() for one in (*folders, self.operator_key, *keys))


@dataclass(frozen=True, slots=True, kw_only=True)
class Initialised:
    """What `init_home` made. `key` goes to the first operator and nowhere else."""

    paths: HomePaths
    org: OrgId
    operator: PersonId
    credential: CredentialId
    key: Secret[str]
    vkey: str


def check_free(paths: HomePaths) -> None:
    """Raise Conflict where something stands that a new home would mix with."""
    places = (paths.root, paths.heads(Config()), paths.witness(Config()))
    for place in places:
        if home_files.is_in_use(place):
            raise Conflict(f"{place} is not empty", mend="choose another folder")


def lay_out(paths: HomePaths) -> None:
    """Make the folders and the first settings of a home. The caller found the places free."""
    folders = (paths.root, paths.tree(1), paths.keys, paths.state, paths.vault, paths.scratch)
    for folder in folders:
        home_files.make_folder(folder)
    origin = "adyton.invalid/" + mint("log", SystemEntropy())[4:]
    home_files.write_private(paths.config, first_config(origin).encode())
    config = read_config(home_files.read_small(paths.config).decode())
    home_files.make_folder(paths.heads(config))
    home_files.make_folder(paths.witness(config))
    home_files.write_private(paths.format, f"{FORMAT}\n".encode())
