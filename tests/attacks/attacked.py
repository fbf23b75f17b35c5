"""A real home, and an administrator who owns every file and key of it.

What he does not own is what others remember: a checkpoint or a receipt in a user's hands, a witness
on another machine, the counters of somebody else. Each attack is as good as we can make it.
"""

import shutil
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from adyton.adapters.clock import SystemClock
from adyton.adapters.localfs import LocalFiles, LocalHead
from adyton.adapters.memory_ledger import MemoryWitnessMemory
from adyton.assembly import HomePaths, init_home, storage
from adyton.assembly.completeness import reconcile_record
from adyton.assembly.perimeter import PROJECTIONS, Perimeter
from adyton.crypto import tiles
from adyton.crypto.checkpoints import open_checkpoint
from adyton.crypto.merkle import make_consistency_proof, tree_from_nodes
from adyton.crypto.notes import COSIGNATURE, Signer
from adyton.crypto.tlogproof import check_proof, parse_proof
from adyton.ledger.ports import Head
from adyton.ledger.publisher import nodes
from adyton.ledger.verify import check_log
from adyton.ledger.witness import LocalWitness, ask_witness
from adyton.terms import Employment, Fact, Malformed, Role, Tampered

ELSEWHERE = Signer(name="elsewhere.invalid/w", seed=b"e" * 32, algorithm=COSIGNATURE)
PEOPLE = 6
LATER = 4


@dataclass(frozen=True)
class Memory:
    """What stays out of the administrator's reach. `notes` is what the witness remembers."""

    vkey: object
    checkpoint: bytes
    receipt: bytes
    notes: dict[str, bytes]

    @property
    def witness(self) -> LocalWitness:
        """A witness on another machine, with a key and a memory of its own."""
        memory = MemoryWitnessMemory()
        memory.notes = self.notes
        return LocalWitness(
            signers=(ELSEWHERE,),
            logs={self.vkey.name: (self.vkey,)},
            memory=memory,
            clock=SystemClock(),
        )

    def latest(self) -> bytes | None:
        return self.notes.get(self.vkey.name)

    def again(self) -> "Memory":
        return replace(self, notes=dict(self.notes))

    def kept(self, *names):
        """What `names` remember, as the full check takes it."""
        found = {
            "checkpoint": self.checkpoint,
            "receipt": parse_proof(self.receipt).checkpoint,
            "witness": self.latest(),
        }
        return {name: found[name] for name in names}


class Home:
    """The files of one perimeter: `home`, `home-head`, `home-witness` below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.paths = HomePaths.of(folder / "home")

    @property
    def config(self):
        return self.paths.read_config()

    @property
    def files(self) -> LocalFiles:
        return LocalFiles(self.paths.tree(1))

    @property
    def log(self) -> Path:
        return self.paths.tree(1)

    def copy(self, folder: Path) -> "Home":
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Home(folder)

    def become(self, other: "Home") -> None:
        """Put another state of all files in place of ours."""
        shutil.rmtree(self.folder)
        other.copy(self.folder)

    @contextmanager
    def opened(self):
        with Perimeter.open(self.paths) as perimeter:
            yield perimeter

    def work(self, *names: str) -> None:
        """A few ordinary acts, each a fact with a body."""
        with self.opened() as perimeter:
            org = next(iter(perimeter.ledger.state.scan("orgs")))[0]
            for name in names:
                perimeter.identity.add_person(
                    name=name,
                    login=name.lower().replace(" ", "-"),
                    org=org,
                    employment=Employment.EMPLOYEE,
                    roles=frozenset({Role.ANALYST}),
                    team="",
                    by=None,
                )

    def by_itself(self) -> tuple[str, ...]:
        """What the home finds wrong with itself: opening it, then `adyton ledger verify`."""
        try:
            with self.opened() as perimeter:
                return perimeter.verify_record()[1]
        except (Tampered, Malformed) as error:
            return (error.message,)

    def beside(self, memory: Memory, *names: str, witnessed: bool = False) -> tuple[str, ...]:
        """What somebody outside finds in the published files, with what they remember."""
        keys = [ELSEWHERE.key] if witnessed else []
        found = check_log(
            self.files, log_key=memory.vkey, witness_keys=keys, kept=memory.kept(*names)
        )
        return tuple(map(str, found))

    def by_counts(self) -> bool:
        """Whether the reconciler finds something that does not agree."""
        with self.opened() as perimeter:
            return not reconcile_record(perimeter, by="per_auditor").agrees

    def size(self) -> int:
        return self.checkpoint().size

    def checkpoint(self):
        key = storage.log_signers(self.paths, self.config)[0].key
        return open_checkpoint(self.files.read("checkpoint"), log=key)[0]

    def execute(self, words: str, *values: object, file: str = "state.db") -> None:
        """SQL on one of the home's databases, without our code."""
        with closing(sqlite3.connect(self.paths.state / file)) as database, database:
            database.execute(words, values)

    def rows(self, words: str) -> list[tuple]:
        with closing(sqlite3.connect(self.paths.state / "state.db")) as database:
            return list(database.execute(words))


