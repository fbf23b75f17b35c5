"""A ledger on disk with fixed keys, and a program that appends until somebody kills it.

`python -m tests.crash.ledger_home FOLDER` prints a line for each fact only after its promise.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from adyton.adapters.clock import SystemClock, SystemEntropy
from adyton.adapters.localfs import LocalFiles, LocalHead, LocalWitnessMemory
from adyton.adapters.sqlite import SqliteBodyKeys, SqliteFacts
from adyton.adapters.threads import SystemThreads
from adyton.crypto.notes import COSIGNATURE, Signer
from adyton.ledger import Ledger
from adyton.ledger.witness import LocalWitness
from adyton.ledger.witnesses import OnlyLocal
from adyton.terms import Fact, Row

LOG = Signer(name="log.invalid/home", seed=b"l" * 32)
WITNESS = Signer(name="witness.invalid/home", seed=b"w" * 32, algorithm=COSIGNATURE)


@dataclass
class Places:
    folder: Path

    def origin(self, epoch):
        return LOG.key.name if epoch == 1 else f"{LOG.key.name}/{epoch}"

    def files(self, epoch):
        return LocalFiles(self.folder / "ledger" / "main" / str(epoch))

    def heads(self, epoch):
        return LocalHead(self.folder / "head" / f"main-{epoch}.head")

    def signers(self, epoch):
        return (Signer(name=self.origin(epoch), seed=b"l" * 32),)


@dataclass
class Home:
    ledger: Ledger
    facts: SqliteFacts
    body_keys: SqliteBodyKeys

    def close(self):
        self.ledger.close()
        self.body_keys.close()


def project(entry, state):
    counted = (state.get("count", "all") or {"n": 0})["n"]
    yield Row(table="count", key="all", data={"n": counted + 1})
    yield Row(table="fact", key=entry.receipt, data={"body": entry.body}, index=entry.type)


def witnesses_of(folder, clock):
    places = Places(folder)
    keys = [[one.key for one in places.signers(epoch)] for epoch in range(1, 9)]
    witness = LocalWitness(
        signers=(WITNESS,),
        logs={own[0].name: own for own in keys},
        memory=LocalWitnessMemory(folder / "witness"),
        clock=clock,
    )
    return OnlyLocal(witness, places, clock)


def open_home(folder: Path, *, publish_every_s=0.02, threads=None, clock=None, entropy=None):
    facts = SqliteFacts(folder / "state" / "state.db")
    body_keys = SqliteBodyKeys(folder / "state" / "bodykeys.db")
    try:
        ledger = Ledger.open(
            store=facts,
            places=Places(folder),
            body_keys=body_keys,
            witnesses=witnesses_of(folder, clock or SystemClock()),
            clock=clock or SystemClock(),
            entropy=entropy or SystemEntropy(),
            threads=threads or SystemThreads(),
            projections=[project],
            publish_every_s=publish_every_s,
        )
    except BaseException:
        facts.close()
        body_keys.close()
        raise
    return Home(ledger=ledger, facts=facts, body_keys=body_keys)


def main():
    ledger = open_home(Path(sys.argv[1])).ledger

    def append(thread):
        n = 0
        while True:
            fact = Fact(
                type="a.done",
                public={"n": n},
                body={"thread": thread},
                body_subject=f"per_{n % 7}",
            )
            promise = ledger.append(fact)
            sys.stdout.write(f"{promise.index} {promise.receipt} {promise.leaf.hex()}\n")
            sys.stdout.flush()
            n += 1

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(append, range(3)))


if __name__ == "__main__":
    main()
