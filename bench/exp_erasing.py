"""An erasure in a long record: how long it takes, and how long others wait meanwhile.

    python bench/exp_erasing.py [--sizes 10000 100000]

Facts of answers with sealed bodies, one in a hundred a person, over every projection of a
perimeter; 50 subjects. While one of them is erased, a second caller records a fact every 5 ms.
"""

import argparse
import json
import tempfile
import threading
import time
from pathlib import Path

from adyton.adapters.clock import SystemClock, SystemEntropy
from adyton.adapters.sqlite import SqliteBodyKeys, SqliteFacts
from adyton.adapters.threads import SystemThreads
from adyton.assembly.perimeter import PROJECTIONS
from adyton.crypto.ids import mint
from adyton.ledger.own import OWN
from adyton.ledger.sealing import Bodies, month_of
from adyton.ledger.staging import Position, place, prepare
from adyton.ledger.writer import Writer
from adyton.terms import Fact, ReceiptId

SUBJECTS, PERSON_EVERY, GROUP = 50, 100, 1000
PAUSE_S = 0.005


def fact(number: int) -> Fact:
    """Mostly the opening fact of an answer; now and then a person."""
    subject = f"per_{number % SUBJECTS:026d}"
    if number % PERSON_EVERY == 0:
        subject = f"per_{number // PERSON_EVERY % SUBJECTS:026d}"
        return Fact(
            type="person.added",
            subjects=(subject,),
            public={
                "person": subject,
                "org": "org_" + "a" * 26,
                "employment": "employee",
                "roles": [],
            },
            body={"name": f"Robin {number}", "login": f"robin-{number}"},
            body_subject=subject,
        )
    copy, asset = f"cpy_{number:026d}", "ast_" + "b" * 26
    return Fact(
        type="answer.intended",
        subjects=(copy, asset, subject),
        public={
            "copy": copy,
            "asset": asset,
            "recipient": subject,
            "credential": "crd_" + "c" * 26,
            "client": "127.0.0.1",
        },
        body={"model": "orchard-1", "question": "Which valve opens? " * 8, "source": "192.0.2.7"},
        body_subject=subject,
    )


def fill(store: SqliteFacts, bodies: Bodies, size: int, time_s: int) -> Position:
    """So many facts, straight into the store."""
    store._writing.execute("PRAGMA synchronous = OFF")  # noqa: SLF001 - to fill it only
    position, entropy = Position(log="main", epoch=1, writer="owner"), SystemEntropy()
    for start in range(0, size, GROUP):
        group = []
        for number in range(start, min(start + GROUP, size)):
            placed = place(
                prepare(fact(number)),
                receipt=ReceiptId(mint("rct", entropy)),
                position=position,
                time_s=time_s,
                bodies=bodies,
            )
            position = position.after(placed.promise)
            group.append(placed.stored)
        store.commit(group, [])
    store._writing.execute("PRAGMA synchronous = FULL")  # noqa: SLF001
    return position


def measure(size: int, folder: Path) -> dict[str, object]:
    """One erasure in a record of that size, with somebody else recording."""
    store, keys = SqliteFacts(folder / "state.db"), SqliteBodyKeys(folder / "bodykeys.db")
    bodies, clock = Bodies(keys, SystemEntropy()), SystemClock()
    writer = Writer(
        store=store,
        bodies=bodies,
        projections=(*OWN, *PROJECTIONS),
        clock=clock,
        entropy=SystemEntropy(),
        threads=SystemThreads(),
        position=fill(store, bodies, size, int(clock.now_s())),
    )
    waits: list[float] = []
    done = threading.Event()

    def record() -> None:
        while not done.wait(PAUSE_S):
            began = time.perf_counter()
            writer.submit(fact(1), None).result()
            waits.append(time.perf_counter() - began)

    other = threading.Thread(target=record)
    other.start()
    time.sleep(1)  # noqa: TID251 - what it is like without an erasure
    before, began, cpu = len(waits), time.perf_counter(), time.process_time()
    writer.erase(f"per_{7:026d}", month_of(int(clock.now_s()))).result()
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    done.set()
    other.join()
    writer.stop()
    calm, meanwhile = sorted(waits[:before]), sorted(waits[before:])
    store.close()
    keys.close()
    return {
        "facts": size,
        "erasure s": round(took, 2),
        "cpu s": round(cpu, 2),
        "recorded meanwhile": len(meanwhile),
        "wait without: p50/max ms": [
            round(one * 1e3, 1) for one in (calm[len(calm) // 2], calm[-1])
        ],
        "wait meanwhile: p50/max ms": [
            round(one * 1e3, 1) for one in (meanwhile[len(meanwhile) // 2], meanwhile[-1])
        ],
    }


def main() -> None:
    """Each size, a line of JSON each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", nargs="+", type=int, default=[10_000, 100_000])
    for size in parser.parse_args().sizes:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(measure(size, Path(folder))), flush=True)


if __name__ == "__main__":
    main()