def new_home(folder: Path) -> Home:
    """A home with a short past, closed in order."""
    home = Home(folder)
    init_home(home.paths.root, owner="Example Lab", operator="Op One")
    home.work(*(f"Person {n}" for n in range(PEOPLE)))
    return home


def remembered(home: Home) -> Memory:
    """What a user, and a witness on another machine, know of the home as it is now."""
    with home.opened() as perimeter:
        entry = list(perimeter.all_entries("person.added"))[-1]
        receipt = perimeter.ledger.proof(entry.receipt)
        checkpoint = perimeter.ledger.checkpoint()
    key = storage.log_signers(home.paths, home.config)[0].key
    check_proof(parse_proof(receipt), entry=parse_proof(receipt).extra, log=key)
    memory = Memory(vkey=key, checkpoint=checkpoint, receipt=receipt, notes={})
    show(home, memory)
    return memory


def show(home: Home, memory: Memory) -> None:
    """Show the home's checkpoint to the witness elsewhere, and publish its cosignature."""
    size, files = home.size(), home.files
    latest = memory.latest()
    seen = 0 if latest is None else open_checkpoint(latest, log=memory.vkey)[0].size
    proofs = nodes(files, size)
    note = files.read("checkpoint")
    lines = ask_witness(
        memory.witness,
        (ELSEWHERE.key,),
        note,
        size,
        lambda old: make_consistency_proof(old, size, proofs),
        old=min(seen, size),
    )
    files.write("checkpoint", note + "".join(map(str, lines)).encode())


# -- the attacks -------------------------------------------------------------------------------


def edit_entry(home: Home) -> None:
    """One letter of a published entry."""
    path = newest(home, "entries")
    path.write_bytes(path.read_bytes().replace(b"person.added", b"person.edded", 1))


def edit_tile(home: Home) -> None:
    """One bit of a published tile."""
    path = newest(home, "0")
    data = bytearray(path.read_bytes())
    data[5] ^= 1
    path.write_bytes(data)


def edit_store(home: Home) -> None:
    """One letter of an entry in the database that answers questions."""
    home.execute("UPDATE entries SET data = replace(data, 'person.added', 'person.edded')")


def drop_tail(home: Home) -> None:
    """The last entries, out of the database, the tiles and the head: all but what needs the key."""
    size, left = home.size(), home.size() - 2
    home.execute("DELETE FROM entries WHERE position >= ?", left)
    home.execute("DELETE FROM bodies WHERE position >= ?", left)
    for place in ("entries", "0"):
        old = newest(home, place)
        data = old.read_bytes()
        cut = data[: 32 * left]
        if place == "entries":
            cut = tiles.join_entries(tiles.split_entries(data, width=size, what="it")[:left])
        old.unlink()
        old.with_name(str(left)).write_bytes(cut)
    root = tree_from_nodes(left, nodes(home.files, left)).root()
    heads = LocalHead(home.paths.head(home.config))
    heads.swap(heads.load(), Head(size=left, root=root, before=left))


def newest(home: Home, level: str) -> Path:
    """The one tile of a level as it is published now (our homes are smaller than a full one)."""
    return home.log / "tile" / level / "000.p" / str(home.size())


def rewrite(home: Home, change) -> None:
    """The whole record again, with the stolen key: `change` makes another fact of a fact.

    Entries, tiles, head, local witness, body keys and rows are all made by our own code, so that
    nothing in the home can tell.
    """
    with home.opened() as perimeter:
        told = [change(fact_again(one)) for one in perimeter.all_entries()]
    for place in (home.log, home.paths.state, home.paths.head(home.config).parent):
        shutil.rmtree(place)
        place.mkdir()
    for place in home.paths.witness(home.config).iterdir():
        if place.is_dir():
            shutil.rmtree(place)
    keys = storage.open_body_keys(home.paths)
    ledger = storage.open_ledger(home.paths, home.config, body_keys=keys, projections=PROJECTIONS)
    for fact in told:
        ledger.append(fact)
    ledger.close()
    keys.close()


def fact_again(entry) -> Fact:
    return Fact(
        type=entry.type,
        subjects=entry.subjects,
        public=entry.public,
        body=entry.body or {},
        body_subject=entry.subjects[0] if entry.body and entry.subjects else "",
    )


def another_name(fact: Fact) -> Fact:
    """History with somebody else in it."""
    if fact.body.get("name") == "Person 2":
        return replace(fact, body={**fact.body, "name": "Somebody Else"})
    return fact


def delete_bodies(home: Home) -> None:
    """The sealed bodies of three entries; the tree stays as it is."""
    home.execute("DELETE FROM bodies WHERE position IN (SELECT position FROM bodies LIMIT 3)")


def delete_keys(home: Home) -> None:
    """The keys of all bodies; no erasure says so."""
    home.execute("DELETE FROM body_keys", file="bodykeys.db")
