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
from adyton.ledger.witnesses import Witnesses
from adyton.terms import Fact, Row

LOG = Signer(name="log.invalid/home", seed=b"l" * 32)
WITNESS = Signer(name="witness.invalid/home", seed=b"w" * 32, algorithm=COSIGNATURE)


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


def open_home(folder: Path, *, publish_every_s=0.02, threads=None, clock=None, entropy=None):
    facts = SqliteFacts(folder / "state" / "state.db")
    body_keys = SqliteBodyKeys(folder / "state" / "bodykeys.db")
    try:
        ledger = Ledger.open(
            store=facts,
            files=LocalFiles(folder / "ledger" / "main" / "1"),
            heads=LocalHead(folder / "head" / "main-1.head"),
            body_keys=body_keys,
            witnesses=Witnesses.only(
                LocalWitness(
                    signers=(WITNESS,),
                    logs={LOG.key.name: (LOG.key,)},
                    memory=LocalWitnessMemory(folder / "witness"),
                    clock=clock or SystemClock(),
                ),
                log=(LOG.key,),
                clock=clock or SystemClock(),
            ),
            signer=LOG,
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
