"""What promises cost, and what somebody without rights could tell by time.

    python bench/exp_promises.py [--requests 400]

- signing a promise beside signing the same bytes with the bare library;
- looking for a promised leaf in a later log, a leaf;
- the same 404 over HTTP for a file of the log that is there and for two that are not, in random
  order, for nobody, for a wrong credential and for a partner: the first should differ from the
  other two no more than they do, run after run.
"""

import argparse
import http.client
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adyton.adapters import owner_socket
from adyton.adapters.memory_ledger import MemoryWorld
from adyton.assembly import init_home
from adyton.assembly.operations import dispatch
from adyton.assembly.perimeter import Perimeter
from adyton.crypto.checkpoints import Checkpoint
from adyton.crypto.merkle import leaf_hash, root_of
from adyton.crypto.notes import Note
from adyton.crypto.tiles import TILE_WIDTH, join_hashes, tiles_of
from adyton.faces.api import ApiServer, make_api
from adyton.ledger.kept import Given, examine_file
from adyton.ledger.promise import to_header
from adyton.terms import Fact

SIGNED = 5000
LEAVES = 100_000
FACTS = 300
THERE = "/ledger/tile/entries/000"
NOT_THERE, NOR_THERE = "/ledger/tile/entries/900", "/ledger/tile/entries/700"


def median_us(work: Callable[[], object], times: int) -> float:
    """Microseconds of one call, the median."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1e6


def signing() -> None:
    """A promise beside its bare signature."""
    ledger = MemoryWorld().open()
    recorded = ledger.append(Fact(type="a.done", body={"n": 1}))
    note = ledger.promise(recorded)
    bare = Ed25519PrivateKey.generate()
    text = note.rpartition(b"\n\n")[0]
    ours = median_us(lambda: to_header(ledger.promise(recorded)), SIGNED)
    peer = median_us(lambda: bare.sign(text), SIGNED)
    print(f"a promise as a header: {ours:.1f} us, {len(to_header(note))} bytes")
    print(f"the bare signature: {peer:.1f} us ({ours / peer:.2f} times)")


def looking() -> None:
    """A promise against a log of many leaves that does not hold it."""
    world = MemoryWorld()
    ledger = world.open()
    promise = ledger.promise(ledger.append(Fact(type="a.done", body={"n": 1})))
    leaves = [leaf_hash(n.to_bytes(4, "big")) for n in range(LEAVES)]
    files = {
        tile.path(): join_hashes(leaves[tile.index * TILE_WIDTH :][: tile.width])
        for tile in tiles_of(LEAVES)
        if tile.level == 0
    }
    log = world.signer.key
    text = Checkpoint(origin=log.name, size=LEAVES, root=root_of(leaves)).to_text()
    signed = Note(text=text, signatures=(world.signer.sign(text),))
    given = Given(log=log, files=files | {"checkpoint": signed.to_bytes()})
    began = time.perf_counter()
    seen = examine_file(promise, given)
    took = time.perf_counter() - began
    if "does not hold the leaf" not in seen.failures[0]:
        raise SystemExit(seen.failures[0])
    print(f"looked for in {LEAVES} leaves: {took:.2f} s, {LEAVES / took:.0f} leaves/s")


def asking(requests: int) -> None:
    """404s by whoever may not see, of what is there and what is not."""
    with tempfile.TemporaryDirectory(prefix="adyton-bench-") as place:
        made = init_home(Path(place) / "home", owner="Bench", operator="Operator One")
        with Perimeter.open(made.paths) as perimeter:
            for n in range(FACTS):
                perimeter.ledger.submit(Fact(type="thing.done", public={"n": n}))
            perimeter.ledger.publish()
            asked = {
                "name": "A Partner", "login": "partner", "org": made.org,
                "employment": "partner", "roles": [],
            }  # fmt: skip
            person = dispatch(perimeter, made.key, "person.add", asked)["person"]
            key = dispatch(perimeter, made.key, "key.issue", {"person": person})["key"]
            listener = owner_socket.listen_network("127.0.0.1", 0)
            with ApiServer(make_api(perimeter), [listener]):
                port = listener.getsockname()[1]
                for who, presented in (("nobody", ""), ("wrong", "adk_x"), ("partner", key)):
                    print(f"404 for {who}: {compared(port, presented, requests)}")


def compared(port: int, key: str, requests: int) -> str:
    """Medians for a file that is there and for two that are not."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers = {"authorization": f"Bearer {key}"} if key else {}
    taken: dict[str, list[float]] = {THERE: [], NOT_THERE: [], NOR_THERE: []}
    order = [*taken] * requests
    secrets.SystemRandom().shuffle(order)
    for path in order:
        began = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        taken[path].append(time.perf_counter() - began)
        if answer.status != HTTPStatus.NOT_FOUND:
            raise SystemExit(f"{path}: {answer.status}")
    connection.close()
    there, one, other = (middle_us(times) for times in taken.values())
    return (
        f"there {there:.0f} us, not there {one:.0f} and {other:.0f} us "
        f"(difference {abs(there - (one + other) / 2):.0f}, of the two {abs(one - other):.0f})"
    )


def middle_us(taken: Sequence[float]) -> float:
    """The median in microseconds."""
    return statistics.median(taken) * 1e6


def main() -> None:
    """All of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=400)
    given = parser.parse_args()
    signing()
    looking()
    asking(given.requests)


if __name__ == "__main__":
    main()
