"""Kills a ledger at random moments, over and over, in one home: under load and while it opens.

`python -m tests.crash.killing FOLDER --kills N --seed S` forks a child for each kill, which appends
from three threads while the publisher runs as fast as it can; the first fifth of them also erases.
Every fifty kills, and at the end, the home is opened and held against all that was promised. Prints
one line of JSON at the end; ends with 1, and says why, where something promised was lost.
"""

import argparse
import json
import os
import random  # noqa: TID251 - when to kill
import select
import signal
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from adyton.crypto.merkle import leaf_hash
from adyton.ledger import erasing, rebuild
from adyton.terms import Fact
from tests.crash.ledger_home import open_home, project

THREADS = 3
PUBLISH_EVERY_S = 0.002
LOAD_S = 0.1  # a kill comes at most so long after the first promise
LOOK_EVERY = 50
SUBJECTS = 7


def child(folder, out, *, erases):
    """Open, then append until killed; a line for each promise, written at once or not at all."""
    home = open_home(folder, publish_every_s=PUBLISH_EVERY_S)
    os.write(out, b"opened\n")

    def append(thread):
        n = 0
        while True:
            subject = f"per_{(n + thread) % SUBJECTS}"
            fact = Fact(
                type="a.done", subjects=(subject,), public={"n": n}, body={"thread": thread},
                body_subject=subject,
            )  # fmt: skip
            one = home.ledger.append(fact)
            os.write(out, f"{one.index} {one.receipt} {one.leaf.hex()}\n".encode())
            if erases and thread == 0 and n % 3 == 0:
                stored = home.facts.read(one.index, 1)[0]
                key = home.body_keys.get(stored.body.key_id) if stored.body else None
                if key is not None:
                    home.ledger.erase(subject, key.month)
            n += 1

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(append, range(THREADS)))


def run_and_kill(folder, chance, opening_s, *, erases):
    """What a child had said when it was killed, and whether it had opened by then."""
    into, out = os.pipe()
    began = time.monotonic()  # noqa: TID251 - measures, and when to kill
    pid = os.fork()
    if pid == 0:
        os.close(into)
        try:
            child(folder, out, erases=erases)
        except BaseException:  # noqa: BLE001 - the parent says what it was
            os.write(out, b"failed " + traceback.format_exc().replace("\n", " | ").encode() + b"\n")
        os._exit(1)
    os.close(out)
    if chance.random() < 1 / 3:  # one in three dies while it opens
        time.sleep(chance.uniform(0, opening_s))  # noqa: TID251 - the moment has no meaning
    else:
        select.select([into], [], [], 60)
        opening_s = time.monotonic() - began  # noqa: TID251 - a measure
        time.sleep(chance.uniform(0, LOAD_S))  # noqa: TID251 - the moment has no meaning
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    with os.fdopen(into, "rb") as pipe:
        return pipe.read().decode().splitlines(), opening_s


def look(folder, promised):
    """Hold the home against what was promised. Its own next start is the only repair."""
    home = open_home(folder, publish_every_s=None)
    entries = home.ledger.entries(limit=10**9)
    stored = home.facts.read(0, 10**9)
    for index, (receipt, leaf) in promised.items():
        assert stored[index].receipt == receipt, index
        assert leaf_hash(stored[index].data).hex() == leaf, index
    last = {one.subjects[0]: one.index for one in entries if one.type == erasing.BODIES_ERASED}
    for entry in entries:
        if entry.type == "a.done":
            assert entry.body_erased == (entry.index < last.get(entry.subjects[0], -1)), entry.index
    problems = home.ledger.verify()
    assert problems == (), problems
    assert rebuild(entries, [erasing.project, project]) == home.facts.state().rows()
    home.close()
    return len(entries), sum(one.type == erasing.BODIES_ERASED for one in entries)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kills", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    given = parser.parse_args()
    chance = random.Random(given.seed)  # noqa: S311 - no secret
    began = time.monotonic()  # noqa: TID251 - a measure
    promised, opening_s, opening, size, erased = {}, 0.05, 0, 0, 0
    for number in range(1, given.kills + 1):
        said, opening_s = run_and_kill(
            given.folder, chance, opening_s, erases=number <= given.kills // 5
        )
        opening += not said
        for line in said:
            if line == "opened":
                continue
            index, *rest = line.split(" ", 2)
            assert index != "failed", line
            assert int(index) not in promised, f"{index} was promised twice"
            promised[int(index)] = rest
        if number % LOOK_EVERY == 0 or number == given.kills:
            size, erased = look(given.folder, promised)
            sys.stderr.write(f"{number} kills, {len(promised)} promises, {size} entries\n")
    took = round(time.monotonic() - began, 1)  # noqa: TID251 - a measure
    found = {"kills": given.kills, "while_opening": opening, "promised": len(promised)}
    sys.stdout.write(json.dumps(found | {"entries": size, "erasures": erased, "seconds": took}))


if __name__ == "__main__":
    main()
