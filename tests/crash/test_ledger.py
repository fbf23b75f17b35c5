"""The ledger on a real disk: killed at any moment, it has lost nothing that it promised."""

import random  # noqa: TID251 - when to kill
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from adyton.adapters.localfs import LocalFiles
from adyton.crypto.epochlink import Reason
from adyton.crypto.merkle import leaf_hash
from adyton.ledger import rebuild
from adyton.ledger.own import OWN
from adyton.ledger.verify import check_log
from adyton.terms import Fact, Tampered, Unavailable
from tests.crash.ledger_home import LOG, WITNESS, open_home, project

ROOT = Path(__file__).resolve().parents[2]
KILLS = 20


def run_and_kill(folder, after_s):
    """What the program had acknowledged when it was killed."""
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "tests.crash.ledger_home", str(folder)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        first = process.stdout.readline()
        time.sleep(after_s)  # noqa: TID251 - the kill comes at a moment of no meaning
        process.kill()
        rest, errors = process.communicate()
    assert errors == b""
    # the last line may have been cut by the kill: then nobody has read it
    return (first + rest).rpartition(b"\n")[0].decode().splitlines()


@pytest.mark.timeout(180)
def test_i1_twenty_kills_lose_nothing_that_was_acknowledged(tmp_path):
    chance = random.Random(20)  # noqa: S311 - no secret
    promised = {}
    for _ in range(KILLS):
        for line in run_and_kill(tmp_path, chance.uniform(0, 0.12)):
            index, receipt, leaf = line.split()
            assert int(index) not in promised
            promised[int(index)] = (receipt, leaf)
    assert len(promised) > KILLS
    home = open_home(tmp_path)
    stored = home.facts.read(0, 10**9)
    for index, (receipt, leaf) in promised.items():
        assert stored[index].receipt == receipt
        assert leaf_hash(stored[index].data).hex() == leaf
    assert home.ledger.verify() == ()
    entries = home.ledger.entries(limit=10**9)
    assert home.ledger.state.get("count", "all") == {"n": len(entries)}
    assert rebuild(entries, [*OWN, project]) == home.facts.state().rows()
    home.close()


def test_a_turn_under_load_loses_no_fact_and_doubles_none(tmp_path):
    home = open_home(tmp_path)

    def append(thread):
        facts = [Fact(type="a.done", public={"n": n, "t": thread}) for n in range(150)]
        return [home.ledger.append(fact) for fact in facts]

    with ThreadPoolExecutor(4) as pool:
        appending = [pool.submit(append, thread) for thread in range(3)]
        turned = [pool.submit(home.ledger.trees.turn, Reason.YEAR).result() for _ in range(2)]
        promises = [one for each in appending for one in each.result()]
    assert [one.epoch for one in turned] == [2, 3]
    assert home.ledger.verify() == ()
    entries = {one.receipt: one for one in home.ledger.entries(limit=10**6)}
    assert len(entries) == len(promises) + 2 == 452
    firsts = {1: 0} | {one.epoch: entries[one.receipt].index for one in turned}
    for one in promises:
        assert entries[one.receipt].index == firsts[one.epoch] + one.index
    home.close()
    again = open_home(tmp_path)
    assert again.ledger.verify() == ()
    assert again.ledger.trees.position.epoch == 3
    again.close()


def filled(folder, total=20):
    home = open_home(folder, publish_every_s=None)
    promises = [
        home.ledger.append(Fact(type="a.done", body={"n": n}, body_subject="per_a"))
        for n in range(total)
    ]
    home.close()
    return promises


def test_a_closed_home_verifies_as_files_alone(tmp_path):
    filled(tmp_path, 300)
    files = LocalFiles(tmp_path / "ledger" / "main" / "1")
    assert check_log(files, log_key=LOG.key, witness_keys=[WITNESS.key]) == ()
    assert files.read("policy").decode().splitlines()[0] == f"log {LOG.key}"


def test_i4_yesterdays_home_is_not_opened_as_todays(tmp_path):
    """The whole home put back from a backup: head and witness, which lie elsewhere, know more."""
    home = tmp_path / "x"
    filled(home)
    kept = {
        path: path.read_bytes()
        for part in ("state", "ledger")
        for path in sorted((home / part).rglob("*"))
        if path.is_file()
    }
    filled(home)
    for path, data in kept.items():
        path.write_bytes(data)
    with pytest.raises(Tampered, match="fewer facts than the head"):
        open_home(home)


def test_erasing_leaves_no_readable_body_on_the_disk_and_survives_a_restart(tmp_path):
    promises = filled(tmp_path)
    home = open_home(tmp_path)
    month = home.ledger.entry(promises[0].receipt)
    assert month.body == {"n": 0}
    stored = home.facts.read(0, 1)[0]
    key = home.body_keys.get(stored.body.key_id)
    home.ledger.erase("per_a", key.month)
    home.close()
    assert not any(key.key in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    home = open_home(tmp_path)
    assert all(entry.body is None for entry in home.ledger.entries())
    assert home.ledger.verify() == ()
    home.close()


def test_a_full_disk_stops_the_ledger_in_one_line_and_it_goes_on_after_a_restart(tmp_path):
    filled(tmp_path)
    home = open_home(tmp_path)
    writing = home.facts._writing
    pages = writing.execute("PRAGMA page_count").fetchone()[0]
    writing.execute(f"PRAGMA max_page_count = {pages}")
    big = Fact(type="a.done", body={"text": "x" * 60_000})
    with pytest.raises(Unavailable, match="nothing was recorded") as caught:
        home.ledger.append(big)
    assert caught.value.mend
    with pytest.raises(Unavailable, match="stopped"):
        home.ledger.append(Fact(type="a.done"))
    home.close()
    home = open_home(tmp_path)
    assert home.ledger.append(big).index == 20
    assert home.ledger.verify() == ()
    home.close()


def test_the_background_publishes_by_itself(tmp_path):
    home = open_home(tmp_path, publish_every_s=0.01)
    home.ledger.append(Fact(type="a.done"))
    until = time.monotonic() + 20  # noqa: TID251 - a deadline, no measure
    while not (tmp_path / "ledger" / "main" / "1" / "checkpoint").exists():
        assert time.monotonic() < until  # noqa: TID251 - a deadline, no measure
        time.sleep(0.01)  # noqa: TID251 - waits for another thread
    home.close()
