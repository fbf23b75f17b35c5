"""A vault with its world in memory: a ledger, people, approvers with keys, a shelf, a KMS."""

from collections.abc import Mapping, Sequence

from adyton import vault
from adyton.adapters.memory_ledger import ManualClock, MemoryWorld, SeededEntropy
from adyton.adapters.memory_vault import MemoryKms, MemoryShelf
from adyton.crypto import ids
from adyton.crypto.hpke import HpkeKey
from adyton.crypto.notes import Signer
from adyton.crypto.parts import CHUNK_BYTES
from adyton.terms import AssetKind, Entry, Fact, PersonId, Row, Secret, State
from adyton.vault.facts import APPROVERS, PEOPLE

PART_BYTES = 3 * CHUNK_BYTES
HOUR_S = 3600
GGUF = b"GGUF" + (3).to_bytes(4, "little") + (5).to_bytes(8, "little") + (7).to_bytes(8, "little")


def people_rows(entry: Entry, _state: State):
    """What `identity` writes, without its rules."""
    if entry.type == "person.set":
        row = entry.public
        yield Row(table=str(row["table"]), key=str(row["key"]), data=row["data"])


class VaultWorld:
    """Two people who ask, four approvers in two groups, one compartment."""

    def __init__(self, *, seed: int = 1) -> None:
        self.clock = ManualClock()
        self.entropy = SeededEntropy(seed)
        self.around = MemoryWorld(clock=self.clock, entropy=self.entropy)
        self.ledger = self.around.open([people_rows, vault.project])
        self.shelf = MemoryShelf()
        self.kms = MemoryKms()
        self.signer = Signer(name="adyton.invalid/manifest", seed=bytes(32))
        self.stop = False
        self.stopped: Exception | None = None
        self.compartment = ids.mint("cmp", self.entropy)
        self.rei, self.sam = self.person("Requester R"), self.person("Recipient S")
        self.keys: dict[PersonId, vault.ApproverKey] = {}
        self.ada, self.bo = self.approver("Guard A", "guard"), self.approver("Guard B", "guard")
        self.cy, self.di = self.approver("Counsel C", "law"), self.approver("Counsel D", "law")
        self.vault = self.start()

    def start(self) -> vault.Vault:
        """The vault of a fresh process."""
        return vault.Vault(
            shelf=self.shelf,
            kms=self.kms,
            ledger=self.ledger,
            clock=self.clock,
            entropy=self.entropy,
            signer=self.signer,
            check=self._check,
            part_bytes=PART_BYTES,
        )

    def _check(self, _session: vault.ReleaseSession) -> None:
        if self.stopped is not None:
            raise self.stopped

    def put(self, table: str, key: str, data: Mapping[str, object] | None) -> None:
        """A row as `identity` would write it."""
        public = {"table": table, "key": key, "data": None if data is None else dict(data)}
        self.ledger.append(Fact(type="person.set", subjects=(key,), public=public))

    def person(self, name: str) -> PersonId:
        """Somebody."""
        person = PersonId(ids.mint("per", self.entropy))
        self.put(PEOPLE, person, {"name": name, "ended_at": 0})
        return person

    def approver(self, name: str, group: str) -> PersonId:
        """Somebody with an approver's key."""
        person = self.person(name)
        self.keys[person] = vault.ApproverKey(
            sealing=HpkeKey.generate(self.entropy), signing=Secret(self.entropy.token(32))
        )
        self.enroll(person, group)
        return person

    def enroll(self, person: PersonId, group: str) -> None:
        """Write the keys of a person as enrolled."""
        public = self.keys[person].public(person)
        keys = {"hpke_public": public.hpke.hex(), "sign_public": public.sign.hex()}
        self.put(APPROVERS, person, {"group": group, **keys})

    def protect(
        self,
        files: Mapping[str, bytes | vault.PlainFile] | None = None,
        *,
        name: str = "model one",
        **changes,
    ) -> vault.Protected:
        """Seal weights."""
        content = {"model.gguf": weights()} if files is None else files
        arguments = {
            "asset": None,
            "name": name,
            "kind": AssetKind.WEIGHTS,
            "compartment": self.compartment,
            "files": {
                path: data if isinstance(data, vault.PlainFile) else vault.PlainFile.of(data)
                for path, data in content.items()
            },
            "quorum": self.vault.usual_quorum(),
            "by": self.rei,
        }
        return self.vault.protect(**{**arguments, **changes})

    def request(self, version, *, purpose=vault.Purpose.CHECKOUT, life_s=HOUR_S, **changes):
        """Ask for an hour."""
        arguments = {
            "version": version,
            "purpose": purpose,
            "recipient": self.sam,
            "expires_at_s": int(self.clock.now_s()) + life_s,
            "by": self.rei,
            "reason": "evaluation on site",
        }
        return self.vault.request(**{**arguments, **changes})

    def approval(self, request: vault.ReleaseRequest, person: PersonId) -> vault.Approval:
        """The signed yes, made on the approver's own side."""
        share = self.vault.share_for(request.id, person)
        return vault.approve_request(request.to_bytes(), share, self.keys[person])

    def opened(self, version, people: Sequence[PersonId] = (), **changes) -> vault.ReleaseSession:
        """Request, approve by two, open."""
        request = self.request(version, **changes)
        for person in people or (self.ada, self.cy):
            self.vault.approve(self.approval(request, person))
        return self.vault.open(request.id)

    def facts(self, kind: str):
        """The recorded facts of one type."""
        return [entry for entry in self.ledger.entries(limit=10_000) if entry.type == kind]


def weights(size: int = 100_000) -> bytes:
    """A file that looks like GGUF."""
    return (GGUF + bytes(range(256)) * (size // 256 + 1))[:size]
